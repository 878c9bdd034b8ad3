"""How long a service is silent when the master is stopped cleanly, at three intervals.

Rule: a client asks every millisecond; the silence is the longest time between two answers around
the stop. Both programs side by side in one run, each handing over to its like.
"""

from __future__ import annotations

import signal
import threading
import time
from itertools import pairwise
from statistics import median

from benchmarks.failover import INTERVALS, VIP, configuration, protocol_ms, start_pair
from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import Lane, alone, lanes
from benchmarks.service import Service

RUNS = 20
WIDTH = 2
GOAL_MS = 5.0
_WINDOW_S = 2.5
_AFTER_S = 0.2
"""How long after the new master's first answer the service must have settled."""


def _silences(lane: Lane, interval: float, runs: int) -> list[float]:
    """Stop a again and again; give the longest silence around each stop, in milliseconds."""
    service = Service(lane, VIP)
    if not start_pair(lane, interval):
        return []
    stops = []
    for _ in range(runs):
        lane.listen(time.monotonic() + max(1.5, 2.5 * interval))
        stops.append(time.time())
        lane.processes["a"].send_signal(signal.SIGTERM)
        lane.processes["a"].wait(timeout=15)
        lane.listen(time.monotonic() + _WINDOW_S)
        lane.start("a", configuration(interval, 150), "-P")
        lane.wait_for("10.20.0.1", 12)
    answers = service.answers()
    found = []
    for stop in stops:
        near = [each for each in answers if stop - 0.05 <= each.came <= stop + _WINDOW_S]
        moved = [each.came for each in near if each.by == "b" and each.came > stop]
        if not moved:
            found.append(_WINDOW_S * 1000)
            continue
        times = [each.came for each in near if each.came <= moved[0] + _AFTER_S]
        found.append(max((later - at) * 1000 for at, later in pairwise(times)))
    return found


def measure(interval: float) -> dict[str, list[float]]:
    """Run pairs side by side; give the silences by program."""
    found: dict[str, list[float]] = {"ours": [], "keepalived": []}
    with lanes(["ours", "keepalived"] * WIDTH) as made:

        def one(lane: Lane) -> None:
            found[lane.program] += _silences(lane, interval, RUNS // WIDTH)

        threads = [threading.Thread(target=one, args=(lane,)) for lane in made]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return found


def main() -> bool:
    """Measure and print; say whether the goals were met."""
    figures = []
    for interval in INTERVALS:
        found = measure(interval)
        complete = len(found["ours"]) == len(found["keepalived"]) == RUNS
        met = complete and median(found["ours"]) < GOAL_MS
        never_worse = complete and max(found["ours"]) <= max(found["keepalived"])
        skew = protocol_ms(interval) - 3000 * interval
        figures.append(
            Figure(
                f"clean stop at {interval:g} s",
                "ms",
                tuple(found["ours"]),
                tuple(found["keepalived"]),
                f"median < {GOAL_MS:g} ms, never worse than keepalived (skew {skew:.0f} ms)",
                met and never_worse,
            )
        )
    print_figures("Service silent at a clean stop, for a client asking each ms", figures)
    return all(figure.met for figure in figures)


if __name__ == "__main__":
    alone()
    raise SystemExit(0 if main() else 1)
