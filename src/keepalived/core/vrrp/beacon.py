"""What a master sends: adverts on their beat, and announcements of where its addresses live.

Rule: it says when and gives packets; whether to send at all is the machine's decision.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.vrrp.claims import advertised, endpoint_of
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.counters import Counters
from keepalived.core.vrrp.dialect import interval_of
from keepalived.core.vrrp.garp import Announcer
from keepalived.core.vrrp.happenings import Footing
from keepalived.core.vrrp.pacing import Pacer
from keepalived.core.vrrp.timing import next_beat
from keepalived.core.vrrp.voice import Voice
from keepalived.port.effects import Effect, Send
from keepalived.wire.addresses import Address

USUAL_MTU = 1500


class Beacon:
    """One instance's adverts and announcements."""

    def __init__(self, config: VrrpInstance, counters: Counters, pacer: Pacer) -> None:
        self.voice = Voice()
        self.named: tuple[Address, ...] = ()
        """The addresses that adverts name."""
        self.ear: tuple[object, ...] | None = None
        """The key of the socket that it hears by."""
        self.advert_due: int | None = None
        self.interval_us = 0
        self._counters = counters
        self._pacer = pacer
        self._spell = 0
        """Which time of leading this is: what waits from an earlier one is not sent any more."""
        self._announcer = Announcer()
        self._config = config
        self._footing = Footing({})
        self.adopt(config)

    def adopt(self, config: VrrpInstance) -> None:
        """Go by this configuration from now on."""
        self._config = config
        self.interval_us = interval_of(config)
        endpoint = endpoint_of(config, self._footing.source)
        self.ear = endpoint.key if endpoint else None
        link = self._footing.links.get(config.interface)
        self.named = advertised(config, link.mtu if link else USUAL_MTU)

    def stand_on(self, footing: Footing) -> None:
        """Send from this ground from now on."""
        self._footing = footing
        self.adopt(self._config)

    @property
    def dues(self) -> tuple[int | None, ...]:
        """Say when it wants to be woken."""
        return (self.advert_due, *self._announcer.dues)

    def go_on(self, now: int, advert_due: int, priority: int) -> list[Effect]:
        """Keep the beat that another process kept; say what is overdue."""
        self.advert_due = advert_due
        self.lead(now)
        return [*self.beat(now, priority)]

    def unheard_us(self, now: int) -> int:
        """Say how long ago the last advert on the beat was to leave; 0 where there is no beat."""
        return 0 if self.advert_due is None else now - self.advert_due + self.interval_us

    def rest(self) -> None:
        """Send nothing more by itself."""
        self.advert_due = None
        self._spell += 1
        self._announcer.rest()

    def lead(self, now: int) -> None:
        """Begin to announce again and again, if that is wanted."""
        self._announcer.lead(now, self._config)

    def advertise(self, now: int, priority: int) -> list[Send]:
        """Say it out of turn; the beat goes on as it was."""
        sends = self.voice.say(self._config, self._footing, priority, self.named, now)
        self._counters.adverts_sent += bool(sends)
        return sends

    def advertise_now(self, now: int, priority: int) -> list[Send]:
        """Say it now, and an interval after now again."""
        self.advert_due = now + self.interval_us
        return self.advertise(now, priority)

    def beat(self, now: int, priority: int) -> list[Send]:
        """Say it if its time has come."""
        if self.advert_due is None or now < self.advert_due:
            return []
        self.advert_due = next_beat(self.advert_due, now, self.interval_us)
        return self.advertise(now, priority)

    def announce(self, now: int, lower: bool = False) -> Sequence[Effect]:
        """Tell the links where the addresses live; `lower` is in answer to a lesser master."""
        sends = self._announcer.announce(now, self._config, self._footing.links, lower)
        return self._paced(now, sends)

    def announce_due(self, now: int) -> Sequence[Effect]:
        """Tell them again if the time for that has come."""
        return self._paced(now, self._announcer.due(now, self._config, self._footing.links))

    def _paced(self, now: int, sends: Sequence[Send]) -> Sequence[Effect]:
        spell = self._spell
        return self._pacer.take(now, sends, lambda: spell == self._spell)
