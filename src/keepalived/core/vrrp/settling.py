"""A sync group at work: it moves its members until they agree, and tells of what it became.

Rule: an instance outside every group is a group of its own, without a name and without a voice.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.vrrp.config import RouterConfig, SyncGroup
from keepalived.core.vrrp.dialect import OWNER_PRIORITY
from keepalived.core.vrrp.group import Standing, joint_state, orders
from keepalived.core.vrrp.happenings import Begun, Reminded
from keepalived.core.vrrp.machine import Machine
from keepalived.core.vrrp.notes import GroupSynced, MemberUnknown
from keepalived.core.vrrp.state import State, Why
from keepalived.core.vrrp.telling import Telling
from keepalived.port.effects import Effect, Note

_MOST_ROUNDS = 4
"""Fault, recovery, lead, follow: no chain of orders is longer."""
_FOLLOWING = (Why.GROUP_FAULT, Why.GROUP_FOLLOWS)
"""Reasons of a member that only follows another: they do not explain what became of a group."""


class SettledGroup:
    """Some machines that change state together."""

    def __init__(
        self, members: Sequence[Machine], whole: RouterConfig, config: SyncGroup | None = None
    ) -> None:
        self.members = tuple(members)
        self.config = config
        self.state = State.INIT
        self._telling = Telling(whole)

    @property
    def name(self) -> str:
        """Name the group; empty for an instance alone."""
        return self.config.name if self.config else ""

    def begun(self, member: Machine) -> Begun:
        """Say how a member begins: RFC 3768 section 6.4.1, as upstream reads it for groups."""
        if any(each.state is State.MASTER for each in self.members):
            return Begun(at_once=Why.JOINED)
        if not _starts_as_owner(member):
            return Begun()
        if all(_starts_as_owner(each) for each in self.members):
            return Begun(at_once=Why.OWNER)
        election = member.election
        return Begun(wait_us=member.beacon.interval_us + election.skew_us(OWNER_PRIORITY))

    def settle(self, now: int) -> list[Effect]:
        """Move members until none has to move; then tell, if the group became something else."""
        effects = self._remind(now)
        for _ in range(_MOST_ROUNDS):
            due = orders([_standing(each) for each in self.members])
            if not due:
                break
            for place, (member, order) in enumerate(due):
                moved = self.members[member].step(now, order)
                # Upstream names the one that moves first before it names the group.
                leads = order.state is State.MASTER or order.why is Why.RECOVERED
                if len(self.members) > 1 and place == 0 and not leads:
                    effects.append(Note(GroupSynced(self.name, order.state)))
                effects += moved
                if len(self.members) > 1 and place == 0 and leads:
                    effects.append(Note(GroupSynced(self.name, order.state)))
        else:
            raise AssertionError(f"group {self.name} does not settle")
        return effects + self._tell()

    def _remind(self, now: int) -> list[Effect]:
        if len(self.members) < 2 or not any(each.announced for each in self.members):
            return []
        quiet = [each for each in self.members if not each.announced]
        for member in self.members:
            member.announced = False
        return [effect for member in quiet for effect in member.step(now, Reminded())]

    def _tell(self) -> list[Effect]:
        state = joint_state([each.state for each in self.members])
        if self.config is None or state is self.state:
            return []
        self.state = state
        if state is State.INIT:
            return []
        moved = [each for each in self.members if each.why not in _FOLLOWING]
        cause = next((each for each in moved if each.state is state), self.members[0])
        detail = f"{cause.config.name}: {cause.detail}" if cause.detail else cause.config.name
        return self._telling.entered(self.config, state, 0, cause.why, detail)

    def stopped(self) -> list[Effect]:
        """Tell that the daemon stops."""
        return [] if self.config is None else self._telling.stopped(self.config, 0)

    def told_again(self) -> list[Effect]:
        """Tell the pipes all states once more."""
        said = [
            effect
            for each in self.members
            for effect in each.telling.again(each.config, each.state, each.priority)
        ]
        if self.config is None:
            return said
        return [*said, *self._telling.again(self.config, self.state, 0)]


def _standing(machine: Machine) -> Standing:
    robbed = machine.state is State.BACKUP and machine.why is Why.ADDRESS_TAKEN
    fault = machine.fault is not None
    return Standing(machine.state, machine.wants_lead, fault, robbed)


def _starts_as_owner(machine: Machine) -> bool:
    config = machine.config
    return config.state == "MASTER" and config.priority == OWNER_PRIORITY


def form_groups(
    machines: Sequence[Machine], whole: RouterConfig, before: Sequence[SettledGroup]
) -> tuple[list[SettledGroup], list[Effect]]:
    """Sort machines into groups; a group that goes on remembers what it was."""
    states = {group.name: group.state for group in before if group.config}
    alone = {machine.config.name: machine for machine in machines}
    groups: list[SettledGroup] = []
    effects: list[Effect] = []
    for config in whole.groups:
        strange = [name for name in config.members if name not in alone]
        effects += [Note(MemberUnknown(config.name, name)) for name in strange]
        members = [alone.pop(name) for name in dict.fromkeys(config.members) if name in alone]
        if members:
            groups.append(SettledGroup(members, whole, config))
            groups[-1].state = states.get(config.name, State.INIT)
    named = {id(m) for group in groups for m in group.members}
    groups += [SettledGroup([m], whole) for m in machines if id(m) not in named]
    return groups, effects
