"""The line of an address block: an address and the options behind it.

Rule: one value for `virtual_ipaddress` and `virtual_ipaddress_excluded` alike.
"""

from __future__ import annotations

from keepalived.lang.net_values import AddressLine
from keepalived.lang.words import Bad, Given, Value
from keepalived.wire.addresses import family_of, parse_address

_SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}


class AddressLineValue(Value[AddressLine]):
    """`ADDR[/PREFIX] [dev IF] [brd ADDR] [label NAME] [scope SCOPE]`."""

    most_words = 9
    shape = "ADDRESS[/PREFIX] [dev IF] [brd ADDRESS] [label NAME] [scope SCOPE]"

    def read(self, given: Given) -> AddressLine | Bad:
        """Read the address, then its options in any order."""
        if not given.words:
            return Bad("an address is missing")
        text, slash, bits = given.words[0].partition("/")
        address = parse_address(text)
        if address is None:
            return Bad(f"'{text}' is not an IPv4 or IPv6 address")
        most = family_of(address).bits
        if slash and not (_is_number(bits) and int(bits) <= most):
            return Bad(f"'/{bits}' is not a prefix length in 0..{most}")
        line = AddressLine(address, int(bits) if slash else most)
        return _with_options(line, given.words)

    def write(self, value: AddressLine) -> str:
        """Write the address and what differs from the defaults."""
        parts = [f"{value.address}/{value.prefix}"]
        parts += ["brd", str(value.broadcast)] if value.broadcast else []
        parts += ["dev", value.dev] if value.dev else []
        parts += ["label", value.label] if value.label else []
        parts += ["scope", _scope_name(value.scope)] if value.scope else []
        return " ".join(parts)

    @property
    def examples(self) -> tuple[AddressLine, ...]:
        """Give a bare address, and one with options."""
        bare, other = parse_address("10.1.2.3"), parse_address("2001:db8::1")
        assert bare is not None and other is not None
        return (AddressLine(bare, 32), AddressLine(other, 64, dev="eth1"))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _scope_name(number: int) -> str:
    return next((name for name, each in _SCOPES.items() if each == number), str(number))


def _with_options(line: AddressLine, words: tuple[str, ...]) -> AddressLine | Bad:
    dev, label, broadcast, scope = line.dev, line.label, line.broadcast, line.scope
    for place in range(1, len(words), 2):
        option = words[place]
        if place + 1 == len(words):
            return Bad(f"'{option}' wants a value behind it", place)
        value = words[place + 1]
        if option == "dev":
            dev = value
        elif option == "label":
            label = value
        elif option in ("brd", "broadcast"):
            broadcast = parse_address(value)
            if broadcast is None:
                return Bad(f"'{value}' is not a broadcast address", place + 1)
        elif option == "scope" and (value in _SCOPES or (_is_number(value) and int(value) <= 255)):
            scope = _SCOPES[value] if value in _SCOPES else int(value)
        else:
            return Bad(f"'{option} {value}' is not an option of an address", place)
    return AddressLine(line.address, line.prefix, dev, label, broadcast, scope)
