"""The matrix of mixed pairs: peer, way of speaking, role of ours, event; a figure in each cell.

Rule: an outsider's view. Times are read from the link between the two; who leads, from the adverts
and from `ip addr` together (FRR keeps its addresses on a device that it takes down: it is asked).
"""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.lab.directors import Daemon, run_keepalived
from tests.lab.frr import Frr, FrrRouter
from tests.lab.hosts import Host, World
from tests.lab.judge import complaints
from tests.lab.matrix_modes import (
    MACS,
    OWN4,
    OWN6,
    PRIORITIES,
    ROUTER_ID,
    SECOND_VIP,
    text,
)
from tests.lab.matrix_table import ROWS, Cell, Outcome, Row, table
from tests.lab.stalls import Stalls, watching_stalls
from tests.lab.waiting import until
from tests.lab.wiretap import Advert, Wiretap

START_S = 12.0
"""What a program may take to start on a busy machine, beyond the protocol's times."""
LATE_MS = 100.0
"""What a machine that runs a dozen pairs may add to a takeover, beside its own standstills."""
TSHARK_IS_WRONG = ("v2 IPv6",)
"""Ways of speaking whose right checksum tshark takes for a wrong one."""


class Pair:
    """Two routers on a link (with sync groups: on two), with an ear between them."""

    def __init__(self, world: World, row: Row, stalls: Stalls) -> None:
        self.row, self.mode, self.world, self.stalls = row, row.mode, world, stalls
        self.switch = world.host("switch")
        self.lans = ("lan0", "lan1") if row.mode.group else ("lan0",)
        for lan in self.lans:
            snoop = "mcast_snooping 0"
            self.switch.ip(
                f"link add {lan} type bridge forward_delay 0 {snoop}", f"link set {lan} up"
            )
        self.hosts = {name: self._host(name) for name in "ab"}
        self.wire = Wiretap(self.switch, self.lans, between=True)
        self.daemons: dict[str, Daemon | Frr] = {}
        self.frrs: dict[str, Frr] = {}
        self.cut: set[str] = set()
        """Whose cable is pulled: FRR goes on leading there, alone with itself."""

    def _host(self, name: str) -> Host:
        host = self.world.host(name)
        for number, lan in enumerate(self.lans):
            port = f"{name}-port{number}"
            mac = MACS[name] if number == 0 else MACS[name].replace(":00:0", ":01:0")
            self.world.cable(host, f"eth{number}", self.switch, port, mac)
            host.ip(f"address add 10.{77 + number}.0.{'ab'.index(name) + 1}/24 dev eth{number}")
            self.switch.ip(f"link set {port} master {lan}")
        if self.mode.family == 6:
            until(
                lambda: any(a.startswith(OWN6[name]) for a in host.addresses("eth0")),
                5,
                f"{name} has its link-local address",
            )
        return host

    def start(self, name: str) -> None:
        """Start the router's program."""
        kind = self.row.kind(name)
        if kind == "frr":
            frr = self.frrs.setdefault(name, Frr(self.hosts[name], self._frr_router(name)))
            frr.start()
            self.daemons[name] = frr
        else:
            words = text(self.mode, name)
            self.daemons[name] = run_keepalived(kind, self.hosts[name], words, "-P")

    def _frr_router(self, name: str) -> FrrRouter:
        mode = self.mode
        prefix = 24 if mode.family == 4 else 64
        return FrrRouter(
            ROUTER_ID,
            mode.version,
            PRIORITIES[name],
            mode.interval_ms,
            mode.addresses,
            prefix,
        )

    def who(self, advert: Advert) -> str:
        """Which router said it."""
        for name in "ab":
            if advert.source in (OWN4[name], OWN6[name], OWN4[name].replace("10.77", "10.78")):
                return name
        return next((name for name in "ab" if self.row.kind(name) == "frr"), "?")

    def adverts(self, name: str, since_us: int = 0, router_id: int = ROUTER_ID) -> list[Advert]:
        """What a router said since an instant."""
        return [a for a in self.wire.since(since_us, router_id) if self.who(a) == name]

    def leads(self, name: str) -> bool:
        """Is this router, and no other, the master: on the wire and on its devices?"""
        other = "b" if name == "a" else "a"
        within_us = max(1500 * self.mode.interval_ms, 100_000)
        now_us = time.monotonic_ns() // 1000
        for router_id in (ROUTER_ID, ROUTER_ID + 1)[: 2 if self.mode.group else 1]:
            heard = self.wire.since(now_us - within_us, router_id)
            assert heard, "nobody speaks"
            assert self.who(heard[-1]) == name, f"{self.who(heard[-1])} speaks"
            assert heard[-1].priority > 0, f"{name} says good-bye"
            virtual = heard[-1].mac.startswith("00:00:5e:00:0")
            assert virtual == self._speaks_virtually(name), f"{name} speaks as {heard[-1].mac}"
        assert self.has(name), f"{name} has no address"
        daemon = self.daemons.get(other)
        if daemon is not None and daemon.running() and other not in self.cut:
            assert not self.has(other), f"{other} has the address too"
        return True

    def _speaks_virtually(self, name: str) -> bool:
        """Does it say adverts with the virtual hardware address? FRR always does."""
        unicast = "unicast_peer" in self.mode.words
        return self.row.kind(name) == "frr" or (self.mode.vmac and not unicast)

    def has(self, name: str) -> bool:
        """Has a router the virtual addresses, and all of them?"""
        daemon = self.daemons.get(name)
        if isinstance(daemon, Frr):
            return daemon.state() == "Master"
        shown = self.hosts[name].run("ip", "-o", "addr")
        wanted = [*self.mode.addresses, *([SECOND_VIP] if self.mode.group else [])]
        lines = [line for line in shown.splitlines() for each in wanted if f" {each}/" in line]
        assert len(lines) in (0, len(wanted)), f"{name} has a part of the addresses"
        for line in lines:
            on_vmac = line.split()[1].startswith("vrrp")
            assert on_vmac == self.mode.vmac, f"{name} has an address on {line.split()[1]}"
        return bool(lines)

    def settle(self, name: str, more_s: float = 0.0) -> None:
        """Wait until a router leads alone."""
        bound_s = self.mode.down_ms("b") / 1000 + START_S + more_s
        until(lambda: self.leads(name), bound_s, f"{name} leads", pause_s=0.02)

    def takeover_ms(self, since_us: int, old: str, new: str) -> float:
        """From the last advert of the old master to the first of the new one: the worst link's."""
        ids = (ROUTER_ID, ROUTER_ID + 1) if self.mode.group else (ROUTER_ID,)
        return max(self._takeover_ms(since_us, old, new, each) for each in ids)

    def _takeover_ms(self, since_us: int, old: str, new: str, router_id: int) -> float:
        first = min(a.at_us for a in self.adverts(new, since_us, router_id))
        before = [a.at_us for a in self.adverts(old, 0, router_id) if a.at_us < first]
        return (first - max(before)) / 1000

    def logs(self) -> str:
        """The end of both logs."""
        return "\n".join(
            f"--- {name} ({self.row.kind(name)})\n" + "\n".join(each.log().splitlines()[-20:])
            for name, each in self.daemons.items()
        )

    def judged(self) -> list[str]:
        """What tshark says against what ours put on the links."""
        if self.mode.name in TSHARK_IS_WRONG:
            return []
        own = MACS[self.row.ours]
        found = []
        for number, lan in enumerate(self.lans):
            macs = [own if not number else own.replace(":00:0", ":01:0")]
            if self.mode.vmac:
                # Both speak with it; the other's packets are judged along with ours.
                macs.append(f"00:00:5e:00:0{1 if self.mode.family == 4 else 2}:{ROUTER_ID:02x}")
            for mac in macs:
                path = self.world.folder / f"{lan}-{mac.replace(':', '')}.pcap"
                if self.wire.write(path, lan, mac):
                    found += complaints(path)
        return found


@contextmanager
def pair(row: Row) -> Iterator[Pair]:
    """The two routers of a row, not started."""
    with World() as world, watching_stalls() as stalls:
        made = Pair(world, row, stalls)
        try:
            yield made
        finally:
            made.wire.close()


def run_row(row: Row) -> Outcome:
    """Let every event happen to a row's pair, one after the other."""
    outcome = Outcome(row)
    with pair(row) as running:
        try:
            for event in _story(running):
                outcome.cells[event.event] = event
            outcome.complaints = running.judged()
        except (AssertionError, RuntimeError, OSError, ValueError) as why:
            outcome.failure = f"{type(why).__name__}: {why}\n{running.logs()}"
    return outcome


def _story(running: Pair) -> Iterator[Cell]:
    mode = running.mode
    running.start("b")
    running.settle("b")
    yield _preempt(running)
    yield _reload(running)
    yield _gone(running, "link down", lambda: _cable(running, "down"))
    _cable(running, "up")
    running.settle("a", 4)
    yield _gone(running, "kill", lambda: _kill(running))
    running.start("a")
    running.settle("a")
    begin = _now_us()
    running.daemons["a"].stop()
    running.settle("b")
    took = running.takeover_ms(begin, "a", "b")
    yield Cell("stop", took, mode.skew_ms("b") + _late_ms(running, begin))
    running.daemons["b"].stop()


def _preempt(running: Pair) -> Cell:
    begin = _now_us()
    running.start("a")
    running.settle("a")
    took = running.takeover_ms(begin, "b", "a")
    late = LATE_MS + running.stalls.lost_ms(begin)
    return Cell("preempt", took, running.mode.interval_ms + late)


def _reload(running: Pair) -> Cell:
    """Ours rereads its file: nobody notices. The worst interval between a's adverts."""
    ours = running.daemons[running.row.ours]
    assert isinstance(ours, Daemon)
    begin = _now_us()
    time.sleep(running.mode.interval_ms / 2000)
    ours.program.process.send_signal(signal.SIGHUP)
    until(lambda: "eload" in ours.log(), START_S, "ours rereads its file")
    time.sleep(max(0.3, 2.2 * running.mode.interval_ms / 1000))
    if running.stalls.lost_ms(begin) < 2 * running.mode.interval_ms:
        assert not running.adverts("b", begin), "b spoke while ours reread its file"
    said = [a.at_us for a in running.adverts("a", begin)]
    worst = max(y - x for x, y in itertools.pairwise(said)) / 1000
    late = LATE_MS + running.stalls.lost_ms(begin)
    return Cell("reload", worst, running.mode.interval_ms + late)


def _gone(running: Pair, event: str, happen: Callable[[], None]) -> Cell:
    """The master is gone without a word: b leads when its time is over, not before."""
    begin = _now_us()
    happen()
    mode = running.mode
    running_a = running.daemons.pop("a") if event == "kill" else None
    running.settle("b")
    if running_a is None and running.row.kind("a") != "frr":
        until(lambda: not running.has("a"), 5, "a lets go of its addresses")
    took = running.takeover_ms(begin, "a", "b")
    down = mode.down_ms("b")
    # FRR rounds its skew down to hundredths of a second, and waits up to an interval longer.
    early = 11.0 if running.row.kind("b") == "frr" else 1.0
    return Cell(event, took, down + _late_ms(running, begin), down - early)


def _late_ms(running: Pair, since_us: int) -> float:
    slow_peer = running.mode.interval_ms if running.row.kind("b") == "frr" else 0
    return LATE_MS + slow_peer + running.stalls.lost_ms(since_us)


def _cable(running: Pair, state: str) -> None:
    running.cut = {"a"} if state == "down" else set()
    running.switch.ip(f"link set a-port0 {state}")


def _kill(running: Pair) -> None:
    host = running.hosts["a"]
    host.kill_all()
    for program in host.programs:
        program.process.wait(5)
    # As after a boot: what lay in /run is gone.
    for left in host.world.folder.glob("a-*.pid"):
        left.unlink()


def _now_us() -> int:
    return time.monotonic_ns() // 1000


def run_rows(rows: Iterable[Row], at_once: int = 8) -> list[Outcome]:
    """Run rows side by side; those whose adverts are 10 ms apart afterwards, each alone."""
    rows = list(rows)
    found: dict[str, Outcome] = {}
    with ThreadPoolExecutor(at_once) as workers:
        calm = [row for row in rows if row.mode.interval_ms > 10]
        for outcome in workers.map(run_row, calm):
            found[outcome.row.name] = outcome
    for row in rows:
        if row.name not in found:
            found[row.name] = run_row(row)
    return [found[row.name] for row in rows]


if __name__ == "__main__":
    import sys

    chosen = [row for row in ROWS if all(word in row.name for word in sys.argv[1:])]
    results = run_rows(chosen)
    print(table(results))
    for result in results:
        for fault in result.faults():
            print(f"{result.row.name}: {fault}")
