"""A reader of classic pcap files, as small as the captures of the tests need."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CAPTURES = Path(__file__).parent / "captures"


@dataclass(frozen=True)
class Frame:
    """One captured Ethernet frame and its time in microseconds."""

    at: int
    data: bytes

    @property
    def ethertype(self) -> int:
        return int.from_bytes(self.data[12:14], "big")

    @property
    def packet(self) -> bytes:
        """The IPv4 packet, without the padding of short Ethernet frames."""
        return self.data[14 : 14 + int.from_bytes(self.data[16:18], "big")]


def frames(name: str) -> Iterator[Frame]:
    """Read a capture of the captures' folder."""
    data = (CAPTURES / f"{name}.pcap").read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    nano = data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
    at = 24
    while at < len(data):
        seconds, part, length, _ = struct.unpack_from(order + "IIII", data, at)
        at += 16
        yield Frame(seconds * 1_000_000 + part // (1000 if nano else 1), data[at : at + length])
        at += length


def adverts(name: str) -> list[Frame]:
    """Give the VRRP packets of a capture."""
    return [f for f in frames(name) if f.ethertype == 0x0800 and f.data[23] == 112]
