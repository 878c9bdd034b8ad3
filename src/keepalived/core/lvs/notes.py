"""What the director says: log lines as values, and the mails about its servers.

Rule: upstream's line word for word where it has one, reasons behind it; one class a line.
"""

from __future__ import annotations

from keepalived.annotations import ClassVar
from keepalived.core.lvs.config import VirtualServer
from keepalived.core.lvs.table import server_port
from keepalived.lang.net_values import SocketAddress
from keepalived.port.effects import Severity
from keepalived.port.words import Mail
from keepalived.records import dataclass
from keepalived.wire.addresses import Address


def socket_text(address: Address, protocol: str, port: int) -> str:
    """Write `[10.0.0.1]:tcp:80`."""
    return f"[{address}]:{protocol}:{port}"


def protocol_text(service: VirtualServer) -> str:
    """Write the protocol of a service and its servers; a mark has none."""
    if service.head.address is None:
        return "none"
    return (service.protocol or "UDP").lower()


def service_text(service: VirtualServer) -> str:
    """Write `[10.0.0.1]:tcp:80`, or `FWM 7`."""
    if service.head.address is None:
        return f"FWM {service.head.mark}"
    return socket_text(service.head.address, protocol_text(service), service.head.port)


def server_text(service: VirtualServer, at: SocketAddress) -> str:
    """Write a server's address as its service's protocol has it."""
    return socket_text(at.address, protocol_text(service), server_port(service, at.port))


@dataclass(frozen=True, slots=True)
class CheckBegan:
    """A check of a server is to be asked from now on."""

    severity: ClassVar[Severity] = Severity.INFO
    server: str
    service: str

    def text(self) -> str:
        """Write the line."""
        return f"Activating healthchecker for service {self.server} for VS {self.service}"


@dataclass(frozen=True, slots=True)
class CheckTurned:
    """A check came up, went down, or is on its way; the line is its kind's own."""

    severity: ClassVar[Severity] = Severity.INFO
    line: str

    def text(self) -> str:
        """Write the line."""
        return self.line


@dataclass(frozen=True, slots=True)
class ServerAdded:
    """A server is fit."""

    severity: ClassVar[Severity] = Severity.NOTICE
    server: str
    service: str

    def text(self) -> str:
        """Write the line."""
        return f"Adding service {self.server} to VS {self.service}"


@dataclass(frozen=True, slots=True)
class ServerRemoved:
    """A server is not fit, or no longer in the file."""

    severity: ClassVar[Severity] = Severity.NOTICE
    server: str
    service: str

    def text(self) -> str:
        """Write the line."""
        return f"Removing service {self.server} from VS {self.service}"


@dataclass(frozen=True, slots=True)
class WeightChanged:
    """A server that serves weighs more or less than before."""

    severity: ClassVar[Severity] = Severity.INFO
    server: str
    service: str
    before: int
    after: int

    def text(self) -> str:
        """Write the line."""
        return (
            f"Changing weight from {self.before} to {self.after}"
            f" for active service {self.server} of VS {self.service}"
        )


@dataclass(frozen=True, slots=True)
class ServerShut:
    """The daemon stops and takes a server out."""

    severity: ClassVar[Severity] = Severity.INFO
    server: str
    service: str

    def text(self) -> str:
        """Write the line."""
        return f"Shutting down service {self.server} from VS {self.service}"


@dataclass(frozen=True, slots=True)
class QuorumGained:
    """A service has enough live weight."""

    severity: ClassVar[Severity] = Severity.NOTICE
    service: str
    needed: int
    hysteresis: int
    weight: int

    def text(self) -> str:
        """Write the line."""
        bound = self.needed + self.hysteresis
        return (
            f"Gained quorum {self.needed}+{self.hysteresis}={bound} <= {self.weight}"
            f" for VS {self.service}"
        )


@dataclass(frozen=True, slots=True)
class QuorumLost:
    """A service has too little live weight."""

    severity: ClassVar[Severity] = Severity.NOTICE
    service: str
    needed: int
    hysteresis: int
    weight: int

    def text(self) -> str:
        """Write the line."""
        bound = self.needed - self.hysteresis
        return (
            f"Lost quorum {self.needed}-{self.hysteresis}={bound} > {self.weight}"
            f" for VS {self.service}"
        )


@dataclass(frozen=True, slots=True)
class SorryAdded:
    """The sorry server takes over."""

    severity: ClassVar[Severity] = Severity.NOTICE
    server: str
    service: str

    def text(self) -> str:
        """Write the line."""
        return f"Adding sorry server {self.server} to VS {self.service}"


@dataclass(frozen=True, slots=True)
class SorryRemoved:
    """The sorry server is no longer needed."""

    severity: ClassVar[Severity] = Severity.NOTICE
    server: str
    service: str

    def text(self) -> str:
        """Write the line."""
        return f"Removing sorry server {self.server} from VS {self.service}"


@dataclass(frozen=True, slots=True)
class PoolEmptied:
    """The live servers make room for the sorry server."""

    severity: ClassVar[Severity] = Severity.NOTICE
    service: str

    def text(self) -> str:
        """Write the line."""
        return f"Removing alive servers from the pool for VS {self.service}"


@dataclass(frozen=True, slots=True)
class PoolFilled:
    """The live servers serve again."""

    severity: ClassVar[Severity] = Severity.NOTICE
    service: str

    def text(self) -> str:
        """Write the line."""
        return f"Adding alive servers to the pool for VS {self.service}"


REMEDIES = {
    1: "run as root or with CAP_NET_ADMIN",
    2: "load the scheduler's module (modprobe ip_vs_<name>), or choose another lb_algo",
    12: "the kernel has no memory left",
    17: "something else put it there; remove it or stop the other program",
    93: "the kernel does not know this protocol",
    97: "the kernel has no support for this address family",
}


@dataclass(frozen=True, slots=True)
class TableRefused:
    """The kernel would not take a change; it is tried again."""

    severity: ClassVar[Severity] = Severity.ERROR
    service: str
    what: str
    why: str
    errno: int
    again_us: int

    def text(self) -> str:
        """Write the line, with what to do about it."""
        remedy = REMEDIES.get(self.errno)
        advice = f"; {remedy}" if remedy else ""
        return (
            f"VS {self.service}: the kernel refused {self.what}: {self.why}{advice}"
            f"; trying again every {self.again_us / 1e6:g} s"
        )


@dataclass(frozen=True, slots=True)
class TableLost:
    """Somebody took an entry away; it is put back."""

    severity: ClassVar[Severity] = Severity.WARNING
    service: str
    what: str

    def text(self) -> str:
        """Write the line."""
        return f"VS {self.service}: {self.what} was removed by somebody else, putting it back"


@dataclass(frozen=True, slots=True)
class CheckNotAsked:
    """This host could not put the question; the server keeps its state."""

    severity: ClassVar[Severity] = Severity.WARNING
    check: str
    server: str
    service: str
    why: str

    def text(self) -> str:
        """Write the line."""
        return (
            f"{self.check} of {self.server} for VS {self.service} could not be made here"
            f" ({self.why}); the server keeps its state, trying again"
        )


def server_mail(router_id: str, server: str, service: str, up: bool, cause: str) -> Mail:
    """Write the mail about a server that came up or went down."""
    state = "UP" if up else "DOWN"
    subject = f"[{router_id}] Realserver {server} of virtual server {service} - {state}"
    return Mail(subject, f"=> {cause} <=")
