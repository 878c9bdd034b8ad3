"""Runs ours and real keepalived side by side on the same servers and compares their IPVS tables.

Rule: one event for both at the same instant (a server fails, all fail, all recover, stop), then
both tables are read again and again until they are equal and as the event demands, or time is up.
As a program inside the second kernel: `python -m tests.lab.twin RESULT-FILE [FIRST SECOND]`.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.directors import Daemon, run_keepalived
from tests.lab.hosts import Host, World
from tests.lab.twin_cases import CASES, CONNECT_S, DELAY_LOOP_S, RETRIES, RETRY_DELAY_S, Case
from tests.lab.waiting import until
from tests.lab.web import Site, make_certificate, server_context

AT_ONCE = 3
SLOWNESS_S = 4.0
"""What the second kernel may be late with three pairs of daemons on its one processor."""
BOUNDS_S = {
    "start": 10.0,
    "one server fails": DELAY_LOOP_S + RETRIES * (RETRY_DELAY_S + CONNECT_S),
    "all fail": DELAY_LOOP_S + RETRIES * (RETRY_DELAY_S + CONNECT_S),
    # a check of two pages sees them a delay loop apart, and must come round
    "recovery": 3 * DELAY_LOOP_S,
    "stop": 5.0,
}
"""How long both may take, the second kernel's slowness aside."""
PORTS = (25, 80, 443)

Act = Callable[[], None]
Table = dict[str, list[str]]
"""Service line → server lines, without counters, sorted."""


def table(host: Host) -> Table:
    """What `ipvsadm -Ln` says on a host, connection counters dropped."""
    found: Table = {}
    lines: list[str] = []
    for line in host.run("ipvsadm", "-Ln").splitlines()[3:]:
        words = line.split()
        if words[0] == "->":
            lines.append(" ".join(words[1:4]))
        else:
            lines = found.setdefault(" ".join(words), [])
    return {key: sorted(value) for key, value in sorted(found.items())}


def address_of(line: str) -> str:
    """The server's address in a server's line of a table."""
    return re.sub(r"^\[?(.*?)\]?:\d+ .*", r"\1", line)


@dataclass(slots=True)
class Pool:
    """The servers of a case: they listen on all ports until they fail."""

    host: Host
    folder: Path
    certificate: Path
    sites: dict[str, list[Site]] = field(default_factory=dict)

    def work(self, address: str) -> None:
        """The server answers from now on."""
        context = server_context(self.certificate)
        with self.host.entered():
            self.sites[address] = [
                Site(address, address, port, context if port == 443 else None)
                for port in (*PORTS, 53)
            ]
        for port in (*PORTS, 53):
            (self.folder / f"{address}-{port}").touch()

    def fail(self, address: str) -> None:
        """The server answers no more."""
        for port in (*PORTS, 53):
            (self.folder / f"{address}-{port}").unlink()
        for site in self.sites.pop(address):
            site.close()


class Run:
    """One case, run by two daemons."""

    def __init__(self, world: World, case: Case, kinds: tuple[str, str]) -> None:
        self.case = case
        self.kinds = kinds
        self.full: Table = {}
        self.report: list[dict[str, object]] = []
        hub = world.host("pool")
        hub.ip("link add lan type bridge forward_delay 0", "link set lan up")
        hub.ip("address add 192.168.100.1/24 dev lan", "address add fd00:100::1/64 dev lan nodad")
        for address in case.servers:
            length, flags = (128, " nodad") if ":" in address else (32, "")
            hub.ip(f"address add {address}/{length} dev lan{flags}")
        self.hosts = []
        for number, side in enumerate(("left", "right"), 21):
            host = world.host(side)
            world.cable(host, "eth1", hub, side)
            hub.ip(f"link set {side} master lan")
            host.ip(
                f"address add 192.168.100.{number}/24 dev eth1",
                f"address add fd00:100::{number}/64 dev eth1 nodad",
            )
            host.ip("link add eth0 type dummy", "link set eth0 up")
            self.hosts.append(host)
        folder = world.folder / "servers"
        folder.mkdir()
        self.pool = Pool(hub, folder, make_certificate(world.folder))
        for address in case.servers:
            self.pool.work(address)
        text = case.text.replace("DIR", str(folder))
        text = "global_defs {\n script_user root\n}\n" + text
        self.daemons: list[Daemon] = [
            run_keepalived(kind, host, text, "-C", label=f"{kind}-{number}")
            for number, (kind, host) in enumerate(zip(kinds, self.hosts, strict=True))
        ]

    def go(self) -> list[dict[str, object]]:
        """All events, one after the other; stops at the first that does not come true."""
        servers = self.case.servers
        try:
            self.full = self._start()
            self.event("one server fails", lambda: self._fail(servers[:1]), {servers[0]})
            self.event("all fail", lambda: self._fail(servers[1:]), set(servers))
            self.event("recovery", lambda: self._work(servers), set())
            self.event("stop", self._stop, None)
        except AssertionError as why:
            logs = {d.kind: d.log().splitlines()[-30:] for d in self.daemons}
            self.report.append({"event": "failure", "why": str(why), "logs": logs})
        return self.report

    def _start(self) -> Table:
        full: Table = {}

        def both() -> bool:
            nonlocal full
            left, full = (table(host) for host in self.hosts)
            assert full, f"{self.kinds[1]} has no table yet"
            held = {address_of(line) for lines in full.values() for line in lines}
            assert held == set(self.case.servers), f"{self.kinds[1]} holds {full}"
            assert left == full, differing(self.kinds, left, full)
            return True

        self._wait("start", both)
        return full

    def _fail(self, servers: tuple[str, ...]) -> None:
        for server in servers:
            self.pool.fail(server)

    def _work(self, servers: tuple[str, ...]) -> None:
        for server in servers:
            self.pool.work(server)

    def _stop(self) -> None:
        for daemon in self.daemons:
            daemon.program.process.terminate()

    def wanted(self, dead: set[str]) -> Table:
        """The full table without the dead servers, and the sorry server where none is left."""
        found = {}
        for key, lines in self.full.items():
            left = [line for line in lines if address_of(line) not in dead]
            found[key] = left
        return found

    def event(self, name: str, act: Act, dead: set[str] | None) -> None:
        """Let something happen, then wait until both tables are what it demands."""

        def both() -> bool:
            left, right = (table(host) for host in self.hosts)
            expected = {} if dead is None else self.wanted(dead)
            for kind, seen in zip(self.kinds, (left, right), strict=True):
                shown = {
                    k: [x for x in v if address_of(x) != self.case.sorry] for k, v in seen.items()
                }
                assert shown == expected, f"{kind} holds {seen}, wanted {expected}"
            assert left == right, differing(self.kinds, left, right)
            held = {address_of(line) for lines in left.values() for line in lines}
            sorry = dead == set(self.case.servers) and self.case.sorry != ""
            assert (self.case.sorry in held) == sorry, f"sorry server: {left}"
            return True

        self._wait(name, both, act)

    def _wait(self, name: str, both: Callable[[], bool], act: Act | None = None) -> None:
        begin = time.monotonic()
        if act is not None:
            act()
        until(both, BOUNDS_S[name] + SLOWNESS_S, f"{self.case.name}: {name}", pause_s=0.2)
        lines = table(self.hosts[0])
        self.report.append(
            {"event": name, "seconds": round(time.monotonic() - begin, 2), "table": lines}
        )


def differing(kinds: tuple[str, str], left: Table, right: Table) -> str:
    """Two tables that are not equal, in words."""
    return f"{kinds[0]} holds {left}; {kinds[1]} holds {right}"


def run_case(case: Case, kinds: tuple[str, str]) -> list[dict[str, object]]:
    """One case in a world of its own."""
    with World() as world:
        return Run(world, case, kinds).go()


def main(result: str, first: str = "ours", second: str = "real") -> int:
    """Run all cases, some at once, and write what happened as JSON."""
    reports: dict[str, list[dict[str, object]]] = {}
    lock = threading.Lock()

    def one(case: Case) -> None:
        try:
            report = run_case(case, (first, second))
        except (OSError, RuntimeError) as why:
            report = [{"event": "failure", "why": f"{type(why).__name__}: {why}"}]
        with lock:
            reports[case.name] = report
            Path(result).write_text(json.dumps(reports, indent=1))

    with ThreadPoolExecutor(AT_ONCE) as workers:
        list(workers.map(one, CASES))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
