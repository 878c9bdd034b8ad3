"""How long many addresses take to move: 255 and 245 excluded ones on one instance.

Rule: measured from outside, from the first to the last gratuitous ARP of the new master's first
announcement, on the bridge; both programs in one run.
"""

from __future__ import annotations

import time
from statistics import median

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import Lane, alone, lanes, run
from benchmarks.many import Recorder

ADDRESSES, EXCLUDED = 255, 245
ROUNDS = 10
GOAL = 0.5
REPEATED = 5
"""What garp_master_repeat is where nothing is said."""


def configuration() -> str:
    """Write the file: one instance that leads as soon as nobody speaks."""
    own = [f"10.40.0.{n}/32" for n in range(1, ADDRESSES)] + ["10.40.1.1/32"]
    more = [f"10.41.0.{n}/32" for n in range(1, EXCLUDED + 1)]
    return (
        "vrrp_instance VI_1 {\n state BACKUP\n interface eth0\n virtual_router_id 51\n"
        " priority 254\n advert_int 1\n garp_master_delay 0\n"
        " virtual_ipaddress {\n  " + "\n  ".join(own) + "\n }\n"
        " virtual_ipaddress_excluded {\n  " + "\n  ".join(more) + "\n }\n}\n"
    )


def _move(lane: Lane) -> dict[str, float] | None:
    """Let a take the lead; give milliseconds from its first announcement on.

    Nobody else is on the bridge and one recorder listens: what every listener costs is paid for
    each packet, by the one that sends it.
    """
    run("ip", "link", "set", lane.port("b"), "down")
    lane.ear.close()
    recorder = Recorder(lane, "arp or ip proto 112")
    lane.start("a", configuration(), "-P")
    time.sleep(7)
    told: list[float] = []
    first: dict[bytes, float] = {}
    adverts: list[float] = []
    for at, data in recorder.frames():
        if data[12:14] != b"\x08\x06":
            adverts.append(at)
        elif data[28:32] == data[38:42]:
            told.append(at)
            first.setdefault(data[28:32], at)
    if len(first) < ADDRESSES + EXCLUDED or len(told) < REPEATED * len(first) or not adverts:
        return None
    return {
        "all": (max(told) - min(told)) * 1000,
        "each": (max(first.values()) - min(first.values())) * 1000,
        "begin": (min(told) - adverts[0]) * 1000,
    }


def main() -> bool:
    """Measure and print; say whether the goal was met."""
    found: dict[str, list[dict[str, float]]] = {"ours": [], "keepalived": []}
    for _ in range(ROUNDS):
        for program, samples in found.items():
            with lanes([program]) as (lane,):
                sample = _move(lane)
                if sample is not None:
                    samples.append(sample)

    def figure(what: str, title: str, goal: str) -> Figure:
        ours, theirs = (tuple(each[what] for each in found[name]) for name in found)
        met = None
        if goal != "report":
            met = len(ours) == len(theirs) == ROUNDS and median(ours) <= GOAL * median(theirs)
        return Figure(title, "ms", ours, theirs, goal, met)

    figures = [
        figure("all", "first to last gratuitous ARP, all rounds", "at most half"),
        figure("each", "first to last address's first one", "report"),
        figure("begin", "advert to the first one", "report"),
    ]
    print_figures(f"{ADDRESSES} addresses and {EXCLUDED} excluded ones move", figures)
    return all(each.met is not False for each in figures)


if __name__ == "__main__":
    alone()
    raise SystemExit(0 if main() else 1)
