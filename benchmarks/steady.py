"""How often a backup takes over from a master that is well: at 10 ms, and at 30 ms under load.

Rule: both programs side by side for the whole time; a false takeover is a time in which the backup
was heard speaking. Under load, both processors are kept busy by programs of no importance.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from tests.lab.stalls import watching_stalls

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import Lane, alone, lanes

TURNS = int(os.environ.get("STEADY_TURNS", "10"))
LENGTH_S = float(os.environ.get("STEADY_SECONDS", "60"))
"""A quick look asks for less of both."""
_APART_S = 0.5


def configuration(interval: float, priority: int) -> str:
    """Write a router's file, version 3."""
    return (
        "vrrp_instance VI_1 {\n state BACKUP\n version 3\n interface eth0\n"
        f" virtual_router_id 51\n priority {priority}\n advert_int {interval:g}\n"
        " virtual_ipaddress {\n  10.20.0.100/24\n }\n}\n"
    )


def _false_takeovers(lane: Lane, interval: float, seconds: float) -> float:
    """Let a lead; count how often b was heard to begin to speak; -1 where a never led."""
    lane.start("a", configuration(interval, 150), "-P")
    lane.start("b", configuration(interval, 100), "-P")
    if lane.wait_for("10.20.0.1", 12) is None:
        return -1
    lane.listen(time.monotonic() + 2)
    first = len(lane.heard)
    lane.listen(time.monotonic() + seconds)
    spells, last = 0, 0.0
    for each in lane.heard[first:]:
        if each.source == "10.20.0.2":
            spells += each.at - last > _APART_S
            last = each.at
    return spells


@contextlib.contextmanager
def busy(processors: int) -> Iterator[None]:
    """Keep processors busy."""
    command = [sys.executable, "-c", "while True: pass"]
    idlers = [subprocess.Popen(command) for _ in range(processors)]
    try:
        yield
    finally:
        for each in idlers:
            each.kill()
            each.wait()


def measure(interval: float, loaded: bool) -> dict[str, list[float]]:
    """Run pairs side by side, some times; give the counts by program, and each turn's standstill.

    The standstill is the longest time in milliseconds for which the machine woke nobody.
    """
    found: dict[str, list[float]] = {"ours": [], "keepalived": []}
    paused: list[float] = []
    for _ in range(TURNS):
        with (
            lanes(list(found)) as made,
            busy(2 if loaded else 0),
            watching_stalls(urgent=True) as stalls,
        ):

            def one(lane: Lane) -> None:
                found[lane.program].append(_false_takeovers(lane, interval, LENGTH_S))

            threads = [threading.Thread(target=one, args=(lane,)) for lane in made]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            paused.append(stalls.worst_ms())
    return found | {"paused": paused}


def main() -> bool:
    """Measure and print; say whether the goals were met."""
    calm, loaded = measure(0.01, False), measure(0.03, True)
    none_failed = min(calm["ours"] + loaded["ours"]) >= 0
    figures = [
        Figure(
            f"at 10 ms, {TURNS} x {LENGTH_S:g} s",
            "",
            tuple(calm["ours"]),
            tuple(calm["keepalived"]),
            "no more in all than keepalived's",
            none_failed and sum(calm["ours"]) <= sum(calm["keepalived"]),
        ),
        Figure(
            f"at 30 ms, both cores busy, {TURNS} x {LENGTH_S:g} s",
            "",
            tuple(loaded["ours"]),
            tuple(loaded["keepalived"]),
            "none",
            none_failed and sum(loaded["ours"]) == 0,
        ),
    ]
    print_figures("False takeovers", figures)
    for title, counts in (("10 ms", calm), ("30 ms, busy", loaded)):
        print(
            f"in all at {title}: ours {sum(counts['ours']):g}, keepalived"
            f" {sum(counts['keepalived']):g};"
            f" the machine itself stood still for up to {max(counts['paused']):.0f} ms"
        )
    return all(each.met for each in figures)


if __name__ == "__main__":
    alone()
    raise SystemExit(0 if main() else 1)
