"""What a BFD session costs while nothing happens, and how soon a dead neighbour is noticed.

Rule: measured from outside: processor time from the scheduler, packets with kernel time stamps on
the bridge between the ends; both programs side by side in one run.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import Lane, alone, lanes

_ROUNDS = 20
_IDLE_S = 20.0
_ALL = 3
"""Frames of every protocol."""
_SO_TIMESTAMPNS = 35
_PORT = (3784).to_bytes(2, "big")
_DOWN, _UP = 1, 3
_SESSION = """
bfd_instance PEER {{
    neighbor_ip 10.20.0.{other}
    source_ip 10.20.0.{own}
    min_rx 50
    min_tx 50
    multiplier 4
}}
"""
DETECTION_MS = 200.0


def _start(lane: Lane, name: str) -> None:
    own, other = (1, 2) if name == "a" else (2, 1)
    for left in lane.folder.glob(f"{name}.*"):
        left.unlink()
    lane.start(
        name,
        _SESSION.format(own=own, other=other),
        "-b",
        str(lane.folder / f"{name}.bfd"),
    )


def _listen_at_the_port_of_a(lane: Lane) -> None:
    """Hear what goes through a port both ways: a bridge itself sees no unicast between others."""
    lane.ear.close()
    lane.ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
    lane.ear.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    lane.ear.bind((lane.port("a"), _ALL))


def _packet(lane: Lane, until: float) -> tuple[float, int, int] | None:
    """Give the next BFD packet: kernel time in seconds, the sender's number, its state."""
    while (left := until - time.monotonic()) > 0:
        lane.ear.settimeout(left)
        try:
            data, control, _, _ = lane.ear.recvmsg(2048, 64)
        except TimeoutError:
            return None
        if len(data) >= 66 and data[23] == 17 and data[36:38] == _PORT:
            seconds, nanos = struct.unpack_from("qq", control[0][2])
            return seconds + nanos / 1e9, data[29], data[43] >> 6
    return None


def _both_up(lane: Lane, bound_s: float = 15.0) -> bool:
    """Listen until both ends say Up."""
    up: set[int] = set()
    end = time.monotonic() + bound_s
    while len(up) < 2 and (heard := _packet(lane, end)) is not None:
        _, number, state = heard
        (up.add if state == _UP else up.discard)(number)
    return len(up) == 2


def _bfd_ran_ns(lane: Lane) -> int:
    """Read how long the BFD processes of both ends have been on a processor, exactly."""
    pids = [int((lane.folder / f"{name}.bfd").read_text()) for name in "ab"]
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids)


def _detected_ms(lane: Lane) -> float | None:
    """Kill b; give the time from its last packet to a's first that says Down."""
    last, killed, end = None, False, time.monotonic() + 5
    quiet = time.monotonic() + 0.5
    while (heard := _packet(lane, end)) is not None:
        at, number, state = heard
        if number == 2:
            last = at
        elif killed and state == _DOWN and last is not None:
            return (at - last) * 1000
        if not killed and time.monotonic() > quiet:
            killed = True
            lane.kill("b")
            lane.processes.pop("b").wait(timeout=10)
    return None


def _run(lane: Lane, idle: dict[str, float], detected: dict[str, list[float]]) -> None:
    _listen_at_the_port_of_a(lane)
    _start(lane, "a")
    _start(lane, "b")
    if not _both_up(lane):
        return
    time.sleep(1)
    before = _bfd_ran_ns(lane)
    time.sleep(_IDLE_S)
    idle[lane.program] = (_bfd_ran_ns(lane) - before) / 2 / _IDLE_S / 1e7
    for _ in range(_ROUNDS):
        if (took := _detected_ms(lane)) is not None:
            detected[lane.program].append(took)
        _start(lane, "b")
        if not _both_up(lane):
            return


def main() -> bool:
    """Measure and print; say whether the goal was met."""
    idle: dict[str, float] = {}
    detected: dict[str, list[float]] = {"ours": [], "keepalived": []}
    with lanes(["ours", "keepalived"]) as made:
        threads = [threading.Thread(target=_run, args=(lane, idle, detected)) for lane in made]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    ours, theirs = detected["ours"], detected["keepalived"]
    met = len(ours) == len(theirs) == _ROUNDS and median(ours) <= median(theirs) + 1
    figures = [
        Figure(
            "kill -9 of an end: its last packet to Down",
            "ms",
            tuple(ours),
            tuple(theirs),
            f"within 1 ms of keepalived's ({DETECTION_MS:g} by the protocol)",
            met,
        ),
        Figure(
            "an idle session's process",
            "%",
            tuple(idle[name] for name in ("ours",) if name in idle),
            tuple(idle[name] for name in ("keepalived",) if name in idle),
            "a report: 20 packets a second each way",
        ),
    ]
    print_figures("BFD at 50 ms, multiplier 4", figures)
    return met


if __name__ == "__main__":
    alone()
    raise SystemExit(0 if main() else 1)
