"""The trailer that signs an advert: HMAC-SHA-256 with a clock in it (keepalived's `auth_hmac`).

Rule: a shape and a sum. Which moments are fresh, and whose key it is, is the core's matter.
"""

from __future__ import annotations

import struct

from keepalived.records import dataclass
from keepalived.wire.addresses import Address
from keepalived.wire.cursor import Malformed

TRAILER_LENGTH = 28
SHA256_128 = 1
DIGEST_LENGTH = 16
_SHAPE = struct.Struct("!BBHQ16s")
_SIGNED = struct.Struct("!BBHQ")
_NO_DIGEST = bytes(DIGEST_LENGTH)


@dataclass(frozen=True, slots=True)
class Trailer:
    """What stands behind the VRRP message."""

    key_id: int
    moment: int
    """64 bits: seconds since 1970 (32), a second's fraction (16), a count within that (16)."""
    digest: bytes = _NO_DIGEST
    kind: int = SHA256_128
    reserved: int = 0


def encode_trailer(trailer: Trailer) -> bytes:
    """Write the trailer."""
    return _SHAPE.pack(
        trailer.kind, trailer.key_id, trailer.reserved, trailer.moment, trailer.digest
    )


def decode_trailer(data: bytes) -> Trailer | Malformed:
    """Read the trailer."""
    if len(data) != TRAILER_LENGTH:
        return Malformed(f"a trailer has {TRAILER_LENGTH} bytes, not {len(data)}")
    kind, key_id, reserved, moment, digest = _SHAPE.unpack(data)
    return Trailer(key_id, moment, digest, kind, reserved)


def signature(key: bytes, source: Address, message: bytes, trailer: Trailer) -> bytes:
    """Give the 16 bytes that prove a message from a source; its checksum takes no part."""
    # Only an instance that uses it pays for loading it.
    import hmac

    pseudo = bytes((source.version, message[0] >> 4, message[1], 0)) + source.packed
    signed = _SIGNED.pack(trailer.kind, trailer.key_id, trailer.reserved, trailer.moment)
    parts = (pseudo.ljust(20, b"\0"), message[:6], b"\0\0", message[8:], signed, _NO_DIGEST)
    return hmac.digest(key, b"".join(parts), "sha256")[:DIGEST_LENGTH]
