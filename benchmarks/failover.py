"""How long a virtual router is without a master when the master is gone.

Rule: measured from outside: kernel time stamps of the old master's last advert and of the new
master's first, on the bridge between them; both programs side by side in one run.
"""

from __future__ import annotations

import threading
import time
from statistics import median

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import Lane, alone, lanes, run

PROTOCOL_MS = 3_609.375
_ROUNDS = 3
_WIDTH = 2

_CONFIGURATION = """
vrrp_instance VI_1 {{
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int 1
    virtual_ipaddress {{
        10.20.0.100
    }}
}}
"""


def _gap(lane: Lane, how: str, late: float) -> float | None:
    """Let a lead, take it away `late` seconds after an advert; give b's takeover time in ms."""
    lane.start("a", _CONFIGURATION.format(priority=150), "-P")
    lane.start("b", _CONFIGURATION.format(priority=100), "-P")
    first = lane.wait_for("10.20.0.1", 12)
    if first is None:
        return None
    lane.listen(time.monotonic() + 2 + late)
    if how == "killed":
        lane.kill("a")
    else:
        run("ip", "link", "set", lane.port("a"), "nomaster")
    new = lane.wait_for("10.20.0.2", 8)
    if new is None:
        return None
    last = max(advert.at for advert in lane.heard if advert.source == "10.20.0.1")
    return (new.at - last) * 1000


def measure(how: str) -> dict[str, list[float]]:
    """Run pairs side by side, some rounds; give the gaps in milliseconds by program."""
    gaps: dict[str, list[float]] = {"ours": [], "keepalived": []}
    for turn in range(_ROUNDS):
        with lanes(["ours", "keepalived"] * _WIDTH) as made:

            def one(lane: Lane, late: float) -> None:
                gap = _gap(lane, how, late)
                if gap is not None:
                    gaps[lane.program].append(gap)

            threads = [threading.Thread(target=one, args=(lane, 0.1 + 0.3 * turn)) for lane in made]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    return gaps


def main() -> bool:
    """Measure and print; say whether the goals were met."""
    figures = []
    for how, what in (("killed", "kill -9 of the master"), ("cut", "loss of the master's link")):
        gaps = measure(how)
        complete = len(gaps["ours"]) == len(gaps["keepalived"]) == _ROUNDS * _WIDTH
        met = complete and median(gaps["ours"]) <= median(gaps["keepalived"]) + 5
        figures.append(
            Figure(
                f"{what}: last advert to new first",
                "ms",
                tuple(gaps["ours"]),
                tuple(gaps["keepalived"]),
                f"within 5 ms of keepalived's ({PROTOCOL_MS:.1f} by the protocol)",
                met,
            )
        )
    print_figures("Failover at advert_int 1, priority 100", figures)
    return all(figure.met for figure in figures)


if __name__ == "__main__":
    alone()
    raise SystemExit(0 if main() else 1)
