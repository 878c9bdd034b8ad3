"""Links in rtnetlink: asking for them, and reading what the kernel says of one.

Rule: a link is read whole or not at all; flags stay the kernel's numbers here.
"""

from __future__ import annotations

from struct import Struct

from keepalived.records import dataclass
from keepalived.wire.netlink.frame import Message
from keepalived.wire.netlink.table import Row, Shape, Table, number, raw, text

NEW = 16
GONE = 17
ASK = 18
GROUP_LINK = 0x1
"""The multicast group (a bit of the socket's address) in which changes are told."""

UP = 0x1
LOOPBACK = 0x8
RUNNING = 0x40
NO_ARP = 0x80

_HEAD = Struct("=BxHiII")
_TABLE = Table(
    Row(1, "mac", Shape.BYTES),
    Row(3, "name", Shape.TEXT),
    Row(4, "mtu", Shape.U32),
)


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """What one message says of a link."""

    index: int
    flags: int
    name: str
    mac: bytes
    mtu: int


def encode_dump() -> bytes:
    """Write the body that asks for all links."""
    return _HEAD.pack(0, 0, 0, 0, 0)


def decode(message: Message) -> LinkRecord | None:
    """Read a NEW or GONE message's link; None for one that has no name or no number."""
    if message.kind not in (NEW, GONE) or len(message.body) < 16:
        return None
    family, _, index, flags, _ = _HEAD.unpack_from(message.body)
    values = _TABLE.decode(message.body[16:])
    name = text(values, "name")
    if not name or index <= 0 or family != 0:  # another family tells only its own share
        return None
    return LinkRecord(index, flags, name, raw(values, "mac"), number(values, "mtu", 1500))
