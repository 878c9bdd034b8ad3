"""What many virtual routers cost: processor time of 250, and start, reload and memory of 1,000.

Rule: processor time from the kernel's scheduler, adverts counted on the bridge; both programs side
by side in one run, each with its like as the other router.
"""

from __future__ import annotations

import re
import signal
import struct
import subprocess
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import Lane, alone, lanes, run

MANY, MOST = 250, 1000
ROUNDS = 3
MEASURED_S = 10.0
QUIET_MS = 5.0
_PER_LINK = 250


def configuration(count: int, priority: int, interval: float, changed: bool = False) -> str:
    """Write a file of many instances, 250 a link; `changed` gives the last one more to hold."""
    version = 2 if interval >= 1 else 3
    state = "MASTER" if priority == 255 else "BACKUP"
    parts = [f"global_defs {{\n vrrp_version {version}\n}}"]
    for number in range(count):
        link, router_id = divmod(number, _PER_LINK)
        addresses = [f"10.{30 + link}.{router_id + 1}.1/32"]
        if changed and number == count - 1:
            addresses.append(f"10.{30 + link}.{router_id + 1}.2/32")
        parts.append(
            f"vrrp_instance VI_{number} {{\n state {state}\n interface eth{link}\n"
            f" virtual_router_id {router_id + 1}\n priority {priority}\n"
            f" advert_int {interval:g}\n garp_master_delay 0\n"
            " virtual_ipaddress {\n  " + "\n  ".join(addresses) + "\n }\n}"
        )
    return "\n".join([*parts, ""])


def ran_ns(pids: list[int]) -> int:
    """Add up how long processes have been on a processor."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids)


def _load(lane: Lane, interval: float) -> tuple[float, float, float, float] | None:
    """Let a lead 250 and b follow; give both shares of a core, and µs an advert sent and heard."""
    lane.start("a", configuration(MANY, 150, interval), "-P")
    lane.start("b", configuration(MANY, 100, interval), "-P")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        lane.heard.clear()
        lane.listen(time.monotonic() + max(2.0, 2 * interval))
        speakers = {(each.router_id, each.source) for each in lane.heard}
        if len(speakers) == MANY and {source for _, source in speakers} == {"10.20.0.1"}:
            break
    else:
        return None
    lane.listen(time.monotonic() + 2)
    pids = {name: lane.pids(name) for name in "ab"}
    before = {name: ran_ns(pids[name]) for name in "ab"}
    begun, first = time.monotonic(), len(lane.heard)
    lane.listen(begun + MEASURED_S)
    spent = time.monotonic() - begun
    ran = {name: ran_ns(pids[name]) - before[name] for name in "ab"}
    adverts = len(lane.heard) - first
    if adverts < 0.9 * MANY / interval * spent:
        return None
    return (
        ran["a"] / spent / 1e7,
        ran["b"] / spent / 1e7,
        ran["a"] / adverts / 1000,
        ran["b"] / adverts / 1000,
    )


def load_figures(interval: float) -> list[Figure]:
    """Measure the processor time of 250 instances at an interval."""
    found: dict[str, list[tuple[float, float, float, float]]] = {"ours": [], "keepalived": []}
    for _ in range(ROUNDS):
        # One after the other: side by side they would share the processors' caches.
        for program, samples in found.items():
            with lanes([program]) as (lane,):
                sample = _load(lane, interval)
                if sample is not None:
                    samples.append(sample)

    def figure(title: str, place: int, unit: str, goal: str = "report") -> Figure:
        ours, theirs = (tuple(each[place] for each in found[name]) for name in found)
        met = None
        if goal != "report":
            met = len(ours) == len(theirs) == ROUNDS and median(ours) <= median(theirs)
        return Figure(f"{MANY} at {interval:g} s: {title}", unit, ours, theirs, goal, met)

    goal = "no more than keepalived's"
    return [
        figure("master, of a core", 0, "%", goal),
        figure("backup, of a core", 1, "%", goal),
        figure("one advert sent", 2, "µs"),
        figure("one advert received", 3, "µs"),
    ]


class Recorder:
    """A recorder that keeps up with thousands of packets: tcpdump into a file."""

    def __init__(self, lane: Lane, expression: str) -> None:
        self._place = lane.folder / f"recorded-{time.monotonic_ns()}.pcap"
        self._process = subprocess.Popen(
            [
                *("tcpdump", "-n", "-B", "16384", "-s", "96", "-i", lane.bridge),
                *("-w", str(self._place), expression),
            ],
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 5
        while time.monotonic() < end and not self._place.exists():
            time.sleep(0.01)
        time.sleep(0.1)

    def frames(self) -> list[tuple[float, bytes]]:
        """Stop, and give what was recorded: seconds since the epoch, and the frame."""
        time.sleep(0.2)
        self._process.terminate()
        self._process.wait(timeout=10)
        data = self._place.read_bytes()
        found, at = [], 24
        while at + 16 <= len(data):
            seconds, micros, length, _ = struct.unpack_from("=IIII", data, at)
            found.append((seconds + micros / 1e6, data[at + 16 : at + 16 + length]))
            at += 16 + length
        return found


def _more_links(lane: Lane) -> None:
    """Give router a the links eth1 to eth3, all on the lane's bridge."""
    for number in range(1, MOST // _PER_LINK):
        port, space = f"{lane.port('a')}x{number}", lane.space("a")
        run(
            "ip",
            "link",
            "add",
            port,
            "type",
            "veth",
            "peer",
            "name",
            f"eth{number}",
            "netns",
            space,
        )
        run("ip", "link", "set", port, "master", lane.bridge, "up")
        run("ip", "-n", space, "link", "set", f"eth{number}", "up")
        run("ip", "-n", space, "addr", "add", f"10.2{number}.0.1/24", "dev", f"eth{number}")


def _times(frames: list[tuple[float, bytes]]) -> dict[tuple[bytes, int], list[float]]:
    """Give the times of adverts by source and router id."""
    times: dict[tuple[bytes, int], list[float]] = defaultdict(list)
    for at, data in frames:
        if len(data) >= 42 and data[23] == 112:
            times[(data[26:30], data[35])].append(at)
    return times


def _thousand(lane: Lane) -> dict[str, float] | None:
    """Start 1,000 owners; give start to last first advert, reload's worst disturbance, memory."""
    _more_links(lane)
    recorder = Recorder(lane, "ip proto 112")
    begun = time.time()
    lane.start("a", configuration(MOST, 255, 1.0), "-P")
    time.sleep(20)
    firsts = {key: min(times) for key, times in _times(recorder.frames()).items()}
    if len(firsts) < MOST:
        return None
    memory = 0
    for pid in lane.pids("a"):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
        memory += int(found[1]) if found else 0
    recorder = Recorder(lane, "ip proto 112")
    time.sleep(4)
    (lane.folder / "a.conf").write_text(configuration(MOST, 255, 1.0, changed=True))
    told = time.time()
    lane.processes["a"].send_signal(signal.SIGHUP)
    taken = _address_comes(lane, told)
    time.sleep(5)
    changed = (bytes((10, 20 + MOST // _PER_LINK - 1, 0, 1)), _PER_LINK)
    before, after = [0.0], [0.0]
    for key, times in _times(recorder.frames()).items():
        for at, later in pairwise(times):
            if key != changed:
                (before if later < told else after).append(abs(later - at - 1) * 1000)
    return {
        "start": (max(firsts.values()) - begun) * 1000,
        "reload": (taken - told) * 1000,
        "calm": max(before),
        "disturbed": max(after),
        "memory": memory / 1024,
    }


def _address_comes(lane: Lane, since: float) -> float:
    """Wait until the changed instance holds its new address; give when that was."""
    last = f"10.{30 + MOST // _PER_LINK - 1}.{_PER_LINK}.2"
    words = ["ip", "-n", lane.space("a"), "-o", "addr", "show", "to", last]
    while time.time() < since + 60:
        if last in subprocess.run(words, capture_output=True, text=True, check=False).stdout:
            break
        time.sleep(0.005)
    return time.time()


def thousand_figures() -> list[Figure]:
    """Measure 1,000 instances."""
    found: dict[str, list[dict[str, float]]] = {"ours": [], "keepalived": []}
    for _ in range(ROUNDS):
        for program, samples in found.items():
            with lanes([program]) as (lane,):
                sample = _thousand(lane)
                if sample is not None:
                    samples.append(sample)

    def figure(what: str, title: str, unit: str, goal: str = "report", most: float = 0) -> Figure:
        ours, theirs = (tuple(each[what] for each in found[name]) for name in found)
        met = None
        if goal != "report":
            limit = most or (median(theirs) if theirs else 0.0)
            met = len(ours) == ROUNDS and median(ours) <= limit
        return Figure(title, unit, ours, theirs, goal, met)

    goal = "no more than keepalived's"
    return [
        figure("start", "start to the last one's first advert", "ms", goal),
        figure("reload", "reload with one changed, to its new address", "ms", goal),
        figure("calm", "worst advert off its second, before", "ms"),
        figure("disturbed", "and while another one is reloaded", "ms", "at most 5 ms", QUIET_MS),
        figure("memory", "proportional memory of all processes", "MiB"),
    ]


def main() -> bool:
    """Measure and print; say whether the goals were met."""
    figures = load_figures(1.0) + load_figures(0.1)
    print_figures(f"{MANY} virtual routers: processor time", figures)
    thousand = thousand_figures()
    print_figures(f"{MOST:,} virtual routers at 1 s", thousand)
    return all(each.met is not False for each in figures + thousand)


if __name__ == "__main__":
    alone()
    raise SystemExit(0 if main() else 1)
