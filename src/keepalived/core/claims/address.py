"""The line of an address block: an address and the options behind it.

Rule: one value for `virtual_ipaddress`, `virtual_ipaddress_excluded` and `static_ipaddress`.
"""

from __future__ import annotations

from collections.abc import Callable

from keepalived.lang.net_values import AddressLine
from keepalived.lang.words import Bad, Given, Value
from keepalived.port.resources import HeldAddress
from keepalived.records import replace
from keepalived.wire.addresses import Address, family_of, parse_address

SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
FLAGS = ("home", "-nodad", "mngtmpaddr", "noprefixroute", "autojoin", "no_track")
"""Options that stand alone."""
FOREVER = 2**32 - 1
_HOME, _NO_DUPLICATE_DETECTION = 0x10, 0x02
_FLAG_NUMBERS = {"home": _HOME, "mngtmpaddr": 0x100, "noprefixroute": 0x200, "autojoin": 0x400}

Read = AddressLine | Bad


class AddressLineValue(Value[AddressLine]):
    """`ADDR[/PREFIX] [dev IF] [brd ADDR|+|-] [label NAME] [scope SCOPE] …`."""

    most_words = 99

    def __init__(self, static: bool = False) -> None:
        self._last = "track_group" if static else "use_vmac"
        self.shape = (
            "ADDRESS[/PREFIX] [dev IF] [brd ADDRESS|+|-] [label NAME] [scope SCOPE]"
            f" [peer ADDRESS[/PREFIX]] [preferred_lft SECONDS|forever] [{'] ['.join(FLAGS)}]"
            + (" [track_group NAME]" if static else " [use_vmac]")
        )

    def read(self, given: Given) -> AddressLine | Bad:
        """Read the address, then its options in any order."""
        if not given.words:
            return Bad("an address is missing")
        found = _network(given.words[0], 0)
        if isinstance(found, Bad):
            return found
        line = AddressLine(*found)
        words, at = given.words, 1
        while at < len(words):
            option = "brd" if words[at] == "broadcast" else words[at]
            if option in FLAGS:
                line = replace(line, flags=(*line.flags, option))
                at += 1
                continue
            if option == "use_vmac" == self._last:
                rest = words[at + 1 :]
                return replace(line, vmac=rest)
            reader = _OPTIONS.get(option)
            if reader is None or (option == "track_group" != self._last):
                return Bad(f"'{option}' is not an option of an address", at)
            if at + 1 == len(words):
                return Bad(f"'{option}' wants a value behind it", at)
            after = reader(line, words[at + 1])
            if isinstance(after, Bad):
                return Bad(after.why, at + 1)
            if after.peer is not None and "/" in words[0]:
                return Bad("with peer the prefix length belongs to the peer")
            line = after
            at += 2
        return line

    def write(self, value: AddressLine) -> str:
        """Write the address and what differs from the defaults."""
        parts = [f"{value.address}" if value.peer else f"{value.address}/{value.prefix}"]
        parts += ["peer", f"{value.peer}/{value.peer_prefix}"] if value.peer else []
        parts += ["brd", str(value.broadcast)] if value.broadcast else []
        parts += ["dev", value.dev] if value.dev else []
        parts += ["label", value.label] if value.label else []
        parts += ["scope", _scope_name(value.scope)] if value.scope else []
        if value.preferred_s is not None:
            lasting = "forever" if value.preferred_s == -1 else str(value.preferred_s)
            parts += ["preferred_lft", lasting]
        parts += value.flags
        parts += ["track_group", value.track_group] if value.track_group else []
        parts += ["use_vmac", *value.vmac] if value.vmac is not None else []
        return " ".join(parts)

    @property
    def examples(self) -> tuple[AddressLine, ...]:
        """Give a bare address, and some with options."""
        bare, other = parse_address("10.1.2.3"), parse_address("2001:db8::1")
        peer = parse_address("10.1.2.4")
        assert bare is not None and other is not None
        last = (
            AddressLine(bare, 32, track_group="TG")
            if self._last == "track_group"
            else AddressLine(bare, 32, dev="eth1", vmac=())
        )
        return (
            AddressLine(bare, 32),
            AddressLine(other, 64, dev="eth1", flags=("home", "-nodad"), preferred_s=-1),
            AddressLine(bare, 32, peer=peer, peer_prefix=24, scope=253),
            AddressLine(bare, 24, label="eth1:v", flags=("noprefixroute", "no_track")),
            last,
        )


def address_of(line: AddressLine, link: str) -> HeldAddress:
    """Give the address that a line asks for, on this link.

    An IPv6 one goes without duplicate address detection (two routers share it by design, RFC 9568
    section 8.2), and as /128 deprecated, so that the host does not choose it as its own source.
    """
    flags = 0
    preferred_s = line.preferred_s
    if line.address.version == 6:
        flags = 0 if "-nodad" in line.flags else _NO_DUPLICATE_DETECTION
        if preferred_s is None and line.prefix == 128 and line.peer is None:
            preferred_s = 0
    for word in line.flags:
        flags |= _FLAG_NUMBERS.get(word, 0)
    return HeldAddress(
        link,
        line.address,
        line.peer_prefix if line.peer is not None else line.prefix,
        line.label,
        line.broadcast,
        line.scope if line.address.version == 4 else 0,
        line.peer,
        flags,
        None if preferred_s == -1 else preferred_s,
        "no_track" not in line.flags,
    )


def _network(text: str, at: int) -> tuple[Address, int] | Bad:
    """Read an address with an optional prefix length."""
    written, slash, bits = text.partition("/")
    address = parse_address(written)
    if address is None:
        return Bad(f"'{written}' is not an IPv4 or IPv6 address", at)
    most = family_of(address).bits
    if slash and not (_is_number(bits) and int(bits) <= most):
        return Bad(f"'/{bits}' is not a prefix length in 0..{most}", at)
    return address, int(bits) if slash else most


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _scope_name(number: int) -> str:
    return next((name for name, each in SCOPES.items() if each == number), str(number))


def _dev(line: AddressLine, word: str) -> Read:
    return replace(line, dev=word)


def _label(line: AddressLine, word: str) -> Read:
    return replace(line, label=word)


def _broadcast(line: AddressLine, word: str) -> Read:
    if word in "+-":
        host = (1 << (family_of(line.address).bits - line.prefix)) - 1
        number = int(line.address) | host if word == "+" else int(line.address) & ~host
        return replace(line, broadcast=type(line.address)(number))
    address = parse_address(word)
    if address is None:
        return Bad(f"'{word}' is not a broadcast address")
    return replace(line, broadcast=address)


def _scope(line: AddressLine, word: str) -> Read:
    if word in SCOPES:
        return replace(line, scope=SCOPES[word])
    if _is_number(word) and int(word) <= 255:
        return replace(line, scope=int(word))
    return Bad(f"'scope {word}' is not an option of an address: {', '.join(SCOPES)} or 0..255")


def _peer(line: AddressLine, word: str) -> Read:
    found = _network(word, 0)
    if isinstance(found, Bad):
        return found
    if found[0].version != line.address.version:
        return Bad(f"'{word}' is of the other family")
    return replace(line, peer=found[0], peer_prefix=found[1])


def _preferred(line: AddressLine, word: str) -> Read:
    if word == "forever":
        return replace(line, preferred_s=-1)
    if _is_number(word) and int(word) <= FOREVER:
        return replace(line, preferred_s=int(word))
    return Bad(f"'{word}' is neither seconds nor forever")


def _track_group(line: AddressLine, word: str) -> Read:
    return replace(line, track_group=word)


_OPTIONS: dict[str, Callable[[AddressLine, str], Read]] = {
    "dev": _dev,
    "label": _label,
    "brd": _broadcast,
    "scope": _scope,
    "peer": _peer,
    "preferred_lft": _preferred,
    "track_group": _track_group,
}
