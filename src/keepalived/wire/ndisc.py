"""Unsolicited neighbour adverts: gratuitous ARP's sister for IPv6 (RFC 4861 sections 4.4, 7.2.6).

Rule: one whole Ethernet frame, 86 bytes, to all nodes of the link.
"""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

from keepalived.records import dataclass
from keepalived.wire.checksum import internet_checksum, pseudo_header
from keepalived.wire.cursor import Malformed

ALL_NODES = IPv6Address("ff02::1")
ALL_NODES_MAC = bytes.fromhex("333300000001")
IPV6_ETHERTYPE = 0x86DD
_ICMPV6 = 58
_NEIGHBOUR_ADVERT = 136
_OVERRIDE = 0x20000000
_ROUTER = 0x80000000
_ETHERNET = struct.Struct("!6s6sH")
_IPV6 = struct.Struct("!IHBB16s16s")
_ADVERT = struct.Struct("!BBHI16sBB6s")


@dataclass(frozen=True, slots=True)
class NeighbourAdvert:
    """An announcement: this address is at this hardware address."""

    mac: bytes
    address: IPv6Address
    router: bool = False
    """Whether the sender forwards IPv6."""


def encode_neighbour_advert(advert: NeighbourAdvert) -> bytes:
    """Write the frame; source and target are the announced address."""
    assert len(advert.mac) == 6
    flags = _OVERRIDE | (_ROUTER if advert.router else 0)
    source = advert.address.packed
    bare = _ADVERT.pack(_NEIGHBOUR_ADVERT, 0, 0, flags, source, 2, 1, advert.mac)
    before = pseudo_header(advert.address, ALL_NODES, _ICMPV6, len(bare))
    total = internet_checksum(before + bare)
    body = bare[:2] + total.to_bytes(2, "big") + bare[4:]
    ethernet = _ETHERNET.pack(ALL_NODES_MAC, advert.mac, IPV6_ETHERTYPE)
    header = _IPV6.pack(6 << 28, len(body), _ICMPV6, 255, source, ALL_NODES.packed)
    return ethernet + header + body


def decode_neighbour_advert(frame: bytes) -> NeighbourAdvert | Malformed:
    """Read such a frame; anything else on the link is Malformed."""
    if len(frame) != _ETHERNET.size + _IPV6.size + _ADVERT.size:
        return Malformed(f"{len(frame)} bytes are no unsolicited neighbour advert")
    body = frame[_ETHERNET.size + _IPV6.size :]
    if frame[12:14] != IPV6_ETHERTYPE.to_bytes(2, "big") or frame[20] != _ICMPV6:
        return Malformed("not ICMPv6 over Ethernet")
    kind, code, _, flags, target, option, length, mac = _ADVERT.unpack(body)
    if (kind, code, option, length) != (_NEIGHBOUR_ADVERT, 0, 2, 1):
        return Malformed("not a neighbour advert with a link-layer address")
    source, to = IPv6Address(frame[22:38]), IPv6Address(frame[38:54])
    if internet_checksum(pseudo_header(source, to, _ICMPV6, len(body)) + body) != 0:
        return Malformed("the checksum is wrong")
    return NeighbourAdvert(mac, IPv6Address(target), bool(flags & _ROUTER))
