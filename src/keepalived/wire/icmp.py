"""Echo requests and their replies, of IPv4 and IPv6 (RFC 792, RFC 4443 section 4).

Rule: the checksum of IPv4 is made here; that of IPv6 covers addresses, and the kernel makes it.
"""

from __future__ import annotations

from keepalived.records import dataclass
from keepalived.wire.addresses import Family
from keepalived.wire.checksum import internet_checksum

REQUEST = {Family.INET: 8, Family.INET6: 128}
REPLY = {Family.INET: 0, Family.INET6: 129}
HEADER = 8


@dataclass(frozen=True, slots=True)
class Echo:
    """One request or reply, without its type."""

    identifier: int
    sequence: int
    data: bytes


def encode_request(family: Family, echo: Echo) -> bytes:
    """Write a request."""
    numbers = echo.identifier.to_bytes(2, "big") + echo.sequence.to_bytes(2, "big")
    start, rest = bytes((REQUEST[family], 0)), numbers + echo.data
    checksum = 0
    if family is Family.INET:
        checksum = internet_checksum(start + bytes(2) + rest)
    return start + checksum.to_bytes(2, "big") + rest


def decode_reply(family: Family, packet: bytes) -> Echo | None:
    """Read a reply; None is anything else. The kernel has checked the checksum."""
    if len(packet) < HEADER or packet[0] != REPLY[family] or packet[1]:
        return None
    identifier, sequence = (int.from_bytes(packet[at : at + 2], "big") for at in (4, 6))
    return Echo(identifier, sequence, packet[HEADER:])


def behind_ip_header(packet: bytes) -> bytes:
    """Give what an IPv4 packet carries; nothing where it is none."""
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return b""
    return packet[(packet[0] & 15) * 4 :]
