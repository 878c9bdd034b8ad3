"""Gaps between announcements: gratuitous ARPs and neighbour adverts go out one at a time.

Rule: frames of links without a gap pass at once; the others wait in line, and those of an instance
that leads no more are dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from keepalived.port.effects import Effect, Send
from keepalived.port.resources import FrameEndpoint
from keepalived.records import dataclass

_IPV6 = b"\x86\xdd"


@dataclass(frozen=True, slots=True)
class Pace:
    """The gaps of some links that share them; without links, those of each other link."""

    links: tuple[str, ...]
    arp_us: int
    """Between gratuitous ARPs."""
    advert_us: int
    """Between unsolicited neighbour adverts."""


class _Line:
    """The frames that wait for one sort of announcement on links that share a pace."""

    def __init__(self, gap_us: int) -> None:
        self.gap_us = gap_us
        self.free_at = 0
        self.waiting: deque[tuple[Send, Callable[[], bool]]] = deque()


class Pacer:
    """Holds announcements back as long as the gaps ask for."""

    def __init__(self, paces: Sequence[Pace]) -> None:
        self._lines: dict[tuple[str, bool], _Line] = {}
        self._gaps: dict[str, tuple[Pace, str]] = {}
        self._others = Pace((), 0, 0)
        self.adopt(paces)

    def adopt(self, paces: Sequence[Pace]) -> None:
        """Go by these from now on; what waits goes on waiting as before."""
        self._gaps = {link: (pace, pace.links[0]) for pace in paces for link in pace.links}
        self._others = next((pace for pace in paces if not pace.links), Pace((), 0, 0))
        kept = {key: line for key, line in self._lines.items() if line.waiting}
        self._lines = kept
        self.idle = not any(pace.arp_us or pace.advert_us for pace in paces)

    def deadline(self) -> int | None:
        """Say when the next frame may go."""
        return min((line.free_at for line in self._lines.values() if line.waiting), default=None)

    def take(
        self, now: int, effects: Sequence[Effect], leads: Callable[[], bool]
    ) -> Sequence[Effect]:
        """Give what may go now of these effects; announcements that must wait are kept."""
        if self.idle and not self._lines:
            return effects
        passed: list[Effect] = []
        # Announcements may come faster than the gaps let them go: one in line is enough.
        in_line = {send for line in self._lines.values() for send, still in line.waiting if still()}
        for effect in effects:
            if isinstance(effect, Send) and isinstance(effect.endpoint, FrameEndpoint):
                line = self._line_of(effect)
                if line.gap_us and (line.waiting or line.free_at > now):
                    if effect not in in_line:
                        line.waiting.append((effect, leads))
                    continue
                line.free_at = now + line.gap_us
            passed.append(effect)
        return passed

    def due(self, now: int) -> list[Effect]:
        """Give the frames whose time has come: one of each line, and the next gap begins."""
        sends: list[Effect] = []
        for line in self._lines.values():
            while line.waiting and line.free_at <= now:
                send, leads = line.waiting.popleft()
                if leads():
                    sends.append(send)
                    line.free_at = now + max(line.gap_us, 1)
        return sends

    def _line_of(self, send: Send) -> _Line:
        v6 = send.data[12:14] == _IPV6
        pace, shared = self._gaps.get(send.endpoint.link, (self._others, send.endpoint.link))
        key = (shared, v6)
        line = self._lines.get(key)
        gap_us = pace.advert_us if v6 else pace.arp_us
        if line is None:
            line = self._lines[key] = _Line(gap_us)
        line.gap_us = gap_us
        return line
