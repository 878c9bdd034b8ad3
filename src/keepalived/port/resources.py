"""What can be held in the kernel: addresses, sockets, services, servers, masquerading, watches.

Rule: a resource is a frozen value with a key (what it is) and attributes (how it is). Two resources
of one key are the same thing in two conditions; the ledger then replaces, never removes and adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from ipaddress import IPv4Network, IPv6Network

from keepalived.annotations import ClassVar
from keepalived.port.conflict import ConflictWatch
from keepalived.port.pipe import Pipe
from keepalived.port.rank import Rank
from keepalived.port.routing import HeldRoute, HeldRule
from keepalived.port.sync import SyncDaemon
from keepalived.records import dataclass, field
from keepalived.wire.addresses import Address, Family


class LinkKind(Enum):
    """What a link of ours is to the one below it; the value is the kernel's word."""

    MACVLAN = "macvlan"
    IPVLAN = "ipvlan"


@dataclass(frozen=True, slots=True)
class HeldLink:
    """A link of our own upon another one: with its own hardware address, or sharing it."""

    rank: ClassVar[Rank] = Rank.LINK
    link: str
    parent: str
    kind: LinkKind = LinkKind.MACVLAN
    mac: bytes = b""
    """Empty for an ipvlan, which has its parent's."""
    mode: str = "private"
    """`private`; for an ipvlan also `bridge` or `vepa`."""
    group: int | None = None
    """None is the parent's."""
    announce_parent: bool = False
    """Make the kernel tell of the parent once it stands."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the link of this name."""
        return (HeldLink, self.link)


@dataclass(frozen=True, slots=True)
class Detour:
    """What a virtual link must not say with its own hardware address: reports of memberships leave
    by its parent, questions for routers not at all.
    """

    rank: ClassVar[Rank] = Rank.DETOUR
    link: str
    parent: str
    inet6: bool = False
    """Whether the link speaks IPv6 at all."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the detour of this link."""
        return (Detour, self.link)


@dataclass(frozen=True, slots=True)
class Setting:
    """A switch of the kernel's network; what it was before comes back when it is let go."""

    rank: ClassVar[Rank] = Rank.SETTING
    name: str
    """Such as `arp_ignore`."""
    value: int
    link: str = ""
    """Empty for one that belongs to no link."""
    family: Family = Family.INET

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: this switch of this link."""
        return (Setting, self.family, self.link, self.name)


@dataclass(frozen=True, slots=True)
class Barrier:
    """Packets to and from this address are dropped: we hold it, but do not answer for it."""

    rank: ClassVar[Rank] = Rank.BARRIER
    address: Address
    link: str = ""
    """For a link-local address the link that it counts on."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the barrier around this address."""
        return (Barrier, self.address, self.link)


@dataclass(frozen=True, slots=True)
class HeldAddress:
    """An address we put on a link."""

    rank: ClassVar[Rank] = Rank.ADDRESS
    link: str
    address: Address
    prefix: int
    label: str = ""
    broadcast: Address | None = None
    scope: int = 0
    """The route scope's number: 0 global, 253 link, 254 host."""
    peer: Address | None = None
    """The other end, to which the prefix belongs then."""
    flags: int = 0
    """The kernel's numbers of the words that the line has."""
    preferred_s: int | None = None
    """How long it may be a source of new connections; None is for ever, 0 not at all."""
    tracked: bool = field(default=True, compare=False)
    """Whether anybody minds when somebody else removes it."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: this address on this link."""
        return (HeldAddress, self.link, self.address, self.prefix)


@dataclass(frozen=True, slots=True)
class VrrpEndpoint:
    """A raw socket pair that hears and says adverts of one family: to one group, or to peers.

    Where `group` is no multicast address it is the source of unicast adverts; then `link` may be
    empty.
    """

    rank: ClassVar[Rank] = Rank.ENDPOINT
    link: str
    group: Address
    protocol: int = 112
    vrf: str = ""
    """The VRF to be bound to where there is no link."""
    receive_bytes: int = field(default=0, compare=False)
    """The size that its receive buffer is opened with; 0 is the system's."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the socket of this group on this link."""
        return (VrrpEndpoint, self.link, self.group, self.protocol, self.vrf)


@dataclass(frozen=True, slots=True)
class FrameEndpoint:
    """A packet socket that puts whole Ethernet frames on a link (gratuitous ARP)."""

    rank: ClassVar[Rank] = Rank.ENDPOINT
    link: str

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the frame socket of this link."""
        return (FrameEndpoint, self.link)


@dataclass(frozen=True, slots=True)
class BfdListener:
    """A UDP socket at which BFD packets of one family are heard, from whomever they are."""

    rank: ClassVar[Rank] = Rank.ENDPOINT
    family: Family
    port: int

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the socket of this family at this port."""
        return (BfdListener, self.family, self.port)

    @property
    def link(self) -> str:
        """Say that it is bound to no link."""
        return ""


@dataclass(frozen=True, slots=True)
class BfdEndpoint:
    """A UDP socket from which one BFD session speaks to its neighbour."""

    rank: ClassVar[Rank] = Rank.ENDPOINT
    neighbour: Address
    source: Address | None
    """Our own address; None for the one that the route to the neighbour has."""
    port: int
    """The neighbour's; our own is the adapter's choice from 49152 to 65535 (RFC 5881 section 4)."""
    hop_limit: int

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the socket of this path."""
        return (BfdEndpoint, self.neighbour, self.source, self.port)

    @property
    def link(self) -> str:
        """Say that it is bound to no link."""
        return ""


class Forwarding(Enum):
    """How a packet reaches a real server."""

    NAT = "NAT"
    DR = "DR"
    TUN = "TUN"


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """What a virtual service is: protocol, address and port, or a firewall mark."""

    family: Family
    protocol: int = 0
    """6 TCP, 17 UDP; 0 with a mark."""
    address: Address | None = None
    port: int = 0
    mark: int = 0

    def __hash__(self) -> int:
        """Hash what tells services apart; thousands are looked up at a start and at a stop."""
        address = self.address
        return hash((self.mark, self.port, None if address is None else int(address)))


@dataclass(frozen=True, slots=True)
class Service:
    """A virtual service in the load balancer's table."""

    rank: ClassVar[Rank] = Rank.SERVICE
    service: ServiceKey
    scheduler: str
    persistence_s: int = 0
    """Seconds a client stays with its server; 0 is no persistence."""
    granularity: int = -1
    """Prefix length by which clients are told apart for persistence; -1 is the whole address."""
    flags: int = 0
    """Scheduler flags as IPVS numbers them (0x8, 0x10, 0x20) and 0x4 one-packet."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the service of this key."""
        return (Service, self.service)


@dataclass(frozen=True, slots=True)
class Server:
    """A real server of a virtual service, in the table."""

    rank: ClassVar[Rank] = Rank.SERVER
    service: ServiceKey
    address: Address
    port: int
    weight: int = 1
    forwarding: Forwarding = Forwarding.NAT
    upper_threshold: int = 0
    lower_threshold: int = 0

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: this address and port behind this service."""
        return (Server, self.service, self.address, self.port)


@dataclass(frozen=True, slots=True)
class Masquerade:
    """Packets from this network that are forwarded to elsewhere leave with our address."""

    rank: ClassVar[Rank] = Rank.MASQUERADE
    network: IPv4Network | IPv6Network

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the masquerading of this network."""
        return (Masquerade, self.network)


@dataclass(frozen=True, slots=True)
class FileWatch:
    """Attention for a file: a WatchSaw tells its text at once, and again when it changed."""

    rank: ClassVar[Rank] = Rank.WATCH
    path: str

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the watch for this file."""
        return (FileWatch, self.path)


class ProcessMatch(Enum):
    """How a process is told from others; zombies are never counted."""

    NAME = "name"
    """By its name alone, of which the kernel keeps 15 characters."""
    EXACT = "exact"
    """By its name and all its arguments."""
    PARTIAL = "partial"
    """By its name and its first arguments."""
    INITIAL = "initial"
    """By its name and its first arguments, of which the last may go on."""


@dataclass(frozen=True, slots=True)
class ProcessWatch:
    """Attention for processes: a WatchSaw tells how many run, at once and when that changed."""

    rank: ClassVar[Rank] = Rank.WATCH
    argv: tuple[str, ...]
    """The name, and what it was started with."""
    match: ProcessMatch = ProcessMatch.NAME
    whole: bool = False
    """Compare the first word with that of the command line, not with the kernel's name."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the watch for these processes."""
        return (ProcessWatch, self.argv, self.match, self.whole)

    def fits(self, name: str, argv: Sequence[str]) -> bool:
        """Say whether this is such a process: its name in the kernel, its command line."""
        ours = self.argv[0]
        if self.whole:
            if not argv or argv[0] != ours:
                return False
        elif name != ours[:15]:
            return False
        wanted, given = self.argv[1:], tuple(argv[1:])
        match self.match:
            case ProcessMatch.NAME:
                return True
            case ProcessMatch.EXACT:
                return given == wanted
            case ProcessMatch.PARTIAL:
                return given[: len(wanted)] == wanted
            case ProcessMatch.INITIAL:
                *sure, last = wanted or ("",)
                found = given[len(sure)] if len(given) > len(sure) else ""
                return list(given[: len(sure)]) == sure and found.startswith(last)


Watch = FileWatch | ProcessWatch
Endpoint = VrrpEndpoint | FrameEndpoint | BfdListener | BfdEndpoint
Path = HeldLink | HeldAddress | HeldRoute | HeldRule
"""What rtnetlink knows, and takes many of in one send."""
Resource = (
    Path
    | Detour
    | Setting
    | Barrier
    | Endpoint
    | Service
    | Server
    | Masquerade
    | Watch
    | Pipe
    | SyncDaemon
    | ConflictWatch
)


@dataclass(frozen=True, slots=True)
class Install:
    """Put this into the kernel."""

    resource: Resource


@dataclass(frozen=True, slots=True)
class Remove:
    """Take this out of the kernel. Removing a Service takes its Servers with it."""

    resource: Resource


@dataclass(frozen=True, slots=True)
class Replace:
    """Turn the one into the other, without a moment of neither; both have the same key."""

    old: Resource
    new: Resource


Change = Install | Remove | Replace
