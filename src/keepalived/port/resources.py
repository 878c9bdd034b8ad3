"""What can be held in the kernel: addresses, sockets, services, servers, masquerading, watches.

Rule: a resource is a frozen value with a key (what it is) and attributes (how it is). Two resources
of one key are the same thing in two conditions; the ledger then replaces, never removes and adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, IntEnum
from ipaddress import IPv4Network, IPv6Network

from keepalived.annotations import ClassVar
from keepalived.records import dataclass
from keepalived.wire.addresses import Address, Family


class Rank(IntEnum):
    """The storey of the tower a resource stands on; lower ones are built first, removed last."""

    WATCH = 8
    ENDPOINT = 10
    ADDRESS = 30
    MASQUERADE = 40
    SERVICE = 50
    SERVER = 60


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

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: this address on this link."""
        return (HeldAddress, self.link, self.address, self.prefix)


@dataclass(frozen=True, slots=True)
class VrrpEndpoint:
    """A raw socket pair on a link that hears and says adverts of one family to one group."""

    rank: ClassVar[Rank] = Rank.ENDPOINT
    link: str
    group: Address
    protocol: int = 112

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the socket of this group on this link."""
        return (VrrpEndpoint, self.link, self.group, self.protocol)


@dataclass(frozen=True, slots=True)
class FrameEndpoint:
    """A packet socket that puts whole Ethernet frames on a link (gratuitous ARP)."""

    rank: ClassVar[Rank] = Rank.ENDPOINT
    link: str

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the frame socket of this link."""
        return (FrameEndpoint, self.link)


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
Endpoint = VrrpEndpoint | FrameEndpoint
Resource = HeldAddress | VrrpEndpoint | FrameEndpoint | Service | Server | Masquerade | Watch


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
