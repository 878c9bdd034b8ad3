"""The socket filter that lets through only what says that somebody has one of some addresses.

Rule: bytes from values, for whole Ethernet frames. Classic BPF: it runs in the kernel, and a frame
that it drops wakes nobody.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

MOST_4 = 400
MOST_6 = 100
"""So many addresses; a socket's filter has 20 KiB (net.core.optmem_max), as the kernel counts."""
SEEN_BYTES = 128
"""How much of a frame is kept."""

_INSTRUCTION = struct.Struct("=HBBI")
_LOAD, _LOAD_HALF, _LOAD_BYTE = 0x20, 0x28, 0x30
_LOAD_STORED, _STORE = 0x60, 0x02
_IF_EQUAL, _RETURN = 0x15, 0x06
_SOURCE_MAC = 6
_ARP_SENDER, _ARP_HARDWARE, _ARP_SIZES = 28, 14, 18
_NEXT_HEADER, _HOP_LIMIT, _KIND, _TARGET = 20, 21, 54, 62
_ICMPV6, _NEIGHBOUR_ADVERT = 58, 136

Program = list[tuple[int, int, int, int]]
"""Instructions: code, how far to jump if true, how far if not, and a number."""


def arp_filter(mac: bytes, addresses: Sequence[IPv4Address]) -> bytes:
    """Let ARP through whose sender is at one of these addresses, and not at this MAC."""
    program = _not_from(mac)
    program += [
        *_unless(_LOAD, _ARP_HARDWARE, 0x00010800),
        *_unless(_LOAD_HALF, _ARP_SIZES, 0x0604),
        (_LOAD, 0, 0, _ARP_SENDER),
    ]
    for each in addresses[:MOST_4]:
        program += [(_IF_EQUAL, 0, 1, int(each)), (_RETURN, 0, 0, SEEN_BYTES)]
    return _packed(program)


def neighbour_filter(mac: bytes, addresses: Sequence[IPv6Address]) -> bytes:
    """Let neighbour adverts through that are about one of these, and not from this MAC."""
    program = _not_from(mac)
    program += [
        *_unless(_LOAD_BYTE, _NEXT_HEADER, _ICMPV6),
        *_unless(_LOAD_BYTE, _KIND, _NEIGHBOUR_ADVERT),
        # A host of another link cannot have sent it (RFC 4861 section 7.1.2).
        *_unless(_LOAD_BYTE, _HOP_LIMIT, 255),
    ]
    for word in range(4):
        program += [(_LOAD, 0, 0, _TARGET + 4 * word), (_STORE, 0, 0, word)]
    for each in addresses[:MOST_6]:
        words = struct.unpack("!4I", each.packed)
        # The last word first: that one tells most addresses of a link apart.
        for skipped, word in zip((7, 5, 3, 1), (3, 2, 1, 0), strict=True):
            program += [(_LOAD_STORED, 0, 0, word), (_IF_EQUAL, 0, skipped, words[word])]
        program.append((_RETURN, 0, 0, SEEN_BYTES))
    return _packed(program)


def _not_from(mac: bytes) -> Program:
    """Drop what comes from this hardware address."""
    assert len(mac) == 6
    first, last = struct.unpack("!HI", mac)
    return [
        (_LOAD, 0, 0, _SOURCE_MAC + 2),
        (_IF_EQUAL, 0, 3, last),
        (_LOAD_HALF, 0, 0, _SOURCE_MAC),
        (_IF_EQUAL, 0, 1, first),
        (_RETURN, 0, 0, 0),
    ]


def _unless(load: int, place: int, number: int) -> Program:
    """Drop what has not this number at this place."""
    return [(load, 0, 0, place), (_IF_EQUAL, 1, 0, number), (_RETURN, 0, 0, 0)]


def _packed(program: Program) -> bytes:
    return b"".join(_INSTRUCTION.pack(*each) for each in (*program, (_RETURN, 0, 0, 0)))


def seen(frame: bytes) -> tuple[IPv4Address | IPv6Address, bytes] | None:
    """Read what passed: the address, and the hardware address that says it has it."""
    kind = frame[12:14]
    if kind == b"\x08\x06" and len(frame) >= 42:
        return IPv4Address(frame[_ARP_SENDER : _ARP_SENDER + 4]), frame[22:28]
    if kind == b"\x86\xdd" and len(frame) >= _TARGET + 16:
        # Who answers for others names itself in the option (RFC 4861 section 4.6.1).
        option = frame[78:80] == b"\x02\x01" and len(frame) >= 86
        mac = frame[80:86] if option else frame[6:12]
        return IPv6Address(frame[_TARGET : _TARGET + 16]), mac
    return None
