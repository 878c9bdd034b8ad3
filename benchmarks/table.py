"""How quickly a table of 1,000 services with 10 servers each gets into real ip_vs, and out.

Rule: runs inside User-Mode Linux, both programs in one boot, in turn; read ratios, not seconds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import PROGRAMS, ROOT

SERVICES, SERVERS, ROUNDS = 1000, 10, 3
_TABLE = Path("/proc/net/ip_vs")
_HEADER_LINES = 3


def configuration() -> str:
    """Write the file: services without checkers, so that only the table is measured."""
    parts = []
    for service in range(SERVICES):
        parts.append(f"virtual_server 10.{service // 250}.{service % 250}.1 80 {{")
        parts.append("  delay_loop 60\n  lb_algo wrr\n  lb_kind NAT\n  protocol TCP")
        parts.extend(
            f"  real_server 10.9.{service % 250}.{server + 1} {8000 + service // 250} {{\n"
            "    weight 1\n  }"
            for server in range(SERVERS)
        )
        parts.append("}")
    return "\n".join(parts) + "\n"


def entries() -> int:
    """Count the table's lines: services and servers."""
    return max(0, _TABLE.read_bytes().count(b"\n") - _HEADER_LINES)


def one_run(program: str, folder: Path) -> dict[str, float]:
    """Start, wait for the full table, stop; times in milliseconds, entries left behind."""
    whole = SERVICES * (SERVERS + 1)
    pids = [str(folder / kind) for kind in ("pid", "vrrp", "check")]
    begun = time.monotonic()
    process = subprocess.Popen(
        [
            *(PROGRAMS[program], "-n", "-C", "-f", str(folder / "conf")),
            *("-p", pids[0], "-r", pids[1], "-c", pids[2]),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    first, last = 0.0, 0.0
    while time.monotonic() < begun + 60:
        there = entries()
        if there and not first:
            first = time.monotonic()
        if there >= whole:
            last = time.monotonic()
            break
        time.sleep(0.005)
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    told = time.monotonic()
    process.wait(timeout=60)
    ended = time.monotonic()
    left = entries()
    subprocess.run(["ipvsadm", "-C"], check=False)
    return {
        "fill": (last - first) * 1000,
        "start": (last - begun) * 1000,
        "stop": (ended - told) * 1000,
        "left": left,
        "full": float(last > 0),
    }


def inside() -> None:
    """Run in the second kernel: print one JSON line a run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conf").write_text(configuration())
        for _ in range(ROUNDS):
            for program in ("ours", "keepalived"):
                print("RUN", json.dumps({"program": program, **one_run(program, folder)}))
                sys.stdout.flush()


def main() -> bool:
    """Boot the second kernel, run, print; say whether the goals were met."""
    from tests.lab.uml import run_in_uml

    result = run_in_uml(
        f"cd {ROOT} && PYTHONPATH={ROOT} {sys.executable} -m benchmarks.table inside",
        timeout_s=400,
        environment={"PATH": os.environ["PATH"]},
    )
    runs = [json.loads(line[4:]) for line in result.output.splitlines() if line[:4] == "RUN "]
    if len(runs) != 2 * ROUNDS:
        print(result.output[-3000:])
        return False

    def of(program: str, what: str) -> tuple[float, ...]:
        return tuple(each[what] for each in runs if each["program"] == program)

    def figure(what: str, title: str, unit: str, goal: str, met: bool) -> Figure:
        return Figure(title, unit, of("ours", what), of("keepalived", what), goal, met)

    full = all(of("ours", "full"))
    filled = median(of("ours", "fill")) / median(of("keepalived", "fill"))
    started = median(of("ours", "start")) / median(of("keepalived", "start"))
    figures = [
        figure("fill", "first entry to last", "ms", "at most 1/10", full and filled <= 0.1),
        figure("start", "start to full table", "ms", "at most 1/1", full and started <= 1),
        figure("stop", "stop", "ms", "within 1 s", max(of("ours", "stop")) <= 1000),
        figure("left", "entries left behind", "", "none", max(of("ours", "left")) == 0),
    ]
    print_figures("1,000 services x 10 servers into real ip_vs (User-Mode Linux)", figures)
    return all(each.met for each in figures)


if __name__ == "__main__":
    if sys.argv[1:] == ["inside"]:
        inside()
    else:
        raise SystemExit(0 if main() else 1)
