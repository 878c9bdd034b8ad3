"""The internet checksum: the sum that IPv4, VRRP and ICMPv6 carry (RFC 1071).

Rule: a number from bytes; who calls it has put zeros where the checksum will stand.
"""

from __future__ import annotations

from keepalived.wire.addresses import Address


def internet_checksum(data: bytes) -> int:
    """Give the one's complement of the one's complement sum of 16-bit words."""
    if len(data) % 2:
        data += b"\0"
    # Modulo 0xffff is the one's complement sum; a sum that is not zero is never folded to zero.
    total = int.from_bytes(data, "big")
    folded = total % 0xFFFF
    if folded == 0 and total:
        folded = 0xFFFF
    return ~folded & 0xFFFF


def pseudo_header(source: Address, target: Address, protocol: int, length: int) -> bytes:
    """Give what stands before a payload while its sum is made (RFC 768, RFC 8200 section 8.1)."""
    if source.version == 4:
        return source.packed + target.packed + bytes((0, protocol)) + length.to_bytes(2, "big")
    tail = length.to_bytes(4, "big") + bytes((0, 0, 0, protocol))
    return source.packed + target.packed + tail
