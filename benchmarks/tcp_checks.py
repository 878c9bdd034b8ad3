"""What a TCP check costs: a thousand servers at delay_loop 1, ours and keepalived's in turn.

Rule: processor time of the checker process from the kernel's scheduler, over connections that the
servers counted; both programs in one run, pair after pair, in a namespace of our own. Neither has
a load balancer: both are made to believe that the kernel took their table (nftables' connection
tracking would otherwise be in the way of our checks, and of ours alone).
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import PROGRAMS, alone, run
from benchmarks.shim import shim
from keepalived.port.reactor import Reactor
from keepalived.port.resources import Change, Server, Service, ServiceKey

SERVERS = 1000
PAIRS = 5
SETTLE_S = 4.0
MEASURED_S = 5.0
GOAL = 0.8
COMMANDS = {
    "ours": [sys.executable, "-m", "benchmarks.tcp_checks", "ours"],
    "keepalived": [PROGRAMS["keepalived"]],
}


def configuration(servers: int) -> str:
    """Write one service with this many servers on loopback."""
    lines = ["virtual_server 10.99.0.1 80 {", "delay_loop 1", "lb_algo rr", "lb_kind NAT"]
    lines.append("protocol TCP")
    for number in range(servers):
        address = f"127.1.{number // 250}.{number % 250 + 1}"
        lines.append(f"real_server {address} 80 {{\nTCP_CHECK {{\nconnect_timeout 3\n}}\n}}")
    return "\n".join([*lines, "}", ""])


def serve() -> None:
    """Take connections on every loopback address and close them; count into the first line asked.

    A byte on standard input asks for the count so far; its end ends the server.
    """
    listener = socket.create_server(("0.0.0.0", 80), backlog=4096)
    listener.setblocking(False)
    taken = 0
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select((listener, sys.stdin), (), ())
        if sys.stdin in ready:
            if not os.read(0, 1):
                return
            print(taken, flush=True)
        try:
            while listener in ready:
                listener.accept()[0].close()
                taken += 1
        except BlockingIOError:
            # Gather some before looking again, so that the server's own wakings stay few.
            time.sleep(0.005)


class Servers:
    """The counting server, in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.tcp_checks", "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._read()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode().strip()

    def count(self) -> int:
        """Ask how many connections there were."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"?")
        self._process.stdin.flush()
        return int(self._read())

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)


class BelievedPlane:
    """A load balancer that takes everything and does nothing, as the shim's does."""

    name = "ipvs"

    def apply(self, changes: Sequence[Change]) -> None:
        """Take them."""

    def found(self, keys: Collection[ServiceKey]) -> list[Service | Server]:
        """Find nothing."""
        return []

    def ready(self) -> bool:
        """Be ready at once."""
        return True

    def close(self) -> None:
        """Have nothing to let go of."""


def ours(words: list[str]) -> int:
    """Run our daemon with a load balancer that is only believed."""
    from keepalived.linux import planes
    from keepalived.run import checker_process
    from keepalived.run.main import main as run_daemon

    def choose(wish: str, reactor: Reactor) -> planes.Plane | str:
        return BelievedPlane()

    vars(checker_process)["choose"] = choose
    return run_daemon(words)


def _ran_us(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1000


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found]


def sample(program: str, servers: Servers, folder: Path) -> tuple[float, float]:
    """Run one program; give CPU µs a check (all its processes), and checks a second."""
    file = folder / f"{program}.conf"
    file.write_text(configuration(SERVERS))
    environment = dict(os.environ)
    if program == "keepalived":
        environment["LD_PRELOAD"] = str(shim())
    pids = ("-p", str(folder / "k.pid"), "-c", str(folder / "c.pid"))
    with (folder / f"{program}.log").open("wb") as log:
        process = subprocess.Popen(
            [*COMMANDS[program], "-C", "-n", "-f", str(file), *pids],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    try:
        time.sleep(SETTLE_S)
        family = [process.pid, *_children(process.pid)]
        before = (sum(map(_ran_us, family)), servers.count(), time.monotonic())
        time.sleep(MEASURED_S)
        after = (sum(map(_ran_us, family)), servers.count(), time.monotonic())
    finally:
        process.terminate()
        process.wait(timeout=30)
    checks = after[1] - before[1]
    if not checks:
        raise RuntimeError((folder / f"{program}.log").read_text(errors="replace")[-2000:])
    return (after[0] - before[0]) / checks, checks / (after[2] - before[2])


def main() -> int:
    """Measure in pairs and print; give 0 if the goal was met."""
    alone()
    run("ip", "link", "set", "lo", "up")
    costs: dict[str, list[float]] = {"ours": [], "keepalived": []}
    rates: dict[str, list[float]] = {"ours": [], "keepalived": []}
    servers = Servers()
    try:
        with tempfile.TemporaryDirectory(prefix="checks") as folder:
            for _ in range(PAIRS):
                for program in costs:
                    cost, rate = sample(program, servers, Path(folder))
                    costs[program].append(cost)
                    rates[program].append(rate)
    finally:
        servers.close()
    ratios = sorted(o / t for o, t in zip(costs["ours"], costs["keepalived"], strict=True))
    met = ratios[len(ratios) // 2] <= GOAL
    print_figures(
        f"TCP_CHECK: {SERVERS} servers at delay_loop 1, {PAIRS} pairs of {MEASURED_S:g} s",
        [
            Figure(
                "CPU time a check",
                "µs",
                tuple(costs["ours"]),
                tuple(costs["keepalived"]),
                f"at most {GOAL} of keepalived's",
                met,
            ),
            Figure("checks a second", "1/s", tuple(rates["ours"]), tuple(rates["keepalived"]), ""),
        ],
    )
    return 0 if met else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    elif sys.argv[1:2] == ["ours"]:
        raise SystemExit(ours(sys.argv[2:]))
    else:
        raise SystemExit(main())
