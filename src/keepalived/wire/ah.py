"""The IP authentication header in front of an advert: HMAC-MD5-96 (RFC 2402, RFC 2403).

Rule: a shape and a sum. Which numbers are fresh, and whose key it is, is the core's matter.
"""

from __future__ import annotations

import struct

from keepalived.records import dataclass
from keepalived.wire.cursor import Malformed

AH_PROTOCOL = 51
AH_LENGTH = 24
LAST_SEQUENCE = 0xFFFFFFFE
ICV_LENGTH = 12
_SHAPE = struct.Struct("!BBH4sI12s")
_WORDS = AH_LENGTH // 4 - 2
"""Its length as it says it itself: in words of 32 bits, two less."""


@dataclass(frozen=True, slots=True)
class AuthenticationHeader:
    """What stands between the IP header and the VRRP message."""

    spi: bytes
    """Four bytes: keepalived puts the packet's source address there."""
    sequence: int
    icv: bytes = bytes(ICV_LENGTH)
    next_header: int = 112


def encode_ah(header: AuthenticationHeader) -> bytes:
    """Write the header."""
    return _SHAPE.pack(header.next_header, _WORDS, 0, header.spi, header.sequence, header.icv)


def decode_ah(data: bytes) -> tuple[AuthenticationHeader, bytes] | Malformed:
    """Split what is behind an IP header into this one and the message."""
    if len(data) < AH_LENGTH:
        return Malformed(f"{len(data)} bytes are too few for an authentication header")
    following, words, _, spi, sequence, icv = _SHAPE.unpack_from(data)
    if words != _WORDS:
        return Malformed(f"an authentication header of {words} words is not HMAC-MD5-96")
    return AuthenticationHeader(spi, sequence, icv, following), data[AH_LENGTH:]


def integrity_value(key: bytes, header: bytes, signed: bytes, unicast: bool) -> bytes:
    """Give the 12 bytes that prove a packet, from its IP header and what is behind it.

    `signed` begins with this header, its own value as zeros. Keepalived takes the TTL for mutable
    with unicast only: the sum of a multicast advert has the 255 in it.
    """
    # Only an instance that uses it pays for loading it.
    import hmac

    ttl = b"\0" if unicast else header[8:9]
    fixed = b"".join((header[:1], b"\0", header[2:6], b"\0\0", ttl, header[9:10], b"\0\0"))
    return hmac.digest(key, fixed + header[12:20] + signed, "md5")[:ICV_LENGTH]
