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
from typing import NamedTuple

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import Lane, alone, lanes

_ROUNDS = 20
_IDLE_S = 20.0
_ALL = 3
"""Frames of every protocol."""
_SO_TIMESTAMPNS = 35
_IPV4 = b"\x08\x00"
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
_TRACKED = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 254
    track_bfd {
        PEER
    }
    virtual_ipaddress {
        10.20.0.100
    }
}
"""
DETECTION_MS = 200.0


def _start(lane: Lane, name: str) -> None:
    own, other = (1, 2) if name == "a" else (2, 1)
    for left in lane.folder.glob(f"{name}.*"):
        left.unlink()
    text = _SESSION.format(own=own, other=other) + (_TRACKED if name == "a" else "")
    lane.start(name, text, "-b", str(lane.folder / f"{name}.bfd"))


def _listen_at_the_port_of_a(lane: Lane) -> None:
    """Hear what goes through a port both ways: a bridge itself sees no unicast between others."""
    lane.ear.close()
    lane.ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
    lane.ear.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    lane.ear.bind((lane.port("a"), _ALL))


class Heard(NamedTuple):
    """A packet: kernel time in seconds, its sender's number, a BFD state or a VRRP priority."""

    at: float
    sender: int
    state: int | None = None
    priority: int | None = None


def _packet(lane: Lane, until: float) -> Heard | None:
    """Give the next packet of BFD or VRRP."""
    while (left := until - time.monotonic()) > 0:
        lane.ear.settimeout(left)
        try:
            data, control, _, _ = lane.ear.recvmsg(2048, 64)
        except TimeoutError:
            return None
        if len(data) < 38 or data[12:14] != _IPV4:
            continue
        seconds, nanos = struct.unpack_from("qq", control[0][2])
        at = seconds + nanos / 1e9
        if data[23] == 17 and data[36:38] == _PORT:
            return Heard(at, data[29], state=data[43] >> 6)
        if data[23] == 112:
            return Heard(at, data[29], priority=data[36])
    return None


def _both_up(lane: Lane, bound_s: float = 15.0) -> bool:
    """Listen until both ends say Up."""
    up: set[int] = set()
    end = time.monotonic() + bound_s
    while len(up) < 2 and (heard := _packet(lane, end)) is not None:
        if heard.state is not None:
            (up.add if heard.state == _UP else up.discard)(heard.sender)
    return len(up) == 2


def _bfd_ran_ns(lane: Lane) -> int:
    """Read how long the BFD processes of both ends have been on a processor, exactly."""
    pids = [int((lane.folder / f"{name}.bfd").read_text()) for name in "ab"]
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids)


def _noticed_ms(lane: Lane) -> tuple[float, float] | None:
    """Kill b; give the times from its last packet to a's Down, and to a's priority 0."""
    last, killed, end = 0.0, False, time.monotonic() + 10
    down: float | None = None
    zero: float | None = None
    while (heard := _packet(lane, end)) is not None:
        if heard.state is not None and heard.sender == 2:
            last = heard.at
        elif killed and heard.state == _DOWN:
            down = down or heard.at
        elif killed and heard.priority == 0:
            zero = zero or heard.at
        elif not killed and heard.priority and last:
            # It leads, and has just said so.
            time.sleep(0.3)
            killed = True
            lane.kill("b")
            lane.processes.pop("b").wait(timeout=10)
        if down is not None and zero is not None:
            return (down - last) * 1000, (zero - last) * 1000
    return None


def _run(lane: Lane, idle: dict[str, float], noticed: dict[str, list[tuple[float, float]]]) -> None:
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
        if (took := _noticed_ms(lane)) is not None:
            noticed[lane.program].append(took)
        _start(lane, "b")
        if not _both_up(lane):
            return


def main() -> bool:
    """Measure and print; say whether the goal was met."""
    idle: dict[str, float] = {}
    noticed: dict[str, list[tuple[float, float]]] = {"ours": [], "keepalived": []}
    with lanes(["ours", "keepalived"]) as made:
        threads = [threading.Thread(target=_run, args=(lane, idle, noticed)) for lane in made]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    figures = []
    # Priority 0 comes from another process, which hears of it by way of the parent.
    for place, (what, allowed_ms) in enumerate((("Down", 1), ("priority 0 of VRRP", 3))):
        ours, theirs = ([took[place] for took in noticed[name]] for name in noticed)
        complete = len(ours) == len(theirs) == _ROUNDS
        figures.append(
            Figure(
                f"end killed: last packet to {what}",
                "ms",
                tuple(ours),
                tuple(theirs),
                f"within {allowed_ms} ms of keepalived's ({DETECTION_MS:g} by the protocol)",
                complete and median(ours) <= median(theirs) + allowed_ms,
            )
        )
    figures.append(
        Figure(
            "an idle session's process",
            "%",
            tuple(idle[name] for name in ("ours",) if name in idle),
            tuple(idle[name] for name in ("keepalived",) if name in idle),
            "a report: 20 packets a second each way",
        )
    )
    print_figures("BFD at 50 ms, multiplier 4", figures)
    return all(figure.met for figure in figures if figure.met is not None)


if __name__ == "__main__":
    alone()
    raise SystemExit(0 if main() else 1)
