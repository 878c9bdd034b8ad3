"""What values of virtual routers can be: groups, peers, virtual MACs, keys.

Rule: as in `lang.values`; each reads and writes one form.
"""

from __future__ import annotations

from keepalived.lang.net_values import AddressValue
from keepalived.lang.pieces import Piece, Pieces
from keepalived.lang.values import Int, Text, only_word
from keepalived.lang.words import Bad, Given, Value
from keepalived.records import dataclass
from keepalived.wire.addresses import Address, parse_address

IN_HEX = "hex:"
IN_FILE = "file:"
SHORTEST_KEY, LONGEST_KEY = 32, 64


class GroupAddressValue(Value[Address]):
    """A multicast address, of one family or of either."""

    def __init__(self, version: int = 0) -> None:
        self._version = version
        self.shape = f"IPv{version} GROUP" if version else "GROUP ADDRESS"

    def read(self, given: Given) -> Address | Bad:
        """Read the one address."""
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        address = parse_address(word)
        if address is None or self._version not in (0, address.version):
            return Bad(f"'{word}' is not an address of IPv{self._version or '4 or IPv6'}")
        return address if address.is_multicast else Bad(f"'{word}' is not a multicast address")

    def write(self, value: Address) -> str:
        """Write the address."""
        return str(value)

    @property
    def examples(self) -> tuple[Address, ...]:
        """Give one of each family that it takes."""
        found = (parse_address("224.0.0.18"), parse_address("ff02::12"))
        return tuple(each for each in found if each and self._version in (0, each.version))


@dataclass(frozen=True, slots=True)
class Peer:
    """A router that adverts go to one by one; TTLs outside the bounds do not count."""

    address: Address
    min_ttl: int | None = None
    max_ttl: int | None = None


class PeerValue(Value[Peer]):
    """`ADDRESS [min_ttl 0..255] [max_ttl 0..255]`."""

    shape = "ADDRESS [min_ttl 0..255] [max_ttl 0..255]"
    most_words = 5
    _pieces = Pieces(
        Piece("min_ttl", Int(0, 255), "The least TTL."),
        Piece("max_ttl", Int(0, 255), "The most."),
    )

    def read(self, given: Given) -> Peer | Bad:
        """Read the address and its bounds."""
        address = AddressValue().read(given)
        if isinstance(address, Bad):
            return address
        found = self._pieces.read(given.words, 1)
        if isinstance(found, Bad):
            return found
        least, most = dict(found).get("min_ttl"), dict(found).get("max_ttl")
        assert least is None or isinstance(least, int)
        assert most is None or isinstance(most, int)
        return Peer(address, least, most)

    def write(self, value: Peer) -> str:
        """Write what there is."""
        pairs = (("min_ttl", value.min_ttl), ("max_ttl", value.max_ttl))
        bounds = "".join(f" {name} {ttl}" for name, ttl in pairs if ttl is not None)
        return f"{value.address}{bounds}"

    @property
    def examples(self) -> tuple[Peer, ...]:
        """Give one without and one with bounds."""
        one, two = parse_address("192.168.200.6"), parse_address("2001:db8::6")
        assert one is not None and two is not None
        return (Peer(one), Peer(two, 254, 255), Peer(one, None, 64))


def _is_mac(word: str) -> bool:
    parts = word.split(":")
    digits = "0123456789abcdefABCDEF"
    return len(parts) in (5, 6) and all(
        1 <= len(part) <= 2 and all(sign in digits for sign in part) for part in parts
    )


@dataclass(frozen=True, slots=True)
class Vmac:
    """A link of an instance's own: its name, its hardware address, its group of links."""

    name: str = ""
    mac: str = ""
    """As written; five bytes get the router's number as the sixth."""
    notify: bool = False
    group: str = ""


class VmacValue(Value[Vmac]):
    """`[[name] IFNAME] [MAC] [netlink_notify_msg] [group G]`."""

    shape = "[[name] INTERFACE] [MAC] [netlink_notify_msg] [group NUMBER|NAME]"
    most_words = 6

    def read(self, given: Given) -> Vmac | Bad:
        """Read the words, each at most once."""
        name = mac = group = ""
        notify = False
        words, at = given.words, 0
        while at < len(words):
            word = words[at]
            if word in ("name", "group"):
                at += 1
                if at == len(words):
                    return Bad(f"{word}: a value is missing", at - 1)
                if word == "name":
                    name = words[at]
                else:
                    group = words[at]
            elif word == "netlink_notify_msg":
                notify = True
            elif _is_mac(word):
                mac = word
            elif not name:
                name = word
            else:
                return Bad(f"'{word}' is not expected here", at)
            at += 1
        if len(name) > 15:
            return Bad(f"'{name}' is longer than 15 characters")
        return Vmac(name, mac, notify, group)

    def write(self, value: Vmac) -> str:
        """Write what there is."""
        return " ".join(
            (
                *(("name", value.name) if value.name else ()),
                *((value.mac,) if value.mac else ()),
                *(("netlink_notify_msg",) if value.notify else ()),
                *(("group", value.group) if value.group else ()),
            )
        )

    @property
    def examples(self) -> tuple[Vmac, ...]:
        """Give the shortest and the longest form."""
        return (Vmac(), Vmac("vrrp.51"), Vmac("group", "00:00:5e:00:01", True, "7"))


@dataclass(frozen=True, slots=True)
class Ipvlan:
    """An ipvlan of an instance's own."""

    name: str = ""
    address: str = ""
    """With or without a prefix, as written."""
    mode: str = "bridge"
    group: str = ""


class IpvlanValue(Value[Ipvlan]):
    """`[[name] IFNAME] [ADDRESS] [bridge|private|vepa] [group G]`."""

    shape = "[[name] INTERFACE] [ADDRESS] [bridge|private|vepa] [group NUMBER|NAME]"
    most_words = 6

    def read(self, given: Given) -> Ipvlan | Bad:
        """Read the words, each at most once."""
        name = address = group = ""
        mode = "bridge"
        words, at = given.words, 0
        while at < len(words):
            word = words[at]
            if word in ("name", "group"):
                at += 1
                if at == len(words):
                    return Bad(f"{word}: a value is missing", at - 1)
                if word == "name":
                    name = words[at]
                else:
                    group = words[at]
            elif word in ("bridge", "private", "vepa"):
                mode = word
            elif parse_address(word.partition("/")[0]) is not None:
                address = word
            elif not name:
                name = word
            else:
                return Bad(f"'{word}' is not expected here", at)
            at += 1
        return Ipvlan(name, address, mode, group)

    def write(self, value: Ipvlan) -> str:
        """Write what there is."""
        return " ".join(
            (
                *(("name", value.name) if value.name else ()),
                *((value.address,) if value.address else ()),
                *((value.mode,) if value.mode != "bridge" else ()),
                *(("group", value.group) if value.group else ()),
            )
        )

    @property
    def examples(self) -> tuple[Ipvlan, ...]:
        """Give the shortest and the longest form."""
        return (Ipvlan(), Ipvlan("ipv.51", "10.0.0.9/24", "private", "7"))


@dataclass(frozen=True, slots=True)
class Key:
    """A key of `auth_hmac`, by its number; the value as written, with its `hex:` or `file:`."""

    number: int
    value: str


def key_bytes(value: str) -> bytes:
    """Give the bytes of a key as written: its text, or `hex:` and digits.

    What a `file:` holds has been put in its place by who read the file.
    """
    if value.startswith(IN_HEX):
        return bytes.fromhex(value[len(IN_HEX) :])
    return value.encode("utf-8", "surrogateescape")


def key_fault(value: str) -> str:
    """Say what is wrong with a key's value; nothing where it can be used."""
    if value.startswith(IN_HEX):
        digits = value[len(IN_HEX) :]
        if len(digits) % 2 or any(each not in "0123456789abcdefABCDEF" for each in digits):
            return "the key is not made of pairs of hex digits"
    size = len(key_bytes(value))
    if not SHORTEST_KEY <= size <= LONGEST_KEY:
        return f"the key has {size} bytes; {SHORTEST_KEY} to {LONGEST_KEY} are needed"
    return ""


class KeyValue(Value[Key]):
    """`ID VALUE`: 32 to 64 bytes as text or `hex:…`, or `file:PATH`."""

    shape = "1..255 TEXT|hex:DIGITS|file:PATH"
    most_words = 2

    def read(self, given: Given) -> Key | Bad:
        """Read the number and the key; what it is made of is not shown in a message."""
        number = Int(1, 255).read(given)
        if isinstance(number, Bad):
            return number
        if len(given.words) < 2:
            return Bad("a key is missing")
        value = given.words[1]
        if value.startswith(IN_FILE):
            return Key(number, value) if value != IN_FILE else Bad("file: a path is missing", 1)
        fault = key_fault(value)
        return Bad(fault, 1) if fault else Key(number, value)

    def write(self, value: Key) -> str:
        """Write both, the key in quotes where it needs them."""
        return f"{value.number} {Text().write(value.value)}"

    @property
    def examples(self) -> tuple[Key, ...]:
        """Give all forms."""
        return (
            Key(1, "0123456789abcdef0123456789abcdef"),
            Key(255, f"hex:{'0f' * 32}"),
            Key(2, "file:/etc/keepalived/key"),
        )


class ExtraGarp(Value[tuple[int, bool]]):
    """`[all] SECONDS`: how often, in seconds, and whether on every link."""

    most_words = 2

    def __init__(self, least: int) -> None:
        self._seconds = Int(least, 86_400)
        self.shape = f"[all] {self._seconds.shape} seconds"

    def read(self, given: Given) -> tuple[int, bool] | Bad:
        """Read the optional word and the time."""
        every = given.words[:1] == ("all",)
        seconds = self._seconds.read(Given(given.words[1:] if every else given.words))
        if isinstance(seconds, Bad):
            return Bad(seconds.why, min(int(every), max(len(given.words) - 1, 0)))
        return (seconds, every)

    def write(self, value: tuple[int, bool]) -> str:
        """Write both."""
        return f"all {value[0]}" if value[1] else str(value[0])

    @property
    def examples(self) -> tuple[tuple[int, bool], ...]:
        """Give both forms."""
        return ((60, False), (86_400, True))
