"""Route and rule lines to what can be held: names become numbers, words the kernel's attributes.

Rule: functions of words and the host's names; what has no meaning here raises Unknown, which the
functions around lines turn into a text.
"""

from __future__ import annotations

from collections.abc import Mapping

from keepalived.port.names import Names, number
from keepalived.wire.addresses import Address, Family, family_of, parse_address
from keepalived.wire.netlink.routes import Network


class Unknown(Exception):
    """A word that this host gives no meaning; its text is for the operator."""


def named(names: Mapping[str, int], word: object, what: str, most: int = 2**32 - 1) -> int:
    """Give the number of a word."""
    found = number(names, str(word), most)
    if found is None:
        raise Unknown(f"there is no {what} '{word}' on this host")
    return found


def realms_of(names: Names, word: object) -> int:
    """Give `[FROM/]TO` as the kernel packs it."""
    first, slash, last = str(word).partition("/")
    origin = named(names.realms, first, "realm", 0xFFFF) if slash else 0
    return origin << 16 | named(names.realms, last if slash else first, "realm", 0xFFFF)


def service_of(names: Names, word: object) -> int:
    """Give a type of service; without a name it is hexadecimal, as for `ip`."""
    found = number(names.services, str(word), 255, 16)
    if found is None:
        raise Unknown(f"there is no type of service '{word}' on this host")
    return found


def network_of(word: str, family: Family) -> Network:
    """Give the network that a word means; `default`, `all` and `any` are everything."""
    if word in ("default", "default6", "all", "any"):
        return everything(family), 0
    text, slash, bits = word.partition("/")
    address = parse_address(text)
    assert address is not None, "the line was checked"
    return address, int(bits) if slash else family_of(address).bits


def everything(family: Family) -> Address:
    """Give the address of all zeros."""
    zeros = parse_address("0.0.0.0" if family is Family.INET else "::")
    assert zeros is not None
    return zeros


def family_in(words: object) -> Family | None:
    """Give the family of an address or network as written; None where it says neither."""
    address = parse_address(str(words).partition("/")[0])
    return None if address is None else family_of(address)
