"""What a value of the network can be: addresses, masks, services, address lines.

Rule: as in `values`; what is read is a value of `wire.addresses` or a frozen line.
"""

from __future__ import annotations

from keepalived.lang.values import only_word
from keepalived.lang.words import Bad, Given, Value
from keepalived.records import dataclass
from keepalived.wire.addresses import Address, parse_address


class AddressValue(Value[Address]):
    """A literal IPv4 or IPv6 address."""

    shape = "ADDRESS"

    def read(self, given: Given) -> Address | Bad:
        """Read the one address."""
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        address = parse_address(word)
        return Bad(f"'{word}' is not an IPv4 or IPv6 address") if address is None else address

    def write(self, value: Address) -> str:
        """Write the address."""
        return str(value)

    @property
    def examples(self) -> tuple[Address, ...]:
        """Give one of each family."""
        found = (parse_address("192.168.200.10"), parse_address("2001:db8::10"))
        return tuple(each for each in found if each is not None)


@dataclass(frozen=True, slots=True)
class AddressLine:
    """A line of virtual_ipaddress: an address and what it is to be put on."""

    address: Address
    prefix: int
    dev: str = ""
    label: str = ""
    broadcast: Address | None = None
    scope: int = 0
    peer: Address | None = None
    peer_prefix: int = 0
    flags: tuple[str, ...] = ()
    """Options that are words alone, such as noprefixroute."""
    preferred_s: int | None = None
    """The preferred lifetime; -1 is forever."""
    vmac: tuple[str, ...] | None = None
    """What stands behind use_vmac; None where it is not given."""
    track_group: str = ""
    link: str = ""
    """A link of the instance's own that it goes on, once that is settled; no word of the line."""


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """An address with its port; 0 where none was given."""

    address: Address
    port: int = 0


@dataclass(frozen=True, slots=True)
class ServiceHead:
    """What stands behind `virtual_server`: an address with its port, or a firewall mark."""

    address: Address | None = None
    port: int = 0
    mark: int = 0
    group: str = ""
    """The name of a virtual_server_group; then there is no address and no mark."""
