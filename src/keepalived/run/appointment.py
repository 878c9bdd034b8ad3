"""A reload by appointment: a file says when, and the daemon looks at it again and again.

Rule: a time that cannot be read, or is over, is told of once and forgotten.
"""

from __future__ import annotations

import calendar
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress

from keepalived.port.reactor import Timer
from keepalived.run.logbook import Logbook
from keepalived.run.loop import Loop

LOOK_US = 1_000_000
DAY_S = 86_400
FORMS = ("%H:%M:%S", "%y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S")
LONGEST = 64
"""Letters of a time, and then some."""


def due(text: str, now_s: float) -> float | None:
    """Give when the next such time is, in seconds of the wall clock; None where it is none.

    `HH:MM:SS`, with `YY-MM-DD` or `YYYY-MM-DD` before it, and with `Z` behind it in UTC.
    """
    universal = text.endswith("Z")
    bare = text.removesuffix("Z")
    seconds = calendar.timegm if universal else time.mktime
    for form in FORMS:
        with suppress(ValueError, OverflowError):
            found = time.strptime(bare, form)
            if form != FORMS[0]:
                return float(seconds((*found[:6], 0, 0, -1)))
            today = time.gmtime(now_s) if universal else time.localtime(now_s)
            when = float(seconds((*today[:3], *found[3:6], 0, 0, -1)))
            return when if when > now_s else when + DAY_S
    return None


class Appointment:
    """The next reload, if there is one."""

    def __init__(
        self,
        loop: Loop,
        log: Logbook,
        act: Callable[[], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._loop = loop
        self._log = log
        self._act = act
        self._clock = clock
        self._path = ""
        self._repeat = False
        self._seen: tuple[int, int] | None = None
        self._text = ""
        self._when: float | None = None
        self._timer: Timer | None = None

    def keep(self, path: str, repeat: bool) -> None:
        """Look at this file from now on; at none where there is no path."""
        if path != self._path:
            self._seen, self._when = None, None
        self._path, self._repeat = path, repeat
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if path:
            self._look()

    def _look(self) -> None:
        self._timer = self._loop.call_at(self._loop.now() + LOOK_US, self._look)
        self._read()
        if self._when is None or self._clock() < self._when:
            return
        bare = "-" not in self._text
        self._when = due(self._text, self._clock()) if self._repeat and bare else None
        if not self._repeat:
            with suppress(OSError):
                os.unlink(self._path)
        self._log.info(f"Reloading at the time that {self._path} says")
        self._act()

    def _read(self) -> None:
        try:
            found = os.stat(self._path)
            mark = (found.st_mtime_ns, found.st_ino)
            if mark == self._seen:
                return
            self._seen, self._when = mark, None
            if not stat.S_ISREG(found.st_mode):
                # To open a pipe would be to wait for who writes to it.
                self._log.warning(f"{self._path} is no regular file; no time is read from it")
                return
            with open(self._path, errors="replace") as file:
                self._text = file.readline(LONGEST).strip()
        except OSError:
            self._seen, self._when = None, None
            return
        now = self._clock()
        self._when = due(self._text, now)
        if self._when is None or self._when <= now:
            self._when = None
            self._log.warning(
                f"{self._path}: {self._text!r} is no time to come; write HH:MM:SS,"
                " perhaps with a date before it"
            )
