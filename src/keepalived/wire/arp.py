"""Gratuitous ARP: the frame that tells a link where an IPv4 address lives now (RFC 826, 5227).

Rule: one whole Ethernet frame, 42 bytes, unpadded.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

from keepalived.records import dataclass
from keepalived.wire.cursor import Malformed

BROADCAST_MAC = b"\xff" * 6
ARP_ETHERTYPE = 0x0806
_REQUEST = 1
_FRAME = struct.Struct("!6s6sHHHBBH6s4s6s4s")


@dataclass(frozen=True, slots=True)
class GratuitousArp:
    """An announcement: this address is at this hardware address."""

    mac: bytes
    address: IPv4Address


def encode_gratuitous_arp(arp: GratuitousArp) -> bytes:
    """Write the frame: a request for the own address, with the broadcast address as target."""
    assert len(arp.mac) == 6
    return _FRAME.pack(
        BROADCAST_MAC,
        arp.mac,
        ARP_ETHERTYPE,
        1,
        0x0800,
        6,
        4,
        _REQUEST,
        arp.mac,
        arp.address.packed,
        BROADCAST_MAC,
        arp.address.packed,
    )


def decode_gratuitous_arp(frame: bytes) -> GratuitousArp | Malformed:
    """Read such a frame; anything else on the link is Malformed."""
    if len(frame) < _FRAME.size:
        return Malformed(f"{len(frame)} bytes are too few for ARP over Ethernet")
    words = _FRAME.unpack(frame[: _FRAME.size])
    _, _, ethertype, hardware, protocol, mac_size, size, operation, mac, sender, _, target = words
    if (ethertype, hardware, protocol, mac_size, size) != (ARP_ETHERTYPE, 1, 0x0800, 6, 4):
        return Malformed("not ARP for IPv4 over Ethernet")
    if operation != _REQUEST or sender != target:
        return Malformed("not a gratuitous request")
    return GratuitousArp(mac, IPv4Address(sender))
