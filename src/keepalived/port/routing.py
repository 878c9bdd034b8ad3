"""Routes and rules that can be held in the kernel: which way packets take, and by which table.

Rule: frozen values as in `resources`; names of tables and protocols have become numbers before.
"""

from __future__ import annotations

from enum import Enum

from keepalived.annotations import ClassVar
from keepalived.port.rank import Rank
from keepalived.records import dataclass
from keepalived.wire.addresses import Address, Family

Network = tuple[Address, int]
"""An address and the length of its prefix."""

MAIN_TABLE = 254
PROTOCOL_KEEPALIVED = 18
"""The number by which the kernel's tables know keepalived."""


class Placing(Enum):
    """Where a route goes among others to the same destination."""

    ADD = "add"
    PREPEND = "prepend"
    APPEND = "append"


@dataclass(frozen=True, slots=True)
class Tunnel:
    """What a route wraps its packets in: the kernel's number of the kind, and its attributes."""

    kind: int
    attributes: bytes


@dataclass(frozen=True, slots=True)
class Hop:
    """One of the ways that a route has."""

    link: str = ""
    gateway: Address | None = None
    weight: int = 1
    on_link: bool = False
    realms: int = 0
    tunnel: Tunnel | None = None
    destination: Address | None = None
    """The destination that packets get instead (`as`)."""


@dataclass(frozen=True, slots=True)
class HeldRoute:
    """A route that we put into a table."""

    rank: ClassVar[Rank] = Rank.ROUTE
    family: Family
    destination: Network
    kind: int = 1
    """The kernel's number: 1 unicast, 6 blackhole, 7 unreachable, 8 prohibit…"""
    table: int = MAIN_TABLE
    vrf: str = ""
    """The VRF whose table it is; then `table` does not count."""
    protocol: int = PROTOCOL_KEEPALIVED
    scope: int = 0
    tos: int = 0
    metric: int | None = None
    origin: Network | None = None
    """The sources that it is for; IPv6 only."""
    source: Address | None = None
    """The source address that packets of our own prefer."""
    way: Hop = Hop()
    """Where there is only one way; without its weight."""
    hops: tuple[Hop, ...] = ()
    metrics: tuple[tuple[int, int | str], ...] = ()
    """Properties of the path by the kernel's numbers."""
    locked: int = 0
    """A bit for each of those that the kernel must not change."""
    expires_s: int | None = None
    preference: int | None = None
    carries_ttl: bool | None = None
    placing: Placing = Placing.PREPEND
    tracked: bool = True
    """Whether anybody minds when somebody else removes it."""

    @property
    def link(self) -> str:
        """The link that it leaves by; empty where that is not said."""
        return self.way.link

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: this way to that destination, in this table with this precedence."""
        place = (self.family, self.table, self.vrf, self.tos, self.metric)
        ways = (self.way, self.hops, self.kind, self.origin)
        return (HeldRoute, place, self.destination, ways)


@dataclass(frozen=True, slots=True)
class HeldRule:
    """A rule that we put among those that choose a table."""

    rank: ClassVar[Rank] = Rank.RULE
    family: Family
    preference: int
    action: int = 1
    """The kernel's number: 1 table, 2 goto, 3 nop, 6 blackhole, 7 unreachable, 8 prohibit."""
    table: int = 0
    goto: int | None = None
    negated: bool = False
    origin: Network | None = None
    target: Network | None = None
    tos: int = 0
    mark: int | None = None
    mark_mask: int | None = None
    realms: int = 0
    incoming: str = ""
    """The link that packets came by."""
    outgoing: str = ""
    shortest_prefix: int | None = None
    """Routes with prefixes that are not longer do not count."""
    link_group: int | None = None
    """Routes by links of this group do not count."""
    users: tuple[int, int] | None = None
    tunnel: int | None = None
    by_vrf: bool = False
    """Look in the table of the packet's VRF."""
    protocol: int = PROTOCOL_KEEPALIVED
    payload: int | None = None
    """The protocol of the packets: 6 TCP, 17 UDP."""
    source_ports: tuple[int, int] | None = None
    target_ports: tuple[int, int] | None = None
    tracked: bool = True
    """Whether anybody minds when somebody else removes it."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: all of it, for the kernel takes a rule away that fits in everything."""
        return (HeldRule, self)
