"""A station that floods a link with adverts that nobody should believe, at a steady pace.

Rule: all its packets are made beforehand and leave through a packet socket, so that the pace is
the kernel's. As a program: `python -m tests.lab.hostile DEVICE PER-SECOND SECONDS FILE`, where the
file has one frame in hexadecimal a line; it prints how many left.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

GROUP = "224.0.0.18"
GROUP_MAC = bytes.fromhex("01005e000012")
OWN_MAC = bytes.fromhex("0200000000ee")
VRRP, AH = 112, 51
SLICE_S = 0.005


def checksum(data: bytes) -> int:
    """The internet checksum (RFC 1071), worked out here once more."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(
    message: bytes, source: str, protocol: int = VRRP, hops: int = 255, target: str = GROUP
) -> bytes:
    """The Ethernet frame of a message, to the group if nothing else is said."""
    begin = struct.pack("!BBHHHBB", 0x45, 0xC0, 20 + len(message), 1, 0, hops, protocol)
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    head = begin + struct.pack("!H", checksum(begin + b"\0\0" + ends)) + ends
    return GROUP_MAC + OWN_MAC + b"\x08\x00" + head + message


def advert2(
    router_id: int,
    priority: int,
    vips: list[str],
    auth: tuple[int, bytes] = (0, b""),
    seconds: int = 1,
) -> bytes:
    """A version 2 advert with a right checksum."""
    start = struct.pack("!BBBBBB", 0x21, router_id, priority, len(vips), auth[0], seconds)
    rest = b"".join(map(socket.inet_aton, vips)) + auth[1].ljust(8, b"\0")
    return start + struct.pack("!H", checksum(start + b"\0\0" + rest)) + rest


def advert3(
    router_id: int,
    priority: int,
    vips: list[str],
    source: str,
    hundredths: int,
    summed_for: str = GROUP,
) -> bytes:
    """A version 3 advert with the checksum that is right for one target."""
    start = struct.pack("!BBBBH", 0x31, router_id, priority, len(vips), hundredths)
    rest = b"".join(map(socket.inet_aton, vips))
    pseudo = socket.inet_aton(source) + socket.inet_aton(summed_for)
    pseudo += struct.pack("!HH", VRRP, len(start) + 2 + len(rest))
    return start + struct.pack("!H", checksum(pseudo + start + b"\0\0" + rest)) + rest


def forged_ah(message: bytes, source: str, sequence: int, dice: random.Random) -> bytes:
    """An authentication header as it should be, but for its proof, before a message."""
    head = struct.pack("!BBH", VRRP, 4, 0) + socket.inet_aton(source)
    return head + struct.pack("!I", sequence) + dice.randbytes(12) + message


def forged_trailer(message: bytes, dice: random.Random) -> bytes:
    """A message with an HMAC trailer of this moment, but for its signature."""
    now = time.time()
    moment = struct.pack("!IHH", int(now), int(now % 1 * 65536), 0)
    return message + bytes((1, 1, 0, 0)) + moment + dice.randbytes(16)


def flood(path: Path, device: str, rate: int, seconds: float) -> int:
    """Send the file's frames over and over at this pace; gives how many left."""
    frames = [bytes.fromhex(line) for line in path.read_text().split()]
    sent = 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind((device, 0))
        begin = time.monotonic()
        for due in _slices(rate):
            now = time.monotonic() - begin
            if now >= seconds:
                return sent
            if due > now:
                time.sleep(due - now)
            for _ in range(int(rate * SLICE_S)):
                out.send(frames[sent % len(frames)])
                sent += 1
    return sent


def _slices(rate: int) -> Iterator[float]:
    assert rate * SLICE_S >= 1, "slower than a frame a slice"
    number = 0
    while True:
        yield number * SLICE_S
        number += 1


if __name__ == "__main__":
    device, rate, seconds, place = sys.argv[1:5]
    # The pace is what is promised: other work on the machine waits.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    print(flood(Path(place), device, int(rate), float(seconds)))
