"""Generic netlink: how a kernel feature without a number of its own is found by its name.

Rule: only the controller's one question and its answer; each family has a file of its own.
"""

from __future__ import annotations

from struct import Struct

from keepalived.wire.netlink.frame import Message, text_attribute
from keepalived.wire.netlink.table import Row, Shape, Table, number

CONTROLLER = 0x10
"""The netlink type of the controller itself, and the lowest of any generic message."""
HEAD = Struct("=BBxx")
"""Command and version, in front of a generic message's attributes."""

_NEW_FAMILY = 1
_GET_FAMILY = 3
_FAMILY_NAME = 2
_TABLE = Table(Row(1, "id", Shape.U16), Row(_FAMILY_NAME, "name", Shape.TEXT))


def encode_question(name: str) -> bytes:
    """Write the body that asks the controller for a family's number."""
    return HEAD.pack(_GET_FAMILY, 1) + text_attribute(_FAMILY_NAME, name)


def decode_answer(message: Message, name: str) -> int | None:
    """Read the number that the controller gives the family of this name."""
    body = message.body
    if message.kind != CONTROLLER or len(body) < 4 or body[0] != _NEW_FAMILY:
        return None
    values = _TABLE.decode(body[4:])
    return number(values, "id") or None if values.get("name") == name else None
