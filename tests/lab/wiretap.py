"""Listens on the switches and writes down every VRRP advert and announcement with its time.

Rule: an outsider's ear. It decodes by itself what it needs and shares nothing with the daemon.
Times are microseconds of the monotonic clock, as the kernel stamped the packet's arrival.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tests.lab.hosts import Host

SO_TIMESTAMPNS = 35
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC = 263, 1, 1
ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_IPV6 = 0x0003, 0x0800, 0x0806, 0x86DD
VRRP, AH, ICMPV6 = 112, 51, 58
AH_LENGTH = 24
NEIGHBOUR_ADVERT = 136


@dataclass(frozen=True, slots=True)
class Advert:
    """One VRRP advert as seen on a switch."""

    at_us: int
    lan: str
    source: str
    router_id: int
    priority: int
    addresses: tuple[str, ...]
    version: int = 2
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One gratuitous ARP or unsolicited neighbour advert as seen on a switch."""

    at_us: int
    lan: str
    address: str
    mac: str


_UNSOLICITED = bytes([NEIGHBOUR_ADVERT])


def read_advert(at_us: int, lan: str, frame: bytes) -> Advert | None:
    """Read a frame as an advert of either version and family, behind an AH or not; else None."""
    kind = int.from_bytes(frame[12:14], "big")
    if kind == ETH_P_IP and len(frame) >= 42 and frame[23] in (VRRP, AH):
        begin = 14 + 4 * (frame[14] & 15) + (AH_LENGTH if frame[23] == AH else 0)
        family, source, length = socket.AF_INET, frame[26:30], 4
    elif kind == ETH_P_IPV6 and len(frame) >= 62 and frame[20] == VRRP:
        family, source, length, begin = socket.AF_INET6, frame[22:38], 16, 54
    else:
        return None
    packet = frame[begin:]
    if len(packet) < 8:
        return None
    each = [packet[8 + length * i : 8 + length * (i + 1)] for i in range(packet[3])]
    return Advert(
        at_us,
        lan,
        socket.inet_ntop(family, source),
        packet[1],
        packet[2],
        tuple(socket.inet_ntop(family, a) for a in each if len(a) == length),
        packet[0] >> 4,
        frame[6:12].hex(":"),
    )


class Wiretap:
    """Ears on all the switch's bridges, from the moment it is made until `close`."""

    def __init__(
        self, switch: Host, lans: tuple[str, ...] = ("lan200", "lan100"), between: bool = False
    ) -> None:
        """Listen; with `between`, also to what one port says to another alone (unicast)."""
        self.adverts: list[Advert] = []
        self.announcements: list[Announcement] = []
        self.frames: list[tuple[int, str, bytes]] = []
        """(when, on which LAN, the frame) of every multicast and broadcast: adverts, ARP, joins."""
        self._offset_ns = time.monotonic_ns() - time.time_ns()
        self._ears: dict[int, tuple[str, socket.socket]] = {}
        self._poll = select.poll()
        with switch.entered():
            for lan in lans:
                ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
                ear.bind((lan, ETH_P_ALL))
                ear.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
                if between:
                    wish = struct.pack(
                        "iHH8s", socket.if_nametoindex(lan), PACKET_MR_PROMISC, 0, b""
                    )
                    ear.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, wish)
                self._ears[ear.fileno()] = (lan, ear)
                self._poll.register(ear, select.POLLIN)
        self._open = True
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while self._open:
            for descriptor, _ in self._poll.poll(100):
                lan, ear = self._ears[descriptor]
                frame, extras, _, _ = ear.recvmsg(2048, 64)
                at_us = time.monotonic_ns() // 1000
                for level, kind, data in extras:
                    if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                        seconds, nanoseconds = struct.unpack("qq", data[:16])
                        at_us = (seconds * 10**9 + nanoseconds + self._offset_ns) // 1000
                self._read(at_us, lan, frame)

    def _read(self, at_us: int, lan: str, frame: bytes) -> None:
        kind = int.from_bytes(frame[12:14], "big")
        advert = read_advert(at_us, lan, frame)
        if frame[0] & 1 or advert is not None:
            self.frames.append((at_us, lan, frame))
        if advert is not None:
            self.adverts.append(advert)
        elif kind == ETH_P_ARP and frame[28:32] == frame[38:42]:
            self.announcements.append(
                Announcement(at_us, lan, socket.inet_ntoa(frame[28:32]), frame[22:28].hex(":"))
            )
        elif kind == ETH_P_IPV6 and frame[20] == ICMPV6 and frame[54:55] == _UNSOLICITED:
            address = socket.inet_ntop(socket.AF_INET6, frame[62:78])
            self.announcements.append(Announcement(at_us, lan, address, frame[6:12].hex(":")))

    def master(self, router_id: int, within_us: int = 1_500_000) -> str | None:
        """Who sent the latest advert of a virtual router, if one was heard lately."""
        latest = next((a for a in reversed(self.adverts) if a.router_id == router_id), None)
        if latest is None or time.monotonic_ns() // 1000 - latest.at_us > within_us:
            return None
        return None if latest.priority == 0 else latest.source

    def since(self, at_us: int, router_id: int) -> list[Advert]:
        """The adverts of a virtual router from an instant on."""
        return [a for a in self.adverts if a.at_us >= at_us and a.router_id == router_id]

    def write(self, path: Path, lan: str, mac: str) -> int:
        """Write the frames that one station sent on one LAN as a capture; gives their count."""
        sender = bytes.fromhex(mac.replace(":", ""))
        chosen = [(at, f) for at, where, f in self.frames if where == lan and f[6:12] == sender]
        with path.open("wb") as file:
            file.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for at_us, frame in chosen:
                file.write(struct.pack("=IIII", *divmod(at_us, 1_000_000), len(frame), len(frame)))
                file.write(frame)
        return len(chosen)

    def close(self) -> None:
        """Stop listening."""
        self._open = False
        self._thread.join(2.0)
        for _, ear in self._ears.values():
            ear.close()
