"""Links in rtnetlink: asking for them, making and removing virtual ones, reading what is said.

Rule: a link is read whole or not at all; flags stay the kernel's numbers here.
"""

from __future__ import annotations

from struct import Struct

from keepalived.records import dataclass
from keepalived.wire.netlink.frame import Message, attribute, text_attribute
from keepalived.wire.netlink.table import NESTED, Row, Shape, Table, number, raw, text

NEW = 16
GONE = 17
ASK = 18
SET = 19
GROUP_LINK = 0x1
"""The multicast group (a bit of the socket's address) in which changes are told."""

UP = 0x1
LOOPBACK = 0x8
RUNNING = 0x40
NO_ARP = 0x80

_HEAD = Struct("=BxHiII")
_U32 = Struct("=I")
_U16 = Struct("=H")
_ADDRESS, _NAME, _LINK, _LINK_INFO, _AF_SPEC, _GROUP = 1, 3, 5, 18, 26, 27
_INFO_KIND, _INFO_DATA = 1, 2
_MACVLAN_MODE, _IPVLAN_MODE, _IPVLAN_FLAGS = 1, 1, 2
_MODES = {"private": 1, "vepa": 2, "bridge": 4}
_IPVLAN_L2 = 0
_IPVLAN_FLAG = {"bridge": 0, "private": 1, "vepa": 2}
_AF_INET6, _ADDR_GEN_MODE, _GEN_MODE_NONE = 10, 8, 1
_TABLE = Table(
    Row(_ADDRESS, "mac", Shape.BYTES),
    Row(_NAME, "name", Shape.TEXT),
    Row(4, "mtu", Shape.U32),
    Row(_LINK, "parent", Shape.U32),
    Row(_LINK_INFO, "info", Shape.BYTES),
    Row(37, "foreign", Shape.U32),
    Row(_GROUP, "group", Shape.U32),
)
_INFO = Table(Row(_INFO_KIND, "kind", Shape.TEXT), Row(_INFO_DATA, "data", Shape.BYTES))
_VRF = Table(Row(1, "table", Shape.U32))


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """What one message says of a link."""

    index: int
    flags: int
    name: str
    mac: bytes
    mtu: int
    kind: str = ""
    parent: int = 0
    """The number of the link below; 0 where there is none in this namespace."""
    group: int = 0
    vrf_table: int = 0
    """The table of a VRF."""


def encode_dump() -> bytes:
    """Write the body that asks for all links."""
    return _HEAD.pack(0, 0, 0, 0, 0)


def encode_question(name: str) -> bytes:
    """Write the body that asks for one link."""
    return _HEAD.pack(0, 0, 0, 0, 0) + text_attribute(_NAME, name)


def encode(
    name: str, parent: int, kind: str, mode: str, mac: bytes = b"", group: int | None = None
) -> bytes:
    """Write the body that makes a macvlan or an ipvlan; it is down at first."""
    if kind == "macvlan":
        data = attribute(_MACVLAN_MODE, _U32.pack(_MODES[mode]))
    else:
        data = attribute(_IPVLAN_MODE, _U16.pack(_IPVLAN_L2))
        data += attribute(_IPVLAN_FLAGS, _U16.pack(_IPVLAN_FLAG[mode]))
    info = text_attribute(_INFO_KIND, kind) + attribute(_INFO_DATA | NESTED, data)
    parts = [
        _HEAD.pack(0, 0, 0, 0, 0),
        text_attribute(_NAME, name),
        attribute(_LINK, _U32.pack(parent)),
        attribute(_LINK_INFO | NESTED, info),
    ]
    if mac:
        parts.append(attribute(_ADDRESS, mac))
    if group is not None:
        parts.append(attribute(_GROUP, _U32.pack(group)))
    return b"".join(parts)


def encode_without_addresses(name: str) -> bytes:
    """Write the body after which a link makes no IPv6 addresses by itself."""
    inner = attribute(_ADDR_GEN_MODE, bytes([_GEN_MODE_NONE]))
    spec = attribute(_AF_INET6 | NESTED, inner)
    head = _HEAD.pack(0, 0, 0, 0, 0)
    return head + text_attribute(_NAME, name) + attribute(_AF_SPEC | NESTED, spec)


def encode_up(name: str) -> bytes:
    """Write the body that sets a link up."""
    return _HEAD.pack(0, 0, 0, UP, UP) + text_attribute(_NAME, name)


def encode_group(index: int, group: int) -> bytes:
    """Write the body that puts a link into a group; even into its own one it makes news of it."""
    return _HEAD.pack(0, 0, index, 0, 0) + attribute(_GROUP, _U32.pack(group))


def encode_removal(index: int) -> bytes:
    """Write the body that takes a link away."""
    return _HEAD.pack(0, 0, index, 0, 0)


def decode(message: Message) -> LinkRecord | None:
    """Read a NEW or GONE message's link; None for one that has no name or no number."""
    if message.kind not in (NEW, GONE) or len(message.body) < 16:
        return None
    family, _, index, flags, _ = _HEAD.unpack_from(message.body)
    values = _TABLE.decode(message.body[16:])
    name = text(values, "name")
    if not name or index <= 0 or family != 0:  # another family tells only its own share
        return None
    info = _INFO.decode(raw(values, "info"))
    kind = text(info, "kind")
    vrf = _VRF.decode(raw(info, "data")) if kind == "vrf" else {}
    return LinkRecord(
        index,
        flags,
        name,
        raw(values, "mac"),
        number(values, "mtu", 1500),
        kind,
        0 if "foreign" in values else number(values, "parent"),
        number(values, "group"),
        number(vrf, "table"),
    )
