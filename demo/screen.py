"""Shows the story: a timeline in milliseconds, and under it a small table of how things stand.

Rule: on a terminal the table is redrawn in place several times a second; elsewhere it is printed
after each chapter. The screen only shows; it decides nothing.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Screen:
    """Lines with times since the story's begin, and a table drawn by `look`."""

    live: bool = field(default_factory=sys.stdout.isatty)
    look: Callable[[], list[str]] | None = None
    _begin: float = field(default_factory=time.monotonic)
    _drawn: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _open: bool = True
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """The story's zero is now; on a terminal the table starts to live."""
        self._begin = time.monotonic()
        if self.live:
            self._thread = threading.Thread(target=self._refresh, daemon=True)
            self._thread.start()

    def now_ms(self) -> int:
        """Milliseconds since the begin."""
        return round((time.monotonic() - self._begin) * 1000)

    def chapter(self, title: str) -> None:
        """A new chapter of the story."""
        self._print([self._dye("1", f"\n{self.now_ms():>6} ms  {title}")])

    def tell(self, text: str, sign: str = " ") -> None:
        """One event of the timeline."""
        colour = {"✓": "32", "✗": "31"}.get(sign, "0")
        self._print([f"{self.now_ms():>6} ms  {self._dye(colour, sign)} {text}"])

    def show(self, lines: list[str]) -> None:
        """Lines without a time."""
        self._print([f"             {line}" for line in lines])

    def table(self) -> None:
        """Where no terminal keeps it in view: the table as it stands."""
        if not self.live and self.look is not None:
            self.show(self.look())

    def close(self) -> None:
        """The table stays as it was last."""
        self._open = False
        if self._thread is not None:
            self._thread.join(2.0)
            self._thread = None
        self._drawn = 0

    def _refresh(self) -> None:
        while self._open:
            self._print([])
            time.sleep(0.25)

    def _print(self, lines: list[str]) -> None:
        with self._lock:
            rows = []
            if self.live and self._open and self.look is not None:
                rows = [self._dye("36", f"             {row}") for row in self.look()]
            parts = [f"\x1b[{self._drawn}F\x1b[J"] if self._drawn else []
            parts += [f"{line}\n" for line in [*lines, *rows]]
            self._drawn = len(rows)
            sys.stdout.write("".join(parts))
            sys.stdout.flush()

    def _dye(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.live else text
