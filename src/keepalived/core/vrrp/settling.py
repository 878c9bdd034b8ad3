"""A sync group at work: it moves its members until they agree, and tells of what it became.

Rule: an instance outside every group is a group of its own, without a name and without a voice.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.notify.call import calls
from keepalived.core.notify.mail import group_mail
from keepalived.core.vrrp.config import SyncGroup
from keepalived.core.vrrp.dialect import OWNER_PRIORITY
from keepalived.core.vrrp.group import Standing, joint_state, orders
from keepalived.core.vrrp.happenings import Begun, Reminded
from keepalived.core.vrrp.machine import Machine
from keepalived.core.vrrp.notes import GroupSynced
from keepalived.core.vrrp.state import State, Why
from keepalived.port.effects import Effect, Note, Tell

_MOST_ROUNDS = 4
"""Fault, recovery, lead, follow: no chain of orders is longer."""


class SettledGroup:
    """Some machines that change state together."""

    def __init__(self, members: Sequence[Machine], config: SyncGroup | None = None) -> None:
        self.members = tuple(members)
        self.config = config
        self.state = State.INIT
        self._runs = 0

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

    def settle(self, now: int, router_id: str, mail: bool) -> list[Effect]:
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
        return effects + self._tell(router_id, mail)

    def _remind(self, now: int) -> list[Effect]:
        if len(self.members) < 2 or not any(each.announced for each in self.members):
            return []
        quiet = [each for each in self.members if not each.announced]
        for member in self.members:
            member.announced = False
        return [effect for member in quiet for effect in member.step(now, Reminded())]

    def _tell(self, router_id: str, mail: bool) -> list[Effect]:
        state = joint_state([each.state for each in self.members])
        if self.config is None or state is self.state:
            return []
        self.state = state
        if state is State.INIT:
            return []
        self._runs += 1
        effects: list[Effect] = []
        effects += calls(self.config, f"group {self.name}", state.value, self._runs)
        if mail and self.config.smtp_alert:
            because = self.members[0].why.sentence
            effects.append(Tell(group_mail(router_id, self.name, state.value, because)))
        return effects


def _standing(machine: Machine) -> Standing:
    robbed = machine.state is State.BACKUP and machine.why is Why.ADDRESS_TAKEN
    fault = machine.fault is not None
    return Standing(machine.state, machine.wants_lead, fault, robbed)


def _starts_as_owner(machine: Machine) -> bool:
    config = machine.config
    return config.state == "MASTER" and config.priority == OWNER_PRIORITY
