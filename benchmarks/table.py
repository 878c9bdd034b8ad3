"""How quickly a table of 1,000 services with 10 servers each gets into real ip_vs, and out.

Rule: runs inside User-Mode Linux, the programs in turn, each run in a kernel just booted; read
ratios, not seconds. A fresh kernel, because ip_vs keeps servers that were removed for two minutes
in a list that it searches for each new one: in a second run both programs would mostly wait for
that. Looked at through a question whose answer is a number, because writing the table as text
takes tens of milliseconds of the one processor that the program has to work on. Ours is installed
for it: what starts is what starts on a director.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import PROGRAMS, ROOT

SERVICES, SERVERS, ROUNDS = 1000, 10, 5
_TABLE = Path("/proc/net/ip_vs")
_HEADER_LINES = 3
_GET_INFO, _INFO = 1153, struct.Struct("=III")
"""The socket option that tells version, size and number of services (linux/ip_vs.h)."""


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


def services(asked: socket.socket) -> int:
    """Count the services alone, cheaply."""
    answer = asked.getsockopt(socket.IPPROTO_IP, _GET_INFO, _INFO.size)
    return int(_INFO.unpack(answer)[2])


def one_run(program: str, folder: Path) -> dict[str, float]:
    """Start, wait for the full table, stop; times in milliseconds, entries left behind."""
    whole = SERVICES * (SERVERS + 1)
    pids = [str(folder / kind) for kind in ("pid", "vrrp", "check")]
    asked = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    begun = time.monotonic()
    process = subprocess.Popen(
        [
            *(program, "-n", "-C", "-f", str(folder / "conf")),
            *("-p", pids[0], "-r", pids[1], "-c", pids[2]),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    first, last = 0.0, 0.0
    while time.monotonic() < begun + 60:
        there = services(asked)
        if there and not first:
            first = time.monotonic()
        if there >= SERVICES and entries() >= whole:
            last = time.monotonic()
            break
        time.sleep(0.005)
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    told = time.monotonic()
    process.wait(timeout=60)
    ended = time.monotonic()
    left = entries()
    asked.close()
    return {
        "fill": (last - first) * 1000,
        "start": (last - begun) * 1000,
        "stop": (ended - told) * 1000,
        "left": left,
        "full": float(last > 0),
    }


def inside(program: str) -> None:
    """Run once, in the second kernel, and print one line of JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conf").write_text(configuration())
        print("RUN", json.dumps(one_run(program, folder)))


def installed(place: str) -> str:
    """Install our programs below a folder; give the path of the daemon."""
    command = ["sh", str(ROOT / "scripts/install")]
    environment = {**os.environ, "DESTDIR": place, "PREFIX": "/usr"}
    subprocess.run(command, check=True, env=environment, capture_output=True)
    return f"{place}/usr/sbin/keepalived"


def outside(program: str) -> dict[str, float] | None:
    """Boot a second kernel for one run; None, and its words printed, where it came to nothing."""
    from tests.lab.uml import run_in_uml

    result = run_in_uml(
        f"cd {ROOT} && PYTHONPATH={ROOT} {sys.executable} -m benchmarks.table {program}",
        timeout_s=120,
        environment={"PATH": os.environ["PATH"]},
    )
    for line in result.output.splitlines():
        if line.startswith("RUN "):
            found: dict[str, float] = json.loads(line[4:])
            return found
    print(result.output[-3000:])
    return None


def main() -> bool:
    """Run in turn, print; say whether the goals were met."""
    runs: dict[str, list[dict[str, float]]] = {"ours": [], "keepalived": []}
    with tempfile.TemporaryDirectory() as place:
        programs = {"ours": installed(place), "keepalived": PROGRAMS["keepalived"]}
        for _ in range(ROUNDS):
            for program, done in runs.items():
                run = outside(programs[program])
                if run is None:
                    return False
                done.append(run)

    def of(program: str, what: str) -> tuple[float, ...]:
        return tuple(run[what] for run in runs[program])

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
    if sys.argv[1:]:
        inside(sys.argv[1])
    else:
        raise SystemExit(0 if main() else 1)
