"""What stands behind virtual_server, real_server and sorry_server, and the granularity.

Rule: values only; each reads and writes one form.
"""

from __future__ import annotations

from keepalived.lang.net_values import ServiceHead, SocketAddress
from keepalived.lang.values import Int, only_word
from keepalived.lang.words import Bad, Given, Value
from keepalived.wire.addresses import parse_address

_PORT = Int(0, 65535)


class SocketAddressValue(Value[SocketAddress]):
    """`ADDRESS [PORT]`."""

    shape = "ADDRESS [PORT]"
    most_words = 2

    def read(self, given: Given) -> SocketAddress | Bad:
        """Read the address and the optional port."""
        if not given.words:
            return Bad(f"expected {self.shape}")
        address = parse_address(given.words[0])
        if address is None:
            return Bad(f"'{given.words[0]}' is not an IPv4 or IPv6 address")
        if len(given.words) == 1:
            return SocketAddress(address)
        port = _PORT.read(Given(given.words[1:2]))
        return Bad(f"port {port.why}", 1) if isinstance(port, Bad) else SocketAddress(address, port)

    def write(self, value: SocketAddress) -> str:
        """Write both, or the address alone."""
        return f"{value.address} {value.port}" if value.port else str(value.address)

    @property
    def examples(self) -> tuple[SocketAddress, ...]:
        """Give one with and one without a port."""
        one, two = parse_address("192.168.100.2"), parse_address("2001:db8::2")
        assert one is not None and two is not None
        return (SocketAddress(one, 80), SocketAddress(two))


class ServiceHeadValue(Value[ServiceHead]):
    """`ADDRESS [PORT]` or `fwmark N`."""

    shape = "ADDRESS [PORT] | fwmark N"
    most_words = 2

    def read(self, given: Given) -> ServiceHead | Bad:
        """Read either form."""
        if given.words[:1] == ("fwmark",):
            mark = Int(1, 2**32 - 1).read(Given(given.words[1:]))
            return (
                Bad(f"fwmark: {mark.why}", 1) if isinstance(mark, Bad) else ServiceHead(mark=mark)
            )
        where = SocketAddressValue().read(given)
        if isinstance(where, Bad):
            return where
        return ServiceHead(where.address, where.port)

    def write(self, value: ServiceHead) -> str:
        """Write the form that it has."""
        if value.address is None:
            return f"fwmark {value.mark}"
        return SocketAddressValue().write(SocketAddress(value.address, value.port))

    @property
    def examples(self) -> tuple[ServiceHead, ...]:
        """Give one of each form."""
        address = parse_address("192.168.200.10")
        return (ServiceHead(address, 80), ServiceHead(mark=7))


class MaskValue(Value[int]):
    """An IPv4 mask, or a prefix length: the value is the prefix length."""

    shape = "MASK | 1..128"

    def read(self, given: Given) -> int | Bad:
        """Read `255.255.240.0` or `64`."""
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        if word.isascii() and word.isdigit() and 1 <= int(word) <= 128:
            return int(word)
        mask = parse_address(word)
        if mask is None or mask.version != 4:
            return Bad(f"'{word}' is neither an IPv4 mask nor a prefix length 1..128")
        ones = f"{int(mask):032b}".rstrip("0")
        if "0" in ones or not ones:
            return Bad(f"'{word}' is not a mask: its ones are not all on the left")
        return len(ones)

    def write(self, value: int) -> str:
        """Write IPv4 lengths as masks, longer ones as numbers."""
        if value > 32:
            return str(value)
        bits = (0xFFFFFFFF << (32 - value)) & 0xFFFFFFFF
        return ".".join(str(bits >> shift & 255) for shift in (24, 16, 8, 0))

    @property
    def examples(self) -> tuple[int, ...]:
        """Give some of both families."""
        return (20, 32, 64)
