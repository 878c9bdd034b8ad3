"""Telling a link where addresses live now: gratuitous ARP, and neighbour adverts for IPv6.

Rule: gives frames to send; the machine says when leadership begins and ends. Nothing goes out on
NOARP links.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address

from keepalived.core.vrrp.claims import lines_of, link_of
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.timing import MOST_ROUNDS, SECOND_US, next_beat
from keepalived.lang.net_values import AddressLine
from keepalived.port.effects import Send
from keepalived.port.facts import Link
from keepalived.port.resources import FrameEndpoint
from keepalived.records import dataclass
from keepalived.wire.arp import GratuitousArp, encode_gratuitous_arp
from keepalived.wire.ndisc import NeighbourAdvert, encode_neighbour_advert

REPEAT = 5
DELAY_US = 5_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How often an instance announces its addresses."""

    rounds: int
    """Of one announcement by a new master."""
    delay_us: int
    """Until it is made again; 0 is never."""
    lower_rounds: int
    """Of the announcement that answers an advert of lower priority; 0 is none."""
    lower_delay_us: int
    refresh_us: int
    """A master announces again and again after this; 0 is never."""
    refresh_rounds: int
    extra_us: int = 0
    """A master announces what sits on other links of its own this often; 0 is never."""
    extra_all: bool = False
    """Whether on every other link, not on virtual ones alone."""


def pace_of(config: VrrpInstance) -> Pace:
    """Give an instance's pace; what it does not say is as upstream has it."""
    rounds = max(1, _or(config.garp_master_repeat, REPEAT))
    extra_s, extra_all = config.garp_extra_if or (0, False)
    delay_us = _or(config.garp_master_delay_us, DELAY_US)
    return Pace(
        rounds=rounds,
        delay_us=delay_us,
        lower_rounds=_or(config.garp_lower_prio_repeat, rounds),
        lower_delay_us=_or(config.garp_lower_prio_delay_us, delay_us),
        refresh_us=_or(config.garp_master_refresh_us, 0),
        refresh_rounds=max(1, _or(config.garp_master_refresh_repeat, 1)),
        extra_us=extra_s * SECOND_US,
        extra_all=extra_all,
    )


class Announcer:
    """When an instance announces its addresses, and when again."""

    __slots__ = ("_again_due", "_answered", "_extra_due", "_refresh_due", "_rounds")

    def __init__(self) -> None:
        self._again_due: int | None = None
        self._refresh_due: int | None = None
        self._extra_due: int | None = None
        self._rounds = 0
        self._answered: int | None = None

    @property
    def dues(self) -> tuple[int | None, ...]:
        """Say when it wants to be woken."""
        return self._again_due, self._refresh_due, self._extra_due

    def rest(self) -> None:
        """Announce nothing more."""
        self._again_due = self._refresh_due = self._extra_due = self._answered = None

    def lead(self, now: int, config: VrrpInstance) -> None:
        """Begin to announce again and again, if that is wanted."""
        pace = pace_of(config)
        self._refresh_due = now + pace.refresh_us if pace.refresh_us else None
        self._extra_due = now + pace.extra_us if pace.extra_us else None

    def announce(
        self, now: int, config: VrrpInstance, links: Mapping[str, Link], lower: bool
    ) -> list[Send]:
        """Announce now; `lower` is in answer to an advert of lower priority: once a second."""
        if lower and self._answered is not None and now < self._answered + SECOND_US:
            return []
        self._answered = now if lower else self._answered
        pace = pace_of(config)
        delay_us = pace.lower_delay_us if lower else pace.delay_us
        self._rounds = pace.lower_rounds if lower else pace.rounds
        self._again_due = now + delay_us if delay_us and self._rounds else None
        return announcement(config, links, self._rounds)

    def due(self, now: int, config: VrrpInstance, links: Mapping[str, Link]) -> list[Send]:
        """Give what has become due."""
        sends: list[Send] = []
        if self._again_due is not None and now >= self._again_due:
            self._again_due = None
            sends += announcement(config, links, self._rounds)
        if self._refresh_due is not None and now >= self._refresh_due:
            pace = pace_of(config)
            sends += announcement(config, links, pace.refresh_rounds)
            self._refresh_due = next_beat(self._refresh_due, now, pace.refresh_us)
        if self._extra_due is not None and now >= self._extra_due:
            pace = pace_of(config)
            sends += _elsewhere(config, links, pace.extra_all)
            self._extra_due = next_beat(self._extra_due, now, pace.extra_us)
        return sends


def announcement(config: VrrpInstance, links: Mapping[str, Link], rounds: int) -> list[Send]:
    """Give the frames of one announcement: each round all addresses, the excluded ones last."""
    ways: dict[str, FrameEndpoint] = {}
    one_round = [send for line in lines_of(config) if (send := _frame(config, line, links, ways))]
    return one_round * min(rounds, MOST_ROUNDS)


def _elsewhere(config: VrrpInstance, links: Mapping[str, Link], everywhere: bool) -> list[Send]:
    """Give the frames for addresses on other links than the instance's: switches forget them."""
    own = config.holdings.own
    usual = {config.interface, own.link if own else config.interface}
    virtual = {each.link for each in config.holdings.links}
    found = []
    ways: dict[str, FrameEndpoint] = {}
    for line in lines_of(config):
        link = link_of(config, line)
        if link not in usual and (everywhere or link in virtual):
            send = _frame(config, line, links, ways)
            found += [] if send is None else [send]
    return found


def _or(given: int | None, otherwise: int) -> int:
    return otherwise if given is None else given


def _frame(
    config: VrrpInstance,
    line: AddressLine,
    links: Mapping[str, Link],
    ways: dict[str, FrameEndpoint],
) -> Send | None:
    link = links.get(link_of(config, line))
    if link is None or link.no_arp or link.loopback or len(link.mac) != 6:
        return None
    if isinstance(line.address, IPv4Address):
        frame = encode_gratuitous_arp(GratuitousArp(link.mac, line.address))
    else:
        frame = encode_neighbour_advert(NeighbourAdvert(link.mac, line.address, link.forwards_6))
    way = ways.get(link.name)
    if way is None:
        way = ways[link.name] = FrameEndpoint(link.name)
    return Send(way, None, frame)
