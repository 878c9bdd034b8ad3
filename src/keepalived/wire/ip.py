"""IPv4 headers: as the daemon builds them for its adverts, and as a raw socket hands them over.

Rule: decoding gives a value or Malformed; options are skipped, never read.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

from keepalived.records import dataclass
from keepalived.wire.cursor import Cursor, Malformed

HEADER_LENGTH = 20
CONTROL_CLASS = 0xC0
"""The type of service of adverts: internetwork control (RFC 791)."""
_SHAPE = struct.Struct("!BBHHHBBH4s4s")


@dataclass(frozen=True, slots=True)
class Ipv4Header:
    """The fixed part of an IPv4 header, and where its payload begins."""

    source: IPv4Address
    target: IPv4Address
    protocol: int
    total_length: int
    identification: int = 0
    hop_limit: int = 255
    service: int = CONTROL_CLASS
    header_length: int = HEADER_LENGTH
    """In bytes, options included; what is built here has none."""


def encode_ipv4(header: Ipv4Header) -> bytes:
    """Write the header without fragment bits; its checksum is the kernel's to fill."""
    assert header.header_length == HEADER_LENGTH, "headers with options are only read"
    return _SHAPE.pack(
        0x45,
        header.service,
        header.total_length,
        header.identification,
        0,
        header.hop_limit,
        header.protocol,
        0,
        header.source.packed,
        header.target.packed,
    )


def decode_ipv4(data: bytes) -> tuple[Ipv4Header, bytes] | Malformed:
    """Split a packet into its header and everything behind it."""
    cursor = Cursor(data)
    fixed = cursor.take(HEADER_LENGTH)
    if fixed is None:
        return Malformed(f"{len(data)} bytes are too few for an IPv4 header")
    first, service, total, number, _, hops, protocol, _, source, target = _SHAPE.unpack(fixed)
    length = (first & 0x0F) * 4
    if first >> 4 != 4 or cursor.take(length - HEADER_LENGTH) is None:
        return Malformed(f"first byte 0x{first:02x} begins no IPv4 header of {len(data)} bytes")
    header = Ipv4Header(
        source=IPv4Address(source),
        target=IPv4Address(target),
        protocol=protocol,
        total_length=total,
        identification=number,
        hop_limit=hops,
        service=service,
        header_length=length,
    )
    return header, cursor.rest()
