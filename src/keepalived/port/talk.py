"""One side of a conversation with a server, and the verdict that it ends in.

Rule: a talk sees bytes and says bytes; sockets, clocks and encryption belong to whoever runs it.
"""

from __future__ import annotations

from enum import Enum

from keepalived.annotations import Protocol
from keepalived.records import dataclass
from keepalived.wire.addresses import Address


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a conversation ended: good or bad, and because of what."""

    good: bool
    because: str = ""
    status: int = 0
    """A number that came with it (HTTP status, a script's exit status); 0 where there is none."""
    asked: bool = True
    """False where the question could not even be put (no descriptor left): it says nothing."""


@dataclass(frozen=True, slots=True)
class Say:
    """Send these bytes, then listen."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for more bytes."""


Turn = Say | Listen | Verdict
LISTEN = Listen()


class Talk(Protocol):
    """A checker's side of a conversation; made anew for each."""

    def opened(self) -> Turn:
        """The connection stands (encrypted, where asked for)."""

    def heard(self, data: bytes) -> Turn:
        """The server said this; called with whatever pieces arrive."""

    def hung_up(self) -> Verdict:
        """The server closed the connection in an orderly way."""


class Transport(Enum):
    """What carries a talk."""

    TCP = "tcp"
    TLS = "tls"
    UDP = "udp"
    """Datagrams: each that is heard counts as a whole, and nobody hangs up."""
    ICMP = "icmp"
    """Echo requests: what is said and heard is the part that comes back as it was sent."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a talk goes, and the limits that its runner keeps."""

    transport: Transport
    address: Address
    port: int
    timeout_us: int
    """Time for connecting, and again for each wait for bytes."""
    total_us: int
    """Time for the whole talk: a slow trickle must not hold a check for ever."""
    source: Address | None = None
    server_name: str | None = None
    """Name sent in the TLS greeting (SNI); None sends none."""
    source_port: int = 0
    """0 is any."""
    link: str = ""
    """The only link that it may leave and enter through; empty is any."""
    mark: int = 0
    """The firewall mark of what is sent."""
    silence: Verdict | None = None
    """What it means that no datagram came in time; None is a failure."""
