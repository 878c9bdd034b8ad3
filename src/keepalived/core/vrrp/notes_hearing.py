"""What is said in the log about packets that are odd, or for nobody here.

Rule: as in `notes`; each says who, what, and what to do.
"""

from __future__ import annotations

from keepalived.port.effects import Severity
from keepalived.records import dataclass
from keepalived.wire.addresses import Address


@dataclass(frozen=True, slots=True)
class IntervalsDiffer:
    """A version 3 advert says another interval than ours."""

    name: str
    source: Address
    theirs_us: int
    ours_us: int
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Say that it counts all the same, and what to compare."""
        theirs, ours = self.theirs_us / 1_000_000, self.ours_us / 1_000_000
        return (
            f"({self.name}) advert from {self.source} says an interval of {theirs:g} s, ours is"
            f" {ours:g} s; it counts, but compare advert_int of both"
        )


@dataclass(frozen=True, slots=True)
class UnknownRouterHeard:
    """An advert is of a virtual router that we do not have (log_unknown_vrids)."""

    link: str
    router_id: int
    source: Address
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Say whose it is and where it was heard."""
        where = f"({self.link}) " if self.link else ""
        return (
            f"{where}ignored an advert of virtual router {self.router_id} from {self.source}:"
            " no instance here has that virtual_router_id"
        )


@dataclass(frozen=True, slots=True)
class AddressDuplicated:
    """Another host says that it has an address of ours, while we lead."""

    name: str
    address: Address
    link: str
    mac: bytes
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Say who, which address, and what to do."""
        if not self.mac:
            return (
                f"({self.name}) {self.address} on {self.link} does not work: another host has it"
                " (duplicate address detection); take it off that host"
            )
        return (
            f"({self.name}) {self.mac.hex(':')} on {self.link} says that it has {self.address},"
            " which we hold: take the address off that host; if it is a director, do our adverts"
            " reach it? A real server that has it on lo needs arp_ignore=1 and arp_announce=2"
        )
