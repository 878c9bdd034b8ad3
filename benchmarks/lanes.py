"""Pairs of routers on a bridge, several side by side, each pair with a listener of its own.

Rule: everything lives in namespaces made here and is gone at the end, whatever happened.
"""

from __future__ import annotations

import compileall
import contextlib
import itertools
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lab.hosts import end_on_signals

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = {
    "ours": str(ROOT / ".venv/bin/keepalived"),
    "keepalived": "/usr/sbin/keepalived",
}
_SO_TIMESTAMPNS = 35
_SO_RCVBUFFORCE = 33
_NUMBERS = itertools.count()
_ETH_P_ALL = 0x0003


def run(*words: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(words, check=True, capture_output=True)


def alone() -> None:
    """Go into a network namespace of our own: run this very module again under `unshare`."""
    if os.environ.get("BENCHMARK_ALONE") == "1":
        # As an installed daemon is: nothing is compiled while the clock runs.
        compileall.compile_dir(ROOT / "src", quiet=1)
        return
    environment = {**os.environ, "BENCHMARK_ALONE": "1"}
    os.execvpe("unshare", ["unshare", "--net", *_this_command()], environment)


def _this_command() -> list[str]:
    return Path("/proc/self/cmdline").read_text().rstrip("\0").split("\0")


@dataclass(frozen=True)
class Advert:
    """An advert that crossed the bridge: kernel time in seconds, source, priority."""

    at: float
    source: str
    priority: int
    router_id: int = 51


@dataclass(frozen=True)
class Announced:
    """A gratuitous ARP that crossed the bridge."""

    at: float
    address: str
    mac: str


class Lane:
    """Two routers, a and b, running one program, and a listener on the bridge between them."""

    def __init__(self, number: int, program: str) -> None:
        self.program = program
        self.number = number
        self.bridge = f"lane{number}"
        self.folder = Path(tempfile.mkdtemp(prefix="lane"))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment: dict[str, str] = {}
        self.ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
        self.ear.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 8 << 20)
        self.heard: list[Advert] = []
        self.announced: list[Announced] = []

    def build(self) -> None:
        """Make the links and namespaces; `close` takes away even what was half made."""
        run("ip", "link", "add", self.bridge, "type", "bridge", "mcast_snooping", "0")
        run("ip", "link", "set", self.bridge, "up")
        for place, name in enumerate("ab", 1):
            self._make_router(name, place)
        self.ear.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.ear.bind((self.bridge, _ETH_P_ALL))

    def space(self, name: str) -> str:
        """Name the namespace of a router."""
        return f"bench{os.getpid()}-{self.number}{name}"

    def port(self, name: str) -> str:
        """Name the bridge's port towards a router."""
        return f"p{self.number}{name}"

    def _make_router(self, name: str, place: int) -> None:
        space, port = self.space(name), self.port(name)
        run("ip", "netns", "add", space)
        run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
        run("ip", "link", "set", port, "master", self.bridge, "up")
        run("ip", "-n", space, "link", "set", "lo", "up")
        run("ip", "-n", space, "link", "set", "eth0", "up")
        run("ip", "-n", space, "addr", "add", f"10.20.0.{place}/24", "dev", "eth0")

    def start(self, name: str, configuration: str, *more: str) -> None:
        """Start the program on a router."""
        file = self.folder / f"{name}.conf"
        file.write_text(configuration)
        pids = [str(self.folder / f"{name}.{kind}") for kind in ("pid", "vrrp", "check")]
        self.processes[name] = subprocess.Popen(
            [
                *("ip", "netns", "exec", self.space(name), PROGRAMS[self.program], "-n", "-f"),
                *(str(file), "-p", pids[0], "-r", pids[1], "-c", pids[2], *more),
            ],
            stdout=(self.folder / f"{name}.log").open("wb"),
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.environment},
        )

    def listen(self, until: float) -> None:
        """Take in adverts until a moment of the monotonic clock."""
        while (left := until - time.monotonic()) > 0:
            self.ear.settimeout(left)
            try:
                data, control, _, _ = self.ear.recvmsg(2048, 64)
            except TimeoutError:
                return
            kind = data[12:14]
            if kind == b"\x08\x00" and len(data) >= 42 and data[23] == 112:
                source = socket.inet_ntoa(data[26:30])
                self.heard.append(Advert(_moment(control), source, data[36], data[35]))
            elif kind == b"\x08\x06" and data[28:32] == data[38:42]:
                address = socket.inet_ntoa(data[28:32])
                self.announced.append(Announced(_moment(control), address, data[22:28].hex(":")))

    def wait_for(self, source: str, timeout: float) -> Advert | None:
        """Listen until a router is heard that was not heard before this call."""
        before, end = len(self.heard), time.monotonic() + timeout
        while time.monotonic() < end:
            self.listen(min(end, time.monotonic() + 0.05))
            for advert in self.heard[before:]:
                if advert.source == source:
                    return advert
        return None

    def client(self) -> str:
        """Make a third host on the bridge, 10.20.0.50, that believes every announcement."""
        self._make_router("c", 50)
        for setting in ("conf/eth0/arp_accept=1", "neigh/eth0/locktime=0"):
            words = f"net/ipv4/{setting}".replace("/", ".")
            run("ip", "netns", "exec", self.space("c"), "sysctl", "-q", "-w", words)
        return self.space("c")

    def pids(self, name: str) -> list[int]:
        """List the processes of a router's namespace: all of them were started here."""
        found = subprocess.run(
            ["ip", "netns", "pids", self.space(name)], capture_output=True, text=True, check=False
        )
        return [int(word) for word in found.stdout.split()]

    def kill(self, name: str) -> None:
        """Kill every process of a router at once: stopped first, so none sees an end."""
        pids = self.pids(name)
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)

    def close(self) -> None:
        """Take everything down."""
        self.ear.close()
        for name in "abc":
            self.kill(name)
        for process in self.processes.values():
            process.wait(timeout=10)
        for name in "abc":
            words = ["ip", "netns", "del", self.space(name)]
            subprocess.run(words, check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", self.bridge], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def _moment(control: list[tuple[int, int, bytes]]) -> float:
    seconds, nanos = struct.unpack_from("qq", control[0][2])
    return float(seconds + nanos / 1e9)


@contextlib.contextmanager
def lanes(programs: list[str]) -> Iterator[list[Lane]]:
    """Make one lane for each entry, all there at the same time, and gone when we are ended."""
    end_on_signals()
    made: list[Lane] = []
    try:
        # The kernel takes a namespace's links away some time after its name: no number twice.
        for program in programs:
            made.append(Lane(next(_NUMBERS), program))
            made[-1].build()
        yield made
    finally:
        for lane in made:
            lane.close()
