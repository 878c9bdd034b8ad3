"""VRRP adverts: who leads a virtual router, as it stands in a packet (RFC 3768, RFC 9568).

Rule: decoding reads a shape and judges nothing; what may be believed is `core.vrrp.admit`'s matter.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address

from keepalived.records import dataclass
from keepalived.wire.addresses import Address, Family
from keepalived.wire.checksum import internet_checksum
from keepalived.wire.cursor import Malformed

VRRP_PROTOCOL = 112
MULTICAST_GROUP4 = IPv4Address("224.0.0.18")
HEADER_LENGTH = 8
AUTH_DATA_LENGTH = 8
ADVERTISEMENT = 1
AUTH_TYPE_AT = 4
"""Where a version 2 message names its authentication."""
SECOND_US = 1_000_000
CENTISECOND_US = 10_000
_HEADER = struct.Struct("!BBBBHH")


class AuthType(IntEnum):
    """How a version 2 advert says it proves its origin (RFC 2338 section 5.3.6)."""

    NONE = 0
    PASS = 1
    AH = 2


@dataclass(frozen=True, slots=True)
class Advert:
    """An advert of either version, for IPv4 or IPv6."""

    version: int
    router_id: int
    priority: int
    addresses: tuple[Address, ...]
    interval_us: int
    """Whole seconds in version 2, centiseconds (12 bits of them) in version 3."""
    kind: int = ADVERTISEMENT
    auth_type: int = AuthType.NONE
    auth_data: bytes = b""
    """Version 2 on IPv4 always has eight bytes here, anything else has none."""


@dataclass(frozen=True, slots=True)
class Preamble:
    """What the first bytes of any VRRP message say, whatever its version."""

    version: int
    kind: int
    router_id: int
    count: int

    def length(self, family: Family) -> int:
        """Give the message length in bytes that version and count imply."""
        return _length(self.version, self.count, family)


def encode(advert: Advert, pseudo: bytes | None = b"") -> bytes:
    """Write the message; the checksum starts with `pseudo`, and is left to the kernel for None."""
    if advert.version == 2:
        timing = advert.auth_type << 8 | advert.interval_us // SECOND_US
    else:
        timing = advert.interval_us // CENTISECOND_US
    head = _HEADER.pack(
        advert.version << 4 | advert.kind,
        advert.router_id,
        advert.priority,
        len(advert.addresses),
        timing,
        0,
    )
    tail = b"".join([address.packed for address in advert.addresses]) + advert.auth_data
    if pseudo is None:
        return head + tail
    total = internet_checksum(pseudo + head + tail)
    return head[:6] + total.to_bytes(2, "big") + tail


def read_preamble(message: bytes) -> Preamble | Malformed:
    """Read what tells which router a message is for and how long it has to be."""
    if len(message) < HEADER_LENGTH:
        return Malformed(f"{len(message)} bytes are too few for a VRRP message")
    return Preamble(message[0] >> 4, message[0] & 0x0F, message[1], message[3])


def decode(message: bytes, family: Family) -> Advert | Malformed:
    """Read a whole message; the four reserved bits of version 3 are not looked at."""
    if len(message) < HEADER_LENGTH:
        return Malformed(f"{len(message)} bytes are too few for a VRRP message")
    first, router_id, priority, count, auth_type = message[:5]
    version = first >> 4
    if version not in (2, 3):
        return Malformed(f"version {version} is neither 2 nor 3")
    if len(message) != _length(version, count, family):
        return Malformed(f"{len(message)} bytes do not hold {count} addresses")
    width, build = (4, IPv4Address) if family is Family.INET else (16, IPv6Address)
    end = HEADER_LENGTH + width * count
    found = tuple([build(message[at : at + width]) for at in range(HEADER_LENGTH, end, width)])
    if version == 3:
        return Advert(3, router_id, priority, found, interval_in(message), first & 0x0F)
    return Advert(
        version=2,
        router_id=router_id,
        priority=priority,
        addresses=found,
        interval_us=interval_in(message),
        kind=first & 0x0F,
        auth_type=auth_type,
        auth_data=message[end:],
    )


def interval_in(message: bytes) -> int:
    """Read the advert interval of a message of either version, in microseconds."""
    if message[0] >> 4 == 2:
        return message[5] * SECOND_US
    return ((message[4] & 0x0F) << 8 | message[5]) * CENTISECOND_US


def checksum_holds(message: bytes, pseudo: bytes = b"") -> bool:
    """Say whether a message sums up, behind its pseudo header where its version has one."""
    return internet_checksum(pseudo + message) == 0


def _length(version: int, count: int, family: Family) -> int:
    if family is Family.INET6:
        return HEADER_LENGTH + 16 * count
    return HEADER_LENGTH + 4 * count + (AUTH_DATA_LENGTH if version == 2 else 0)
