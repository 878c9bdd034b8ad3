"""How long a reload takes for a site with 37,210 servers of which one changes: SIGHUP to kernel.

Rule: runs inside User-Mode Linux with real ip_vs, the programs in turn, each in a kernel just
booted. The change is the weight of one server; it is seen by asking ip_vs for that service alone.
Meanwhile a virtual router advertises every tenth of a second, and its longest silence is measured.
keepalived 2.2.7 takes minutes for it: its wait is bounded, and the bound is what is printed.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import PROGRAMS, ROOT
from benchmarks.language import SERVERS, SERVICES, large
from benchmarks.table import installed, services

ROUNDS, RELOADS = 2, 3
FILLED_S, SEEN_S = 120, {"ours": 20, "keepalived": 30}
CHOSEN = 20_000
ROUTER = """vrrp_instance busy {
    version 3
    state MASTER
    interface bench0
    virtual_router_id 7
    priority 200
    advert_int 0.1
    virtual_ipaddress {
        192.0.2.7/24
    }
}
"""
_DESTS = 1156
"""The socket option that tells the servers of one service (linux/ip_vs.h)."""
_ASKED = struct.Struct("=H2x4s2s2xII4x")
_MOST, _ENTRY, _WEIGHT_AT = 64, 96, 12
_PORT = (443).to_bytes(2, "big")
_ADVERT = b"\x70"


def configuration(weight: int) -> str:
    """Write the file; checks are rare, so that only the reload is measured."""
    text = large().replace("delay_loop 10", "delay_loop 3600")
    address = f"10.{CHOSEN // 65536}.{CHOSEN // 256 % 256}.{CHOSEN % 256}"
    head = f"    real_server {address} 443 {{\n        weight "
    assert text.count(head + "1\n") == 1
    return ROUTER + text.replace(head + "1\n", f"{head}{weight}\n")


class Look:
    """Asks ip_vs for the weight of the one server, at next to no cost: there is one processor."""

    def __init__(self) -> None:
        self._asked = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self._libc = ctypes.CDLL(None, use_errno=True)
        service = next(n for n in range(SERVICES) if SERVERS * (n + 1) // SERVICES > CHOSEN)
        self._server = bytes((10, CHOSEN // 65536, CHOSEN // 256 % 256, CHOSEN % 256)) + _PORT
        address = bytes((10, 100 + service // 65536, service // 256 % 256, service % 256))
        self._head = _ASKED.pack(socket.IPPROTO_TCP, address, _PORT, 0, _MOST)

    def weight(self) -> int:
        """Give the weight, 0 where the server is not there."""
        buffer = ctypes.create_string_buffer(self._head, len(self._head) + _MOST * _ENTRY)
        length = ctypes.c_int(len(buffer))
        number, pointer = self._asked.fileno(), ctypes.byref(length)
        if self._libc.getsockopt(number, socket.IPPROTO_IP, _DESTS, buffer, pointer):
            return 0
        raw = buffer.raw
        at = raw.find(self._server, len(self._head)) + _WEIGHT_AT
        return int.from_bytes(raw[at : at + 4], "little") if at >= _WEIGHT_AT else 0


class Adverts(threading.Thread):
    """Notes when adverts leave."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: list[float] = []
        self._tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        self._tap.bind(("bench0", 3))

    def run(self) -> None:
        """Listen until the process ends."""
        while True:
            packet = self._tap.recv(2048)
            if packet[9:10] == _ADVERT:
                self.seen.append(time.monotonic())

    def longest_ms(self, begin: float, end: float) -> float:
        """Give the longest silence between two points in time."""
        inside = [begin, *[each for each in self.seen if begin < each < end], end]
        return max(b - a for a, b in pairwise(inside)) * 1000


def accept_all() -> None:
    """Be every server: answer on port 443 of all addresses."""
    listener = socket.create_server(("0.0.0.0", 443), backlog=4096)
    while True:
        listener.accept()[0].close()


def prepare() -> None:
    """Make a link for the router, and all servers' addresses this host's own."""
    for words in (
        "link add bench0 type veth peer name bench1",
        "link set bench0 up",
        "link set bench1 up",
        "address add 192.0.2.1/24 dev bench0",
        "route add local 10.0.0.0/14 dev lo",
    ):
        subprocess.run(["ip", *words.split()], check=True)
    threading.Thread(target=accept_all, daemon=True).start()


def one_run(program: str, folder: Path, wait_s: float) -> dict[str, list[float]]:
    """Start, wait for the full table, reload; milliseconds of each reload and longest silences."""
    prepare()
    adverts = Adverts()
    adverts.start()
    file = folder / "conf"
    file.write_text(configuration(1))
    look = Look()
    pids = [str(folder / kind) for kind in ("pid", "vrrp", "check")]
    process = subprocess.Popen(
        [
            *(program, "-n", "-f", str(file), "-p", pids[0], "-r", pids[1], "-c", pids[2]),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    asked = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    until = time.monotonic() + FILLED_S
    while services(asked) < SERVICES and time.monotonic() < until:
        time.sleep(0.1)
    # What the first reload needs has been made ready by then.
    time.sleep(10)
    found: dict[str, list[float]] = {"seen": [], "silence": [], "usual": []}
    now = time.monotonic()
    found["usual"].append(adverts.longest_ms(now - 3, now))
    for weight in range(2, 2 + RELOADS):
        file.write_text(configuration(weight))
        time.sleep(1)
        begun = time.monotonic()
        process.send_signal(signal.SIGHUP)
        while look.weight() != weight and time.monotonic() < begun + wait_s:
            time.sleep(0.002)
        took = time.monotonic() - begun
        found["seen"].append(took * 1000)
        time.sleep(2)
        found["silence"].append(adverts.longest_ms(begun - 0.5, time.monotonic()))
        if took >= wait_s:
            break
    process.kill()
    return found


def inside(program: str, wait_s: float) -> None:
    """Run once, in the second kernel, and print one line of JSON."""
    with tempfile.TemporaryDirectory() as name:
        print("RUN", json.dumps(one_run(program, Path(name), wait_s)), flush=True)


def outside(program: str, wait_s: float) -> dict[str, list[float]] | None:
    """Boot a second kernel for one run; None, and its words printed, where it came to nothing."""
    from tests.lab.uml import run_in_uml

    result = run_in_uml(
        f"cd {ROOT} && PYTHONPATH={ROOT} {sys.executable} -m benchmarks.reload {program} {wait_s}",
        timeout_s=FILLED_S + 60 + RELOADS * (wait_s + 5),
        environment={"PATH": os.environ["PATH"]},
        memory="2G",
    )
    for line in result.output.splitlines():
        if line.startswith("RUN "):
            found: dict[str, list[float]] = json.loads(line[4:])
            return found
    print(result.output[-3000:])
    return None


def main() -> bool:
    """Run in turn, print; say whether the goals were met."""
    runs: dict[str, list[dict[str, list[float]]]] = {"ours": [], "keepalived": []}
    with tempfile.TemporaryDirectory() as place:
        programs = {"ours": installed(place), "keepalived": PROGRAMS["keepalived"]}
        for number in range(ROUNDS):
            for name, done in runs.items():
                if number and name == "keepalived":
                    continue
                run = outside(programs[name], SEEN_S[name])
                if run is None:
                    return False
                done.append(run)

    def of(name: str, what: str) -> tuple[float, ...]:
        return tuple(sample for run in runs[name] for sample in run[what])

    def figure(what: str, title: str, goal: str, met: bool | None = None) -> Figure:
        return Figure(title, "ms", of("ours", what), of("keepalived", what), goal, met)

    bound = SEEN_S["keepalived"]
    seen, silence = of("ours", "seen"), of("ours", "silence")
    figures = [
        figure("seen", "SIGHUP to kernel", "under 100 ms", median(seen) < 100),
        figure("silence", "longest silence around it", "under 300 ms", median(silence) < 300),
        figure("usual", "longest silence before", "report"),
    ]
    print_figures(f"Reload, {SERVERS} servers, one changed (User-Mode Linux)", figures)
    if max(of("keepalived", "seen")) >= bound * 1000:
        print(f"keepalived had not put the change into force after {bound} s")
    return all(each.met is not False for each in figures)


if __name__ == "__main__":
    if sys.argv[1:]:
        inside(sys.argv[1], float(sys.argv[2]))
    else:
        raise SystemExit(0 if main() else 1)
