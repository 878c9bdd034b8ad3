"""How long a virtual router is without a master when the master is gone, at three intervals.

Rule: measured from outside: kernel time stamps of the old master's last advert, the new master's
first and its first announcement, on the bridge between them, and the first answer that a client
gets from the new master; both programs side by side in one run.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from statistics import median

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import Lane, alone, lanes, run
from benchmarks.service import Service

INTERVALS = {  # interval in seconds → VRRP version that can say it
    1.0: 2,
    0.1: 3,
    0.01: 3,
}
ROUNDS = 5
WIDTH = 2
VIP = "10.20.0.100"
_NEARER_MS, _WORST_MS = 1.0, 10.0

_CONFIGURATION = """
vrrp_instance VI_1 {{
    state BACKUP
    version {version}
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int {interval:g}
    virtual_ipaddress {{
        10.20.0.100/24
    }}
}}
"""


@dataclass(frozen=True)
class Takeover:
    """What one takeover took, in milliseconds."""

    advert: float
    """From the old master's last advert to the new one's first."""
    announced: float
    """From there to its first gratuitous ARP."""
    answered: float
    """From the first advert to the first answer that a client gets from the new master."""


def configuration(interval: float, priority: int) -> str:
    """Write a router's file."""
    version = INTERVALS[interval]
    return _CONFIGURATION.format(version=version, priority=priority, interval=interval)


def protocol_ms(interval: float, priority: int = 100) -> float:
    """Give the master-down time (RFC 3768 section 6.1; RFC 9568 section 6.1)."""
    skew = interval if INTERVALS[interval] == 3 else 1.0
    return (3 * interval + (256 - priority) * skew / 256) * 1000


def start_pair(lane: Lane, interval: float) -> bool:
    """Let a lead and b follow; say whether they do."""
    lane.start("a", configuration(interval, 150), "-P")
    lane.start("b", configuration(interval, 100), "-P")
    return lane.wait_for("10.20.0.1", 12) is not None


def _take_over(lane: Lane, interval: float, how: str, late: float) -> Takeover | None:
    """Take a away `late` intervals after an advert; give what b's takeover took."""
    service = Service(lane, VIP)
    if not start_pair(lane, interval):
        return None
    lane.listen(time.monotonic() + 1.5 + (2 + late) * interval)
    if how == "killed":
        lane.kill("a")
    else:
        run("ip", "link", "set", lane.port("a"), "nomaster")
    new = lane.wait_for("10.20.0.2", 8)
    if new is None:
        return None
    lane.listen(time.monotonic() + 0.3)
    last = max(each.at for each in lane.heard if each.source == "10.20.0.1" and each.at < new.at)
    told = [each.at for each in lane.announced if each.at >= new.at]
    came = [each.came for each in service.answers() if each.by == "b" and each.came > last]
    if not told or not came:
        return None
    return Takeover((new.at - last) * 1000, (told[0] - new.at) * 1000, (min(came) - new.at) * 1000)


def measure(how: str, interval: float) -> dict[str, list[Takeover]]:
    """Run pairs side by side, some rounds; give the takeovers by program."""
    found: dict[str, list[Takeover]] = {"ours": [], "keepalived": []}
    for turn in range(ROUNDS):
        with lanes(["ours", "keepalived"] * WIDTH) as made:

            def one(lane: Lane, late: float) -> None:
                takeover = _take_over(lane, interval, how, late)
                if takeover is not None:
                    found[lane.program].append(takeover)

            threads = [
                threading.Thread(target=one, args=(lane, 0.1 + 0.15 * turn)) for lane in made
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    return found


def _figures(what: str, interval: float, found: dict[str, list[Takeover]]) -> list[Figure]:
    complete = len(found["ours"]) == len(found["keepalived"]) == ROUNDS * WIDTH
    adverts = {name: [each.advert for each in all_of] for name, all_of in found.items()}
    met = (
        complete
        and abs(median(adverts["ours"]) - median(adverts["keepalived"])) <= _NEARER_MS
        and max(adverts["ours"]) <= max(adverts["keepalived"]) + _WORST_MS
    )
    goal = (
        f"median within {_NEARER_MS:g} ms of keepalived's, worst within {_WORST_MS:g}"
        f" ({protocol_ms(interval):.1f} by the protocol)"
    )

    def figure(title: str, field: str, goal: str, met: bool | None) -> Figure:
        ours, theirs = (
            tuple(getattr(each, field) for each in found[name]) for name in ("ours", "keepalived")
        )
        return Figure(f"{what}: {title}", "ms", ours, theirs, goal, met)

    return [
        figure("last advert to new first", "advert", goal, met),
        figure("then to its first gratuitous ARP", "announced", "report", None),
        figure("then to a client's first answer", "answered", "report", None),
    ]


def main() -> bool:
    """Measure and print; say whether the goals were met."""
    met = True
    for interval in INTERVALS:
        figures = []
        for how, what in (("killed", "all processes killed"), ("cut", "link lost")):
            figures += _figures(what, interval, measure(how, interval))
        print_figures(f"Failover at {interval:g} s, priority 100", figures)
        met = met and all(figure.met is not False for figure in figures)
    return met


if __name__ == "__main__":
    alone()
    raise SystemExit(0 if main() else 1)
