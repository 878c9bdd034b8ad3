"""VRRP adverts: who leads a virtual router, as it stands in a packet (RFC 2338, RFC 3768).

Rule: decoding reads a shape and judges nothing; what may be believed is `core.vrrp.admit`'s matter.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from ipaddress import IPv4Address

from keepalived.records import dataclass
from keepalived.wire.checksum import internet_checksum
from keepalived.wire.cursor import Cursor, Malformed

VRRP_PROTOCOL = 112
MULTICAST_GROUP4 = IPv4Address("224.0.0.18")
HEADER_LENGTH = 8
AUTH_DATA_LENGTH = 8
ADVERTISEMENT = 1
_HEADER = struct.Struct("!BBBBBBH")


class AuthType(IntEnum):
    """How a version 2 advert says it proves its origin (RFC 2338 section 5.3.6)."""

    NONE = 0
    PASS = 1
    AH = 2


@dataclass(frozen=True, slots=True)
class AdvertV2:
    """A version 2 advert for IPv4."""

    router_id: int
    priority: int
    addresses: tuple[IPv4Address, ...]
    interval_s: int
    auth_type: int = AuthType.NONE
    auth_data: bytes = bytes(AUTH_DATA_LENGTH)
    kind: int = ADVERTISEMENT


@dataclass(frozen=True, slots=True)
class Preamble:
    """What the first bytes of any VRRP message say, whatever its version."""

    version: int
    kind: int
    router_id: int
    count: int

    @property
    def length(self) -> int:
        """Give the IPv4 message length in bytes that version and count imply."""
        auth = AUTH_DATA_LENGTH if self.version == 2 else 0
        return HEADER_LENGTH + 4 * self.count + auth


def encode_v2(advert: AdvertV2) -> bytes:
    """Write the message with its checksum; the authentication bytes are always there."""
    assert len(advert.auth_data) == AUTH_DATA_LENGTH
    head = _HEADER.pack(
        2 << 4 | advert.kind,
        advert.router_id,
        advert.priority,
        len(advert.addresses),
        advert.auth_type,
        advert.interval_s,
        0,
    )
    tail = b"".join(address.packed for address in advert.addresses) + advert.auth_data
    total = internet_checksum(head + tail)
    return head[:6] + total.to_bytes(2, "big") + tail


def read_preamble(message: bytes) -> Preamble | Malformed:
    """Read what tells which router a message is for and how long it has to be."""
    if len(message) < HEADER_LENGTH:
        return Malformed(f"{len(message)} bytes are too few for a VRRP message")
    return Preamble(message[0] >> 4, message[0] & 0x0F, message[1], message[3])


def decode_v2(message: bytes) -> AdvertV2 | Malformed:
    """Read a whole version 2 message; its checksum is looked at by `checksum_holds`."""
    cursor = Cursor(message)
    head = cursor.take(HEADER_LENGTH)
    if head is None:
        return Malformed(f"{len(message)} bytes are too few for a VRRP message")
    first, router_id, priority, count, auth_type, interval_s, _ = _HEADER.unpack(head)
    if first >> 4 != 2:
        return Malformed(f"version {first >> 4} is not 2")
    packed = cursor.take(4 * count)
    auth = cursor.take(AUTH_DATA_LENGTH)
    if packed is None or auth is None or cursor.left:
        return Malformed(f"{len(message)} bytes do not hold {count} addresses")
    addresses = tuple(IPv4Address(packed[at : at + 4]) for at in range(0, 4 * count, 4))
    return AdvertV2(router_id, priority, addresses, interval_s, auth_type, auth, first & 0x0F)


def checksum_holds(message: bytes) -> bool:
    """Say whether a version 2 message sums up (no pseudo header, RFC 3768 section 5.3.8)."""
    return internet_checksum(message) == 0
