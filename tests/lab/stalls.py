"""Knows when this machine itself stood still, so that no program is blamed for it.

Rule: a thread that wants to be woken every few milliseconds writes down how late it was; nothing
else decides. Virtual machines pause, and other work takes the processors.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_EVERY_S = 0.005
_WORTH_MS = 5.0


class Stalls:
    """How late the machine woke us, from the moment it is made until `close`."""

    def __init__(self, urgent: bool = False) -> None:
        """With `urgent` other work on the machine does not count, only the machine's own pauses."""
        self._urgent = urgent
        self._late: list[tuple[int, float]] = []
        self._open = True
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        if self._urgent:
            with suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
        while self._open:
            begin = time.monotonic()
            time.sleep(_EVERY_S)
            late_ms = (time.monotonic() - begin - _EVERY_S) * 1000
            if late_ms > _WORTH_MS:
                self._late.append((time.monotonic_ns() // 1000, late_ms))

    def lost_ms(self, since_us: int) -> float:
        """How long, all added up, the machine stood still since an instant (monotonic clock)."""
        return sum(late_ms for at_us, late_ms in list(self._late) if at_us >= since_us)

    def worst_ms(self) -> float:
        """The longest standstill."""
        return max((late_ms for _, late_ms in list(self._late)), default=0.0)

    def close(self) -> None:
        """Watch no more."""
        self._open = False
        self._thread.join(1.0)


@contextmanager
def watching_stalls(urgent: bool = False) -> Iterator[Stalls]:
    """Watch for as long as the block lasts."""
    stalls = Stalls(urgent)
    try:
        yield stalls
    finally:
        stalls.close()
