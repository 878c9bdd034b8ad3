"""Addresses in rtnetlink: putting one on a link, taking it off, reading what sits there.

Rule: what we put on a link bears the protocol number 18, so that a later life knows it again.
"""

from __future__ import annotations

from struct import Struct

from keepalived.records import dataclass
from keepalived.wire.addresses import Address, address_from_bytes, family_of
from keepalived.wire.netlink.frame import Message, attribute, text_attribute
from keepalived.wire.netlink.table import Row, Shape, Table, number, raw, text

NEW = 20
GONE = 21
ASK = 22
GROUP_IPV4 = 0x10
GROUP_IPV6 = 0x100

PROTOCOL_KEEPALIVED = 18
"""The number by which the kernel's route and address tables know keepalived."""

SECONDARY = 0x01
ASKED_FOR = 0x02 | 0x10 | 0x100 | 0x200 | 0x400
"""The flags that whoever sets an address chooses; others tell of its condition."""
NO_DUPLICATE_DETECTION = 0x02
DETECTED_DUPLICATE = 0x08
DEPRECATED = 0x20
PERMANENT = 0x80
FOREVER_S = 0xFFFFFFFF

_HEAD = Struct("=BBBBI")
_CACHE = Struct("=IIII")
_U32 = Struct("=I")
_ADDRESS, _LOCAL, _LABEL, _BROADCAST, _LIFETIMES, _FLAGS, _PROTOCOL = 1, 2, 3, 4, 6, 8, 11
_TABLE = Table(
    Row(_ADDRESS, "address", Shape.BYTES),
    Row(_LOCAL, "local", Shape.BYTES),
    Row(_LABEL, "label", Shape.TEXT),
    Row(_BROADCAST, "broadcast", Shape.BYTES),
    Row(_LIFETIMES, "lifetimes", Shape.BYTES),
    Row(_FLAGS, "flags", Shape.U32),
    Row(_PROTOCOL, "protocol", Shape.U8),
)
_PROTOCOL_OURS = attribute(_PROTOCOL, bytes([PROTOCOL_KEEPALIVED]))


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """What one message says of an address."""

    index: int
    address: Address
    prefix: int
    scope: int
    flags: int
    label: str = ""
    broadcast: Address | None = None
    protocol: int = 0
    peer: Address | None = None
    preferred_s: int | None = None
    """None is for ever."""


def encode_dump() -> bytes:
    """Write the body that asks for all addresses of both families."""
    return _HEAD.pack(0, 0, 0, 0, 0)


def encode(
    index: int,
    address: Address,
    prefix: int,
    scope: int = 0,
    label: str = "",
    broadcast: Address | None = None,
    peer: Address | None = None,
    flags: int = 0,
    preferred_s: int | None = None,
) -> bytes:
    """Write the body that puts an address on a link; with a peer the prefix is the peer's."""
    packed = address.packed
    parts = [
        _HEAD.pack(family_of(address), prefix, flags & 0xFF, scope, index),
        attribute(_LOCAL, packed),
        attribute(_ADDRESS, packed if peer is None else peer.packed),
    ]
    if broadcast is not None:
        parts.append(attribute(_BROADCAST, broadcast.packed))
    if label:
        parts.append(text_attribute(_LABEL, label))
    if flags > 0xFF:
        parts.append(attribute(_FLAGS, _U32.pack(flags)))
    if preferred_s is not None:
        parts.append(attribute(_LIFETIMES, _CACHE.pack(preferred_s, FOREVER_S, 0, 0)))
    parts.append(_PROTOCOL_OURS)
    return b"".join(parts)


def encode_removal(index: int, address: Address, prefix: int, peer: Address | None = None) -> bytes:
    """Write the body that takes an address off a link."""
    packed = address.packed
    head = _HEAD.pack(family_of(address), prefix, 0, 0, index)
    other = packed if peer is None else peer.packed
    return head + attribute(_LOCAL, packed) + attribute(_ADDRESS, other)


def decode(message: Message) -> AddressRecord | None:
    """Read a NEW or GONE message's address; None for one that has none that we could read."""
    if message.kind not in (NEW, GONE) or len(message.body) < 8:
        return None
    family, prefix, flags, scope, index = _HEAD.unpack_from(message.body)
    values = _TABLE.decode(message.body[8:])
    # On a point-to-point link ADDRESS is the peer's; LOCAL, where it comes, is always our side's.
    local, other = raw(values, "local"), raw(values, "address")
    address = address_from_bytes(local or other)
    if address is None or family_of(address) != family or index == 0:
        return None
    return AddressRecord(
        index,
        address,
        prefix,
        scope,
        number(values, "flags", flags),
        text(values, "label"),
        address_from_bytes(raw(values, "broadcast")),
        number(values, "protocol"),
        address_from_bytes(other) if local and other != local else None,
        _preferred(raw(values, "lifetimes")),
    )


def _preferred(lifetimes: bytes) -> int | None:
    """Read how long an address is preferred; None is for ever."""
    if len(lifetimes) < 16:
        return None
    seconds = int(_CACHE.unpack_from(lifetimes)[0])
    return None if seconds == FOREVER_S else seconds
