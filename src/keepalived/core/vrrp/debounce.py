"""Changes of links that must last to count: a link that flaps shall not move its routers.

Rule: what is told is held back until its delay is over; a change back before then never was.
"""

from __future__ import annotations

from collections.abc import Mapping

from keepalived.port.facts import Link
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Delays:
    """How long a link must stay down, or up, before anybody hears of it."""

    down_us: int
    up_us: int


class Debounce:
    """What is held back, and until when."""

    def __init__(self) -> None:
        self._delays: Mapping[str, Delays] = {}
        self._waiting: dict[str, tuple[int, Link]] = {}

    def adopt(self, delays: Mapping[str, Delays]) -> None:
        """Go by these delays from now on."""
        self._delays = delays

    def deadline(self) -> int | None:
        """Say when the next change counts."""
        return min((due for due, _ in self._waiting.values()), default=None)

    def take(self, now: int, known: Link | None, link: Link, below: str = "") -> bool:
        """Hear of a link; say whether that counts at once.

        `known` is what counts so far; a virtual link goes by the delays of the one `below` it.
        """
        delays = self._delays.get(link.name) or self._delays.get(below)
        waiting = self._waiting.pop(link.name, None)
        if delays is None or known is None or known.up == link.up:
            return True
        delay_us = delays.up_us if link.up else delays.down_us
        if not delay_us:
            return True
        due = now + delay_us if waiting is None else waiting[0]
        self._waiting[link.name] = (due, link)
        return False

    def forget(self, name: str) -> None:
        """Hear that a link is gone: that counts at once."""
        self._waiting.pop(name, None)

    def due(self, now: int) -> list[Link]:
        """Give the changes that count now."""
        over = [link for due, link in self._waiting.values() if due <= now]
        for link in over:
            del self._waiting[link.name]
        return over
