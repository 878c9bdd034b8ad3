"""Virtual routers that change state together: which members have to move, seen from their states.

Rule: a pure function, asked again until it has no more orders. Any fault is everybody's; whoever
stops leading stops all; all lead when all want to (wire.md section 16 tells what this looks like).
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.vrrp.happenings import Ordered
from keepalived.core.vrrp.state import State, Why
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """How one member stands."""

    state: State
    wants_lead: bool
    at_fault: bool
    """By itself, not because of the group."""
    robbed: bool = False
    """It stopped leading because somebody took its address; the election is to be a quick one."""


def orders(members: Sequence[Standing]) -> list[tuple[int, Ordered]]:
    """Give whom (by its place) to move where; nothing where the group is settled."""
    if any(each.at_fault for each in members):
        return _move(members, State.FAULT, Why.GROUP_FAULT, {State.INIT, *_LIVING})
    if any(each.state is State.FAULT for each in members):
        return _move(members, State.BACKUP, Why.RECOVERED, {State.FAULT})
    if members and all(each.wants_lead for each in members):
        return _move(members, State.MASTER, Why.SILENCE, {State.INIT, State.BACKUP})
    robbed = any(each.robbed for each in members)
    why = Why.ADDRESS_TAKEN if robbed else Why.GROUP_FOLLOWS
    # Who was to begin as leader and may not, begins as everybody else.
    return _move(members, State.BACKUP, why, {State.MASTER, State.INIT})


_LIVING = frozenset({State.BACKUP, State.MASTER})


def _move(
    members: Sequence[Standing], state: State, why: Why, among: set[State]
) -> list[tuple[int, Ordered]]:
    order = Ordered(state, why)
    return [(place, order) for place, each in enumerate(members) if each.state in among]


def joint_state(members: Sequence[State]) -> State:
    """Give the state of a settled group."""
    for state in (State.FAULT, State.BACKUP, State.MASTER):
        if state in members:
            return state
    return State.INIT
