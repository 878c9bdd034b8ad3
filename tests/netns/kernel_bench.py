"""Namespaces to enter from this process, and a small reactor that remembers what was posted.

Rule: a socket keeps the namespace it was opened in, so one process can stand in many.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator

from keepalived.port.events import Event

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


def run(*command: str) -> str:
    """Run a program that must succeed; give its output."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def ip(namespace: str, *words: str) -> str:
    """Run `ip` inside a namespace."""
    return run("ip", "-n", namespace, *words)


@contextlib.contextmanager
def namespaces(*letters: str) -> Iterator[list[str]]:
    """Make namespaces and take them away again."""
    names = [f"pk-kernel-{os.getpid()}-{letter}" for letter in letters]
    try:
        for name in names:
            run("ip", "netns", "add", name)
            ip(name, "link", "set", "lo", "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def cable(a: str, b: str, device_a: str = "eth0", device_b: str = "eth0") -> None:
    """Lay a pair of links between two namespaces and bring both ends up."""
    words = f"link add {device_a} netns {a} type veth peer name {device_b} netns {b}".split()
    run("ip", *words)
    ip(a, "link", "set", device_a, "up")
    ip(b, "link", "set", device_b, "up")


@contextlib.contextmanager
def inside(name: str) -> Iterator[None]:
    """Stand in a namespace for a while."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(home)
        os.close(home)
        os.close(there)


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Call:
    """A call to come, of a reactor that has timers."""

    def __init__(self) -> None:
        self.gone = False

    def cancel(self) -> None:
        """Do not make it."""
        self.gone = True


class RecordingReactor:
    """Calls back what is readable, keeps what is posted."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._watched: dict[int, Callable[[], None]] = {}

    def now(self) -> int:
        """Read the monotonic clock in microseconds."""
        return time.monotonic_ns() // 1000

    def watch(self, descriptor: int, on_ready: Callable[[], None]) -> None:
        """Remember whom to call."""
        self._watched[descriptor] = on_ready

    def unwatch(self, descriptor: int) -> None:
        """Forget it."""
        del self._watched[descriptor]

    @property
    def is_watching(self) -> bool:
        """Tell whether anything is left to be watched."""
        return bool(self._watched)

    def call_at(self, when: int, call: Callable[[], None]) -> Call:
        """Refuse: nothing here needs a timer."""
        raise AssertionError("no timer is expected here")

    def post(self, event: Event) -> None:
        """Keep the event."""
        self.events.append(event)

    def turn(self, timeout_s: float = 0.0) -> None:
        """Serve what is ready once."""
        ready, _, _ = select.select(list(self._watched), [], [], timeout_s)
        for descriptor in ready:
            if descriptor in self._watched:
                self._watched[descriptor]()

    def run_until(self, enough: Callable[[], bool], timeout_s: float = 3.0) -> bool:
        """Turn until it is enough or time is up; say whether it was enough."""
        end = time.monotonic() + timeout_s
        while not enough() and time.monotonic() < end:
            self.turn(0.02)
        return enough()

    def settle(self, quiet_s: float = 0.15) -> list[Event]:
        """Turn for a while, then hand over what was posted and start anew."""
        end = time.monotonic() + quiet_s
        while time.monotonic() < end:
            self.turn(0.02)
        events, self.events = self.events, []
        return events
