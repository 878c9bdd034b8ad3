"""Listens on the switches and writes down every VRRP advert and gratuitous ARP with its time.

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
ETH_P_ALL, ETH_P_IP, ETH_P_ARP = 0x0003, 0x0800, 0x0806
VRRP = 112


@dataclass(frozen=True, slots=True)
class Advert:
    """One VRRP advert as seen on a switch."""

    at_us: int
    lan: str
    source: str
    router_id: int
    priority: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One gratuitous ARP as seen on a switch."""

    at_us: int
    lan: str
    address: str
    mac: str


class Wiretap:
    """Ears on all the switch's bridges, from the moment it is made until `close`."""

    def __init__(self, switch: Host, lans: tuple[str, ...] = ("lan200", "lan100")) -> None:
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
        if frame[0] & 1:
            self.frames.append((at_us, lan, frame))
        if kind == ETH_P_IP and len(frame) >= 42 and frame[23] == VRRP:
            packet = frame[14 + 4 * (frame[14] & 15) :]
            count = packet[3]
            addresses = [packet[8 + 4 * i : 12 + 4 * i] for i in range(count)]
            self.adverts.append(
                Advert(
                    at_us,
                    lan,
                    socket.inet_ntoa(frame[26:30]),
                    packet[1],
                    packet[2],
                    tuple(socket.inet_ntoa(a) for a in addresses if len(a) == 4),
                )
            )
        elif kind == ETH_P_ARP and frame[28:32] == frame[38:42]:
            self.announcements.append(
                Announcement(at_us, lan, socket.inet_ntoa(frame[28:32]), frame[22:28].hex(":"))
            )

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
