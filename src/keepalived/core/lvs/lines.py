"""What stands behind virtual_server, real_server and sorry_server, and the granularity.

Rule: values only; each reads and writes one form.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from keepalived.lang.net_values import ServiceHead, SocketAddress
from keepalived.lang.values import Int, only_word
from keepalived.lang.words import Bad, Given, Value
from keepalived.records import copier, dataclass
from keepalived.wire.addresses import Address, family_of, parse_address

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
        word = given.words[1]
        if word.isascii() and word.isdigit() and int(word) <= 65535:
            return SocketAddress(address, int(word))
        port = _PORT.read(Given(given.words[1:2]))
        return Bad(f"port {port.why}", 1) if isinstance(port, Bad) else SocketAddress(address, port)

    def plain(self, text: str) -> SocketAddress | None:
        """Read an address and a port."""
        word, _, port = text.partition(" ")
        number = _PORTS.get(port)
        if number is None:
            if not (port.isdigit() and port.isascii() and int(port) <= 65535):
                return None
            number = _PORTS[port] = int(port)
        network, _, host = word.rpartition(".")
        begin, part = _NETWORKS.get(network), _PARTS.get(host)
        if begin is not None and part is not None:
            return _made(IPv4Address(begin | part), number)
        address = parse_address(word)
        if address is not None and address.version == 4:
            _NETWORKS[network] = int(address) & ~255
        return None if address is None else _made(address, number)

    def write(self, value: SocketAddress) -> str:
        """Write both, or the address alone."""
        return f"{value.address} {value.port}" if value.port else str(value.address)

    @property
    def examples(self) -> tuple[SocketAddress, ...]:
        """Give one with and one without a port."""
        one, two = parse_address("192.168.100.2"), parse_address("2001:db8::2")
        assert one is not None and two is not None
        return (SocketAddress(one, 80), SocketAddress(two))


_AT = SocketAddressValue()
_PORTS: dict[str, int] = {}
_NETWORKS: dict[str, int] = {}
"""What was read, by its text: ports, and the first three parts of addresses."""
_PARTS = {str(part): part for part in range(256)}
_made = copier(SocketAddress(IPv4Address(0)), "address", "port")


class ServiceHeadValue(Value[ServiceHead]):
    """`ADDRESS [PORT]` or `fwmark N`."""

    shape = "ADDRESS [PORT] | fwmark N | group NAME"
    most_words = 2

    def read(self, given: Given) -> ServiceHead | Bad:
        """Read either form."""
        if given.words[:1] == ("fwmark",):
            mark = Int(1, 2**32 - 1).read(Given(given.words[1:]))
            return (
                Bad(f"fwmark: {mark.why}", 1) if isinstance(mark, Bad) else ServiceHead(mark=mark)
            )
        if given.words[:1] == ("group",):
            name = given.words[1:2]
            return ServiceHead(group=name[0]) if name else Bad("group: a name is missing")
        where = SocketAddressValue().read(given)
        if isinstance(where, Bad):
            return where
        return ServiceHead(where.address, where.port)

    def plain(self, text: str) -> ServiceHead | None:
        """Read an address and a port."""
        at = _AT.plain(text)
        return None if at is None else ServiceHead(at.address, at.port)

    def write(self, value: ServiceHead) -> str:
        """Write the form that it has."""
        if value.group:
            return f"group {value.group}"
        if value.address is None:
            return f"fwmark {value.mark}"
        return SocketAddressValue().write(SocketAddress(value.address, value.port))

    @property
    def examples(self) -> tuple[ServiceHead, ...]:
        """Give one of each form."""
        address = parse_address("192.168.200.10")
        return (ServiceHead(address, 80), ServiceHead(mark=7), ServiceHead(group="web"))


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


class MethodValue(Value[str]):
    """How packets are forwarded; the words as written, TUN perhaps with its kind of tunnel."""

    shape = "NAT|DR|TUN [type ipip|gue port N|gre] [nocsum|csum|remcsum]"
    most_words = 6

    def read(self, given: Given) -> str | Bad:
        """Read the method, and what stands behind TUN."""
        if not given.words:
            return Bad("a value is missing")
        method, *rest = given.words[:6]
        if method not in ("NAT", "DR", "TUN"):
            return Bad(f"'{method}' is none of NAT, DR, TUN")
        if not rest or method != "TUN":
            return method
        kind, at = "ipip", 0
        if rest[0] == "type":
            if len(rest) < 2 or rest[1] not in ("ipip", "gue", "gre"):
                return Bad("type is one of ipip, gue, gre", min(2, len(given.words) - 1))
            kind, at = rest[1], 2
        if kind == "gue":
            port = _PORT.read(Given(tuple(rest[3:4]))) if rest[2:3] == ["port"] else Bad("")
            if isinstance(port, Bad):
                return Bad("gue wants port N behind it", min(3, len(given.words) - 1))
            at = 4
        sums = rest[at:]
        if sums and (sums[0] not in ("nocsum", "csum", "remcsum") or kind == "ipip"):
            return Bad(f"'{sums[0]}' is not expected here", at + 1)
        if sums == ["remcsum"] and kind == "gre":
            return Bad("gre knows no remcsum", at + 1)
        return " ".join(given.words)

    def write(self, value: str) -> str:
        """Write it as it stood."""
        return value

    @property
    def examples(self) -> tuple[str, ...]:
        """Give all methods, and all kinds of tunnels."""
        return ("NAT", "DR", "TUN", "TUN type gue port 6080 csum", "TUN type gre nocsum")


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A line of a virtual_server_group: addresses from first to last with a port, or a mark."""

    first: Address | None = None
    last: Address | None = None
    port: int = 0
    mark: int = 0
    family: str = ""


class GroupLineValue(Value[GroupLine]):
    """`ADDRESS[-LAST|/PREFIX] [PORT]` or `fwmark N [inet|inet6]`."""

    shape = "ADDRESS[-LAST|/PREFIX] [PORT] | fwmark N [inet|inet6]"
    most_words = 3

    def read(self, given: Given) -> GroupLine | Bad:
        """Read either form."""
        words = given.words
        if words[:1] == ("fwmark",):
            mark = Int(1, 2**32 - 1).read(Given(words[1:2]))
            if isinstance(mark, Bad):
                return Bad(f"fwmark: {mark.why}", len(words[:2]) - 1)
            if words[2:3] and words[2] not in ("inet", "inet6"):
                return Bad(f"'{words[2]}' is neither inet nor inet6", 2)
            return GroupLine(mark=mark, family=words[2] if words[2:3] else "")
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        found = _addresses(word)
        if isinstance(found, Bad):
            return found
        port = _PORT.read(Given(words[1:2])) if words[1:2] else 0
        return Bad(f"port {port.why}", 1) if isinstance(port, Bad) else GroupLine(*found, port)

    def write(self, value: GroupLine) -> str:
        """Write the form that it has."""
        if value.first is None:
            return f"fwmark {value.mark} {value.family}".rstrip()
        last = f"-{value.last}" if value.last != value.first else ""
        return f"{value.first}{last}" + (f" {value.port}" if value.port else "")

    @property
    def examples(self) -> tuple[GroupLine, ...]:
        """Give an address, a range and marks."""
        one, two = parse_address("192.168.200.10"), parse_address("192.168.200.20")
        return (
            GroupLine(one, one, 80),
            GroupLine(one, two, 443),
            GroupLine(mark=7),
            GroupLine(mark=8, family="inet6"),
        )


def _addresses(word: str) -> tuple[Address, Address] | Bad:
    """Read one address, a range in full or in its last part, or a network without host bits."""
    text, slash, bits = word.partition("/")
    if slash:
        first = parse_address(text)
        if first is None or not (bits.isascii() and bits.isdigit()):
            return Bad(f"'{word}' is not a network")
        free = family_of(first).bits - int(bits)
        if free < 0 or int(first) & ((1 << free) - 1):
            return Bad(f"'{word}' has bits set beyond its prefix")
        return first, type(first)(int(first) | ((1 << free) - 1))
    text, dash, end = word.partition("-")
    first = parse_address(text)
    if first is None:
        return Bad(f"'{text}' is not an IPv4 or IPv6 address")
    if not dash:
        return first, first
    last = parse_address(end) or _with_last_part(first, end)
    if last is None or last.version != first.version or int(last) < int(first):
        return Bad(f"'{end}' does not end a range that begins with {text}")
    return first, last


def _with_last_part(first: Address, end: str) -> Address | None:
    """Give an address with its last part replaced: of IPv4 decimal, of IPv6 hexadecimal."""
    digits = "0123456789" if first.version == 4 else "0123456789abcdefABCDEF"
    if not end or any(each not in digits for each in end):
        return None
    part, most = (int(end), 0xFF) if first.version == 4 else (int(end, 16), 0xFFFF)
    return type(first)(int(first) & ~most | part) if part <= most else None
