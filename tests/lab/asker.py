"""A client that asks an address each millisecond whether it is there; it tells of silences.

Rule: what counts is what a client sees: from the first request that was not answered until the
next one that was.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import threading
import time
from itertools import pairwise

from tests.lab.hosts import Host

ECHO, ECHO_REPLY = 8, 0
EVERY_US = 1_000
LATE_US = 300_000
"""An answer later than this is none."""


class Asker:
    """Sends echo requests to an address from its making until `close`."""

    def __init__(self, host: Host, target: str) -> None:
        with host.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._socket.connect((target, 0))
        self._mark = os.urandom(2)
        self._sent: list[int] = []
        self._answered: dict[int, int] = {}
        self._open = True
        self._threads = [
            threading.Thread(target=each, daemon=True) for each in (self._ask, self._listen)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Ask no more, and wait a moment for the last answers."""
        self._open = False
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def silences_us(self, since_us: int = 0) -> list[int]:
        """Spans in which requests went unanswered, the longest first; 0 where there is none."""
        answered = sorted(self._answered)
        spans = [
            self._sent[after] - self._sent[before + 1]
            for before, after in pairwise(answered)
            if after > before + 1 and self._sent[after] >= since_us
        ]
        return [*sorted(spans, reverse=True), 0]

    def _ask(self) -> None:
        due = time.monotonic_ns() // 1000
        while self._open:
            now = time.monotonic_ns() // 1000
            if now < due:
                time.sleep((due - now) / 1e6)
                continue
            number = len(self._sent)
            body = self._mark + struct.pack("!HQ", number & 0xFFFF, number)
            head = struct.pack("!BBH", ECHO, 0, _checksum(struct.pack("!BBH", ECHO, 0, 0) + body))
            self._sent.append(now)
            with contextlib.suppress(OSError):
                self._socket.send(head + body)
            due = max(due + EVERY_US, now)

    def _listen(self) -> None:
        until: float | None = None
        while until is None or time.monotonic() < until:
            if not self._open and until is None:
                until = time.monotonic() + LATE_US / 1e6
            if not select.select([self._socket], [], [], 0.05)[0]:
                continue
            packet = self._socket.recv(2048)
            begin = 4 * (packet[0] & 15)
            if packet[begin] != ECHO_REPLY or packet[begin + 4 : begin + 6] != self._mark:
                continue
            number = struct.unpack("!Q", packet[begin + 8 : begin + 16])[0]
            now = time.monotonic_ns() // 1000
            if now - self._sent[number] < LATE_US:
                self._answered.setdefault(number, now)


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
