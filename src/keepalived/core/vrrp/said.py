"""What a virtual router said in the log already: no flood of packets shall fill a disk.

Rule: it remembers a bounded number of things; whoever asks says the line, or leaves it.
"""

from __future__ import annotations

from keepalived.core.vrrp.timing import SECOND_US

_MOST = 64
"""How many different complaints are remembered as made, until something changes."""


class Said:
    """What was said since the last change, and when a line of each sort was last said."""

    def __init__(self) -> None:
        self._once: set[object] = set()
        self._last: dict[object, int] = {}

    def first(self, key: object) -> bool:
        """Say whether this is to be said now: once, until `forget`."""
        if key in self._once or len(self._once) >= _MOST:
            return False
        self._once.add(key)
        return True

    def rarely(self, now: int, sort: type) -> bool:
        """Say whether a line of this sort is to be said now: once a second at most."""
        if now < self._last.get(sort, now - SECOND_US) + SECOND_US:
            return False
        self._last[sort] = now
        return True

    def forget(self) -> None:
        """Something changed: what was said once may be said again."""
        self._once.clear()
