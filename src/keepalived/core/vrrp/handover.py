"""How masters hand over: they give up, and go on holding until a peer is heard to lead.

Rule: a group hands over as a whole. Nobody's advert is waited for longer than any peer may take;
then a director that stops lets go, and one that was only asked to hand over leads on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from keepalived.core.vrrp.admit import Parcel
from keepalived.core.vrrp.election import Master
from keepalived.core.vrrp.happenings import (
    Altered,
    Ended,
    MachineEvent,
    Ordered,
    Resigned,
)
from keepalived.core.vrrp.machine import Machine
from keepalived.core.vrrp.notes_handover import HandedOver, HandoverFailed, HandsOver
from keepalived.core.vrrp.settling import SettledGroup
from keepalived.core.vrrp.state import State, Why
from keepalived.core.vrrp.timing import SECOND_US
from keepalived.port.brain import Snapshot
from keepalived.port.effects import Effect, Note

MOMENT_US = 50_000
"""From a peer's first advert until it has told the link where the addresses are now."""
MARGIN_US = SECOND_US
"""Beyond the time that the least eager peer takes to lead after a resignation."""
LONGEST_US = 3_500_000
"""A stop must not last longer, whatever the intervals are."""
LEAST_PRIORITY = 1
FOREVER = 1 << 62

Drive = Callable[[int, Machine, MachineEvent], list[Effect]]


class Handover:
    """One group that hands over."""

    def __init__(self, group: SettledGroup, now: int, stops: bool, yields_until: int) -> None:
        self.group = group
        self.began = now
        self.stops = stops
        """Whether the daemon stops; else the group was asked to become a backup."""
        self.yields_until = yields_until
        slowest_us = max(m.election.skew_us(LEAST_PRIORITY) for m in group.members)
        self.patient_until = now + min(slowest_us + MARGIN_US, LONGEST_US)
        self.again_at: int | None = now + slowest_us
        """When it gives up once more: whoever heard it the first time leads by then."""
        self.heard: dict[int, int] = {}
        """When each member heard a peer lead, first."""

    @property
    def due(self) -> int:
        """Say when something comes of it, whatever is heard until then."""
        if len(self.heard) < len(self.group.members):
            return self.patient_until
        return min(max(self.heard.values()) + MOMENT_US, self.patient_until)

    @property
    def taken(self) -> bool:
        """Say whether a peer leads in the place of every member."""
        return len(self.heard) == len(self.group.members)


class Handovers:
    """All groups of this director that hand over."""

    def __init__(self, drive: Drive, leave: Callable[[], list[Effect]]) -> None:
        """`drive` lets a machine take something in; `leave` ends what outlasts all machines."""
        self._drive = drive
        self._leave = leave
        self._under_way: list[Handover] = []
        self._failed: dict[int, int] = {}
        """When an instance's handover ended without a peer, for who asks."""
        self.answer: Snapshot = {}
        """To the latest question."""

    @property
    def deadline(self) -> int | None:
        """Say when to look next."""
        dues = [min(each.due, each.again_at or each.due) for each in self._under_way]
        return min(dues, default=None)

    def begin(
        self, now: int, group: SettledGroup, stops: bool = False, yields_until: int = FOREVER
    ) -> list[Effect]:
        """Let a group give up; nothing where it does not lead or does so already."""
        known = self._of(group)
        if known is not None:
            known.stops = known.stops or stops
            return []
        if any(each.state is not State.MASTER for each in group.members):
            return []
        self._under_way.append(Handover(group, now, stops, yields_until))
        effects: list[Effect] = []
        for member in group.members:
            self._failed.pop(id(member), None)
            effects += self._drive(now, member, Resigned())
            effects.append(Note(HandsOver(member.config.name)))
        return effects

    def stop(self, now: int, groups: Sequence[SettledGroup]) -> tuple[list[Effect], list[Machine]]:
        """Let all that lead give up: the daemon stops. Give the machines that may end at once."""
        effects = [effect for each in groups for effect in self.begin(now, each, stops=True)]
        members = [member for each in groups for member in each.members]
        return effects, [each for each in members if not self.takes(each)]

    def drop(self, now: int, groups: Sequence[SettledGroup]) -> tuple[list[Effect], list[Machine]]:
        """Wait for nobody: the daemon stops at once. Give the machines that did not give up yet."""
        members = [member for each in groups for member in each.members]
        resigned = [each for each in members if self.takes(each)]
        self._under_way = []
        ended = Ended(Why.STOPPING, resigned=True)
        effects = [effect for each in resigned for effect in self._drive(now, each, ended)]
        return effects, [each for each in members if each not in resigned]

    def end(self, now: int, group: SettledGroup) -> list[Effect]:
        """Let a group be itself again: it may displace a lesser master."""
        handover = self._of(group)
        if handover is not None and not handover.stops:
            self._under_way.remove(handover)
            return self._lead_on(now, group.members)
        for member in group.members:
            member.election.yields_until = 0
        return []

    def ask(
        self, now: int, groups: Sequence[SettledGroup], arguments: tuple[str, ...]
    ) -> list[Effect]:
        """Do what an operator asks: begin or end, whose (empty is all), for how long (µs)."""
        action, name, for_us = (*arguments, "", "", "")[:3]
        meant = [each for each in groups if not name or name in _names(each)]
        known = action in ("begin", "end") and (for_us.isdecimal() or not for_us)
        if not known or not meant:
            lack = f"no instance or group is called {name}" if known else "no such action"
            self.answer = {"error": lack, "instances": []}
            return []
        until = now + int(for_us) if for_us else FOREVER
        effects: list[Effect] = []
        for group in meant:
            begins = action == "begin"
            effects += self.begin(now, group, False, until) if begins else self.end(now, group)
        members = [m for each in meant for m in each.members]
        concerned = [m for m in members if action == "end" or self.takes(m)]
        error = "" if concerned else "none of them leads: there is nothing to hand over"
        self.answer = {"error": error, "instances": [m.config.name for m in concerned]}
        return effects

    def takes(self, machine: Machine) -> Handover | None:
        """Give the handover that a machine takes part in."""
        if not self._under_way:
            return None
        return next((h for h in self._under_way if machine in h.group.members), None)

    def hear(self, now: int, machine: Machine, parcel: Parcel) -> list[Effect]:
        """Take in a packet for a machine that hands over: may be, its successor's first."""
        handover, effects = self.takes(machine), list[Effect]()
        assert handover is not None
        advert = machine.reception.take(now, machine.config, parcel, effects)
        if advert is None or advert.priority == 0 or parcel.source == machine.footing.source:
            return effects
        master = Master(parcel.source, advert.priority, advert.interval_us)
        machine.election.master = master
        if id(machine) not in handover.heard:
            handover.heard[id(machine)] = now
            after_us = now - handover.began
            note = HandedOver(machine.config.name, master.source, master.priority, after_us)
            effects.append(Note(note))
        return effects

    def look(self, now: int) -> list[Effect]:
        """See what has come of each; a member that a fault made let go is waited for no longer."""
        effects: list[Effect] = []
        for handover in list(self._under_way):
            leading = all(m.state is State.MASTER for m in handover.group.members)
            if leading and now < handover.due:
                effects += self._resign_again(now, handover)
                continue
            self._under_way.remove(handover)
            members = handover.group.members
            if handover.stops:
                for member in members:
                    effects += self._drive(now, member, Ended(Why.STOPPING, resigned=True))
                effects += [] if self._under_way else self._leave()
            elif leading and handover.taken:
                for member in members:
                    member.election.yields_until = handover.yields_until
                    effects += self._drive(now, member, Ordered(State.BACKUP, Why.HANDED_OVER))
            elif leading:
                effects += [Note(HandoverFailed(each.config.name)) for each in members]
                self._failed |= {id(each): now for each in members}
                effects += self._lead_on(now, members)
        return effects

    def _resign_again(self, now: int, handover: Handover) -> list[Effect]:
        """The first word may have been lost on the way."""
        if handover.again_at is None or now < handover.again_at:
            return []
        handover.again_at = None
        deaf = [each for each in handover.group.members if id(each) not in handover.heard]
        return [effect for each in deaf for effect in self._drive(now, each, Resigned())]

    def cancel(self, now: int) -> list[Effect]:
        """Lead on everywhere: another configuration comes into force."""
        effects: list[Effect] = []
        for handover in [each for each in self._under_way if not each.stops]:
            self._under_way.remove(handover)
            effects += self._lead_on(now, handover.group.members)
        return effects

    def shown(self, machine: Machine, now: int) -> Snapshot | None:
        """Show what an operator asks for; None where nothing is to be told."""
        handover = self.takes(machine)
        until = machine.election.yields_until
        if handover is not None:
            return {"state": "under way", "for_us": now - handover.began}
        if until > now:
            left_us = None if until >= FOREVER else until - now
            return {"state": "yields", "left_us": left_us}
        failed = self._failed.get(id(machine))
        if failed is not None and machine.state is State.MASTER:
            return {"state": "nobody took over", "ago_us": now - failed}
        return None

    def _lead_on(self, now: int, members: Sequence[Machine]) -> list[Effect]:
        return [
            effect
            for member in members
            if member.state is State.MASTER
            for effect in self._drive(now, member, Altered(member.config))
        ]

    def _of(self, group: SettledGroup) -> Handover | None:
        return next((each for each in self._under_way if each.group is group), None)


def _names(group: SettledGroup) -> set[str]:
    """Give the names by which a group can be asked for: its own and its members'."""
    return {group.name, *(each.config.name for each in group.members)} - {""}
