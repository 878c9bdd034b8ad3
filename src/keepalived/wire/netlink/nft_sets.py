"""Elements of nftables' sets and maps: putting them in, taking them out, taking a table away.

Rule: messages for an atomic batch; the table's rules are text, and written elsewhere.
"""

from __future__ import annotations

from struct import Struct

from keepalived.wire.addresses import Family
from keepalived.wire.netlink.frame import attribute, text_attribute
from keepalived.wire.netlink.table import NESTED

BATCH_BEGIN = 0x10
BATCH_END = 0x11
_SUBSYSTEM = 10
NEW_ELEMENT = _SUBSYSTEM << 8 | 12
GONE_ELEMENT = _SUBSYSTEM << 8 | 14
GONE_TABLE = _SUBSYSTEM << 8 | 2

_HEAD = Struct(">BBH")
_NUMBER = Struct("=I")
_LIST_TABLE, _LIST_SET, _LIST_ELEMENTS = 1, 2, 3
_LIST_ELEMENT = 1
_ELEMENT_KEY, _ELEMENT_DATA = 1, 2
_DATA_VALUE = 1
_TABLE_NAME = 1
_NAME_BYTES = 16
_PROTOCOLS = {Family.INET: 2, Family.INET6: 10}


def encode_edge() -> bytes:
    """Write the body of a batch's first and of its last message."""
    return _HEAD.pack(0, 0, _SUBSYSTEM)


def encode_element(
    family: Family, table: str, name: str, key: bytes, value: bytes | None = None
) -> bytes:
    """Write the body that puts an element into a set or map, or takes it out."""
    parts = attribute(_ELEMENT_KEY | NESTED, attribute(_DATA_VALUE, key))
    if value is not None:
        parts += attribute(_ELEMENT_DATA | NESTED, attribute(_DATA_VALUE, value))
    element = attribute(_LIST_ELEMENT | NESTED, parts)
    return b"".join(
        (
            _HEAD.pack(_PROTOCOLS[family], 0, 0),
            text_attribute(_LIST_TABLE, table),
            text_attribute(_LIST_SET, name),
            attribute(_LIST_ELEMENTS | NESTED, element),
        )
    )


def encode_table(family: Family, table: str) -> bytes:
    """Write the body that takes a table away."""
    return _HEAD.pack(_PROTOCOLS[family], 0, 0) + text_attribute(_TABLE_NAME, table)


def name_key(name: str) -> bytes:
    """Write a link's name as a key."""
    return name.encode().ljust(_NAME_BYTES, b"\0")


def number_value(number: int) -> bytes:
    """Write a link's number as a key or a value."""
    return _NUMBER.pack(number)
