"""What a host is, as far as the pure half needs to know: its links and their addresses.

Rule: plain frozen values; how they were found out is the adapter's business.
"""

from __future__ import annotations

from keepalived.records import dataclass
from keepalived.wire.addresses import Address


@dataclass(frozen=True, slots=True)
class Link:
    """A network interface as the kernel shows it."""

    index: int
    name: str
    mac: bytes = b""
    mtu: int = 1500
    admin_up: bool = True
    running: bool = True
    no_arp: bool = False
    loopback: bool = False
    kind: str = ""
    """What made it, such as `macvlan` or `vlan`; empty for hardware."""
    parent: int = 0
    """The number of the link below it; 0 where there is none here."""
    forwards_6: bool = False
    """Whether it forwards IPv6, which a neighbour advert tells."""

    @property
    def up(self) -> bool:
        """Say whether it can carry packets: administratively up and with a carrier."""
        return self.admin_up and self.running


@dataclass(frozen=True, slots=True)
class LinkAddress:
    """An address that sits on a link, whoever put it there."""

    link: str
    address: Address
    prefix: int
    secondary: bool = False
    ours: bool = False
    """True where the kernel says that a keepalived put it there (its address protocol)."""
