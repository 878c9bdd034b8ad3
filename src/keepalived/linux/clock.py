"""The real world's time and chance.

Rule: nothing above `linux` reads a clock or draws a number; both are handed in from here.
"""

from __future__ import annotations

import os
import time

from keepalived.port.events import ClockSeen
from keepalived.port.reactor import Reactor

SET_US = 1_000
"""A wall clock that moved by more against the monotonic one was set; less is how we read it."""


def now_us() -> int:
    """Read the monotonic clock, in whole microseconds."""
    return time.monotonic_ns() // 1000


def utc_offset_us() -> int:
    """Read how far the wall clock is ahead of the monotonic one; the tightest of three readings."""
    readings = []
    for _ in range(3):
        before = time.monotonic_ns()
        readings.append(time.time_ns() - before)
    return min(readings) // 1000


class WallClock:
    """Tells when the wall clock was set; it looks when it is asked to, and waits for nothing."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._told_ns = 0

    def look(self) -> None:
        """Compare the clocks, and tell if they moved against each other."""
        offset_ns = time.time_ns() - time.monotonic_ns()
        if abs(offset_ns - self._told_ns) > SET_US * 1000:
            offset_us = utc_offset_us()
            # One odd reading, such as one that was interrupted, tells nothing.
            if abs(offset_us * 1000 - self._told_ns) > SET_US * 1000:
                self._told_ns = offset_us * 1000
                self._reactor.post(ClockSeen(offset_us))


class SystemDice:
    """Chance from the kernel; the module `random` would cost memory for the same."""

    def below(self, limit: int) -> int:
        """Give a number from 0 to limit - 1."""
        return int.from_bytes(os.urandom(8), "little") % limit if limit > 1 else 0
