"""A service behind a virtual address, and a client that asks it every millisecond.

Rule: each answer names the host that gave it. As programs: `python -m benchmarks.service serve
NAME`, which answers until it is ended, and `… ask ADDRESS FILE`, which on TERM writes a line for
each answer: when it was asked for, when it came (seconds since the epoch), who gave it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.lanes import ROOT, Lane

PORT = 7
_IP_PKTINFO = 8
EVERY_S = 0.001
_PACKET_INFO = struct.Struct("=i4s4s")


@dataclass(frozen=True)
class Answer:
    """One answer: when it was asked for, when it came, and who gave it."""

    asked: float
    came: float
    by: str


def serve(name: str) -> None:
    """Answer every datagram from the address that it was sent to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        server.bind(("0.0.0.0", PORT))
        while True:
            data, notes, _, sender = server.recvmsg(64, 64)
            _, _, target = _PACKET_INFO.unpack(notes[0][2][:12])
            info = _PACKET_INFO.pack(0, target, b"\0\0\0\0")
            note = (socket.IPPROTO_IP, _IP_PKTINFO, info)
            try:
                server.sendmsg([data + name.encode()], [note], 0, sender)
            except OSError:
                continue  # the address left meanwhile


def ask(address: str, place: Path) -> None:
    """Ask each millisecond until TERM; then write the answers."""
    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    answers: list[str] = []
    place.write_text("")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        due = time.time()
        while running:
            now = time.time()
            if now >= due:
                with contextlib.suppress(OSError):  # nobody has the address just now
                    client.sendto(struct.pack("d", now), (address, PORT))
                due = max(due + EVERY_S, now)
            if select.select((client,), (), (), max(0.0, due - time.time()))[0]:
                try:
                    data = client.recv(64)
                except OSError:
                    continue  # it was refused: the address is there, the service is not
                (asked,) = struct.unpack("d", data[:8])
                answers.append(f"{asked:.6f} {time.time():.6f} {data[8:].decode()}")
    place.write_text("\n".join(answers))


class Service:
    """The service on both routers of a lane, and its client on a third host."""

    def __init__(self, lane: Lane, address: str) -> None:
        self._lane = lane
        self._place = lane.folder / "answers"
        lane.client()
        for name in "ab":
            self.serve_on(name)
        self._run("c", "ask", address, str(self._place))
        end = time.monotonic() + 20
        while not self._place.exists() and time.monotonic() < end:
            time.sleep(0.01)

    def serve_on(self, name: str) -> None:
        """Start the service on a router, where it was killed along with all else."""
        self._run(name, "serve", name)

    def _run(self, name: str, *words: str) -> None:
        command = ["ip", "netns", "exec", self._lane.space(name), sys.executable]
        self._lane.processes[f"{words[0]}-{name}"] = subprocess.Popen(
            [*command, "-m", "benchmarks.service", *words], cwd=ROOT
        )

    def answers(self) -> list[Answer]:
        """End the client and give what it heard."""
        client = self._lane.processes["ask-c"]
        client.terminate()
        client.wait(timeout=10)
        lines = [line.split() for line in self._place.read_text().splitlines()]
        return [Answer(float(asked), float(came), by) for asked, came, by in lines]


if __name__ == "__main__":
    # What measures must not wait for what is measured, nor for other work.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(2))
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        ask(sys.argv[2], Path(sys.argv[3]))
