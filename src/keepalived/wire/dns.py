"""The little of the DNS that a health check needs: a question, and the head of its reply.

Rule: RFC 1035 sections 3.1 and 4.1; the records of a reply are not read.
"""

from __future__ import annotations

from keepalived.records import dataclass
from keepalived.wire.cursor import Malformed

HEADER = 12
TYPES = {
    "A": 1,
    "NS": 2,
    "CNAME": 5,
    "SOA": 6,
    "MX": 15,
    "TXT": 16,
    "AAAA": 28,
    "RRSIG": 46,
    "DNSKEY": 48,
}
RCODES = {
    1: "FORMERR",
    2: "SERVFAIL",
    3: "NXDOMAIN",
    4: "NOTIMP",
    5: "REFUSED",
    6: "YXDOMAIN",
    7: "YXRRSET",
    8: "NXRRSET",
    9: "NOTAUTH",
    10: "NOTZONE",
}
LABEL_MOST, NAME_MOST = 63, 255


@dataclass(frozen=True, slots=True)
class Reply:
    """What counts of a reply."""

    identifier: int
    rcode: int


def encode_name(name: str) -> bytes | Malformed:
    """Write a domain's name; with or without the dot at its end, which alone is the root."""
    wire = b""
    for label in name.removesuffix(".").split(".") if name != "." else ():
        octets = label.encode("utf-8", "surrogateescape")
        if not 1 <= len(octets) <= LABEL_MOST:
            return Malformed(f"a part of {name} has not 1 to {LABEL_MOST} bytes")
        wire += bytes((len(octets),)) + octets
    if len(wire) >= NAME_MOST:
        return Malformed(f"{name} has more than {NAME_MOST} bytes")
    return wire + b"\0"


def encode_question(identifier: int, name: bytes, kind: str) -> bytes:
    """Write a question of class IN that asks for recursion; `name` is as encoded above."""
    header = identifier.to_bytes(2, "big") + b"\x01\x00" + b"\x00\x01" + bytes(6)
    return header + name + TYPES[kind].to_bytes(2, "big") + b"\x00\x01"


def decode_reply(data: bytes) -> Reply | Malformed:
    """Read a reply's head."""
    if len(data) < HEADER:
        return Malformed(f"{len(data)} bytes are no message")
    if not data[2] & 0x80:
        return Malformed("a question, not a reply")
    return Reply(int.from_bytes(data[:2], "big"), data[3] & 0x0F)
