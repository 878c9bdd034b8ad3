"""The real world's time and chance.

Rule: nothing above `linux` reads a clock or draws a number; both are handed in from here.
"""

from __future__ import annotations

import os
import time


def now_us() -> int:
    """Read the monotonic clock, in whole microseconds."""
    return time.monotonic_ns() // 1000


class SystemDice:
    """Chance from the kernel; the module `random` would cost memory for the same."""

    def below(self, limit: int) -> int:
        """Give a number from 0 to limit - 1."""
        return int.from_bytes(os.urandom(8), "little") % limit if limit > 1 else 0
