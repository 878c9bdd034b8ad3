"""What an instance makes of packets before it acts on them: refusals counted and told of, once.

Rule: what comes out is an advert that may be believed, or nothing; the log is never flooded.
"""

from __future__ import annotations

from keepalived.core.vrrp.admit import Memory, Parcel, admit
from keepalived.core.vrrp.auth import Numbers
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.counters import Counters
from keepalived.core.vrrp.differing import difference
from keepalived.core.vrrp.notes import AddressesDiffer, PacketRefused
from keepalived.core.vrrp.notes_hearing import IntervalsDiffer
from keepalived.core.vrrp.refusal import Refusal
from keepalived.core.vrrp.said import Said
from keepalived.port.effects import Effect, Note, Noteworthy
from keepalived.port.events import DatagramHeard
from keepalived.wire.addresses import Address
from keepalived.wire.vrrp import Advert


class Reception:
    """One instance's ear."""

    def __init__(self, counters: Counters, numbers: Numbers) -> None:
        self._counters = counters
        self._memory = Memory(numbers)
        self._said = Said()
        self._fits = False
        """Whether the last advert let in says what ours say: addresses and interval."""
        self._just_said: list[object] = []

    def again(self, event: DatagramHeard) -> bool:
        """Say whether a packet is the last advert let in once more, and nothing is odd about it."""
        return self._fits and self._memory.again(event)

    def forget(self) -> None:
        """The state or the master changed: what was said once may be said again."""
        self._said.forget()

    def forget_others(self) -> None:
        """Another master is followed: what was said of its advert just now is said already."""
        self._said.forget()
        for key in self._just_said:
            self._said.first(key)

    def take(
        self, now: int, config: VrrpInstance, parcel: Parcel, effects: list[Effect]
    ) -> Advert | None:
        """Judge a packet; `effects` takes what is to be said about it."""
        self._just_said.clear()
        advert = admit(config, parcel, self._memory, now)
        if isinstance(advert, Refusal):
            self._counters.refuse(advert)
            if self._said.first((advert, parcel.source)):
                differs = difference(config, parcel, advert)
                effects.append(Note(PacketRefused(config.name, advert, parcel.source, differs)))
            return None
        self._fits = advert.interval_us == self._memory.interval_us
        if not self._fits:
            self._counters.intervals_differed += 1
            theirs_us, ours_us = advert.interval_us, self._memory.interval_us
            note = IntervalsDiffer(config.name, parcel.source, theirs_us, ours_us)
            self.note_once((IntervalsDiffer, parcel.source), note, effects)
        self._counters.adverts_heard += 1
        return advert

    def compare(
        self,
        config: VrrpInstance,
        ours: tuple[Address, ...],
        advert: Advert,
        source: Address,
        effects: list[Effect],
    ) -> None:
        """Compare the addresses that an advert names with ours; it counts whatever comes of it."""
        if len(ours) == len(advert.addresses) and set(ours) <= set(advert.addresses):
            return
        self._fits = False
        self._counters.addresses_differed += 1
        note = AddressesDiffer(config.name, source, advert.addresses)
        self.note_once((AddressesDiffer, source), note, effects)

    def note_once(self, key: object, line: Noteworthy, effects: list[Effect]) -> None:
        """Say it once, until something changes."""
        if self._said.first(key):
            self._just_said.append(key)
            effects.append(Note(line))

    def note_rarely(self, now: int, line: Noteworthy, effects: list[Effect]) -> None:
        """Say a line of its sort once a second at most."""
        if self._said.rarely(now, type(line)):
            effects.append(Note(line))
