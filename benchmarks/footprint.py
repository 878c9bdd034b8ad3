"""What the daemon costs while nothing happens: memory, processor time, and its start.

Rule: case XI of the guide with all processes; proportional memory, so that shared pages count once.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import ROOT, Lane, alone, lanes, run
from benchmarks.shim import shim

_QUIET_S = 30.0
"""Until then servers that are not there are found dead, mailed of and taken out."""
_IDLE_S = 10.0
_OWNER = """
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 255
    advert_int 1
    virtual_ipaddress {
        10.20.0.100
    }
}
"""


def _memory_kib(pid: int) -> tuple[int, int]:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = dict(re.findall(r"^(Rss|Pss):\s+(\d+) kB", text, re.MULTILINE))
    return int(found["Rss"]), int(found["Pss"])


def _ran_ns(pid: int) -> int:
    """Read how long a process has been on a processor, exactly."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def _case_xi(program: str) -> str:
    text = (ROOT / "examples/case-xi-director1.conf").read_text()
    return text.replace("lvs_id", "router_id") if program == "keepalived" else text


def _begin(lane: Lane) -> None:
    """Start case XI alone on its links."""
    space = lane.space("a")
    run("ip", "-n", space, "link", "add", "eth1", "type", "bridge")
    run("ip", "-n", space, "link", "set", "eth1", "up")
    run("ip", "-n", space, "addr", "add", "192.168.200.5/24", "dev", "eth0")
    run("ip", "-n", space, "addr", "add", "192.168.100.5/24", "dev", "eth1")
    lane.environment = {"LD_PRELOAD": str(shim())} if lane.program == "keepalived" else {}
    lane.start("a", _case_xi(lane.program))


def _idle(programs: list[str]) -> dict[str, dict[str, float]]:
    """Run case XI side by side until both are quiet; measure all their processes."""
    with lanes(programs) as made:
        for lane in made:
            _begin(lane)
        time.sleep(_QUIET_S)
        before = {pid: _ran_ns(pid) for lane in made for pid in lane.pids("a")}
        time.sleep(_IDLE_S)
        found: dict[str, dict[str, float]] = {}
        for lane in made:
            # One that delivers a mail comes and goes.
            each = [pid for pid in lane.pids("a") if pid in before]
            ran = sum(_ran_ns(pid) - before[pid] for pid in each)
            memory = [_memory_kib(pid) for pid in each]
            found[lane.program] = {
                "processes": len(each),
                "rss": sum(rss for rss, _ in memory) / 1024,
                "pss": sum(pss for _, pss in memory) / 1024,
                "cpu": ran / _IDLE_S / 1e7,
            }
        return found


def _first_advert(lane: Lane) -> float:
    """Give the milliseconds from the start of the program to its first advert (priority 255)."""
    begun = time.time()
    lane.start("a", _OWNER, "-P")
    advert = lane.wait_for("10.20.0.1", 8)
    assert advert is not None, "no advert within 8 s"
    return (advert.at - begun) * 1000


def main() -> bool:
    """Measure and print; say whether the goal was met."""
    idle: dict[str, list[dict[str, float]]] = {"ours": [], "keepalived": []}
    start: dict[str, list[float]] = {"ours": [], "keepalived": []}
    for _ in range(3):
        for program, found in _idle(list(idle)).items():
            idle[program].append(found)
            with lanes([program]) as (lane,):
                start[program].append(_first_advert(lane))

    def figure(what: str, title: str, unit: str, goal: str = "", met: bool | None = None) -> Figure:
        ours, theirs = (tuple(each[what] for each in idle[name]) for name in idle)
        return Figure(title, unit, ours, theirs, goal, met)

    small = max(each["pss"] for each in idle["ours"]) <= 20
    whole = all(each["processes"] == 3 for each in idle["ours"])
    figures = [
        figure("processes", "processes", "", "three", whole),
        figure("pss", "proportional memory of all", "MiB", "at most 20 MiB", small),
        figure("rss", "resident memory, added up", "MiB", "report"),
        figure("cpu", "processor time while idle", "%", "report"),
        Figure(
            "start to first advert (priority 255)",
            "ms",
            tuple(start["ours"]),
            tuple(start["keepalived"]),
            "report",
        ),
    ]
    print_figures("Case XI at rest", figures)
    return all(each.met is not False for each in figures)


if __name__ == "__main__":
    alone()
    raise SystemExit(0 if main() else 1)
