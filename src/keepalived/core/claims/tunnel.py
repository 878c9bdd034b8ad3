"""What `encap` asks for: the tunnel that a route wraps its packets in, as the kernel reads it.

Rule: the words of `ip route`, of the kinds ip, ip6, mpls and ila.
"""

from __future__ import annotations

from struct import Struct

from keepalived.core.claims.numbers import Unknown
from keepalived.wire.addresses import parse_address
from keepalived.wire.netlink.frame import attribute

_MPLS, _IP, _ILA, _IP6 = 1, 2, 3, 4
_U64 = Struct(">Q")
_TUNNEL_FLAGS = {"csum": 0x0001, "key": 0x0004, "seq": 0x0008}
_ILA_CHECKSUMS = {"adj-transport": 0, "neutral-map": 1, "no-action": 2, "neutral-map-auto": 3}


def tunnel_of(words: tuple[str, ...]) -> tuple[int, bytes]:
    """Give the tunnel that these words ask for: the kernel's number of its kind, its attributes."""
    kind, rest = words[0], words[1:]
    try:
        if kind == "mpls":
            return _MPLS, _labels(rest)
        if kind == "ila":
            return _ILA, _locator(rest)
        return (_IP, _ends(rest, 4)) if kind == "ip" else (_IP6, _ends(rest, 6))
    except (ValueError, IndexError) as problem:
        raise Unknown(f"encap {' '.join(words)} cannot be made sense of") from problem


def _labels(words: tuple[str, ...]) -> bytes:
    """Write a stack of labels, the last one marked, and an optional TTL."""
    labels = [int(each) for each in words[0].split("/")]
    if any(not 0 <= each < 1 << 20 for each in labels):
        raise ValueError
    packed = b"".join(
        (label << 12 | (0x100 if place == len(labels) - 1 else 0)).to_bytes(4, "big")
        for place, label in enumerate(labels)
    )
    ttl = attribute(2, bytes([int(words[2])])) if words[1:2] == ("ttl",) else b""
    return attribute(1, packed) + ttl


def _locator(words: tuple[str, ...]) -> bytes:
    parts = [int(each, 16) for each in words[0].split(":")]
    if len(parts) != 4:
        raise ValueError
    number = 0
    for each in parts:
        number = number << 16 | each
    packed = attribute(1, _U64.pack(number))
    if words[1:2] == ("csum-mode",):
        packed += attribute(3, bytes([_ILA_CHECKSUMS[words[2]]]))
    return packed


def _ends(words: tuple[str, ...], version: int) -> bytes:
    parts: list[bytes] = []
    flags, at = 0, 0
    while at < len(words):
        word = words[at]
        if word in _TUNNEL_FLAGS:
            flags |= _TUNNEL_FLAGS[word]
            at += 1
            continue
        value = words[at + 1]
        at += 2
        if word == "id":
            parts.append(attribute(1, _U64.pack(int(value, 0))))
        elif word in ("dst", "src"):
            address = parse_address(value)
            if address is None or address.version != version:
                raise ValueError
            parts.append(attribute(2 if word == "dst" else 3, address.packed))
        elif word == "flags":
            flags |= int(value, 0)
        elif word in ("ttl", "hoplimit", "tos", "tc"):
            # The two kinds number these two the other way round.
            first = (word in ("ttl", "hoplimit")) is (version == 4)
            parts.append(attribute(4 if first else 5, bytes([int(value, 0)])))
        else:
            raise ValueError
    if flags:
        parts.append(attribute(6, flags.to_bytes(2, "big")))
    return b"".join(parts)
