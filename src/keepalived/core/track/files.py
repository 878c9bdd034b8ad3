"""One file with a number in it: what it says, and what it is made with.

Rule: no file and an empty one say 0; what is no number changes nothing.
"""

from __future__ import annotations

from keepalived.core.track.config import TrackFile
from keepalived.core.track.notes import FileUnreadable
from keepalived.port.effects import Effect, MakeFile, Note
from keepalived.port.resources import FileWatch

DIGITS = {16: "0123456789abcdef", 10: "0123456789", 8: "01234567"}


def read_number(text: str) -> int | None:
    """Read what a file begins with: decimal, 0x… or 0…; None for what is no 32-bit number."""
    rest = text.strip().lower()
    if not rest:
        return 0
    sign = -1 if rest[0] == "-" else 1
    rest = rest[1:] if rest[0] in "+-" else rest
    base = 10
    if rest[:2] == "0x" and rest[2:3] in set(DIGITS[16]):
        base, rest = 16, rest[2:]
    elif rest[:1] == "0":
        base = 8
    allowed = DIGITS[base]
    end = 0
    while end < len(rest) and rest[end] in allowed:
        end += 1
    if not end:
        return None
    number = sign * int(rest[:end], base)
    return number if -(2**31) <= number < 2**31 else None


class FileTracker:
    """A file's machine."""

    def __init__(self, config: TrackFile) -> None:
        self.config = config
        self.number: int | None = None
        """None until it has been looked at."""
        self.missing = False
        self.since = 0

    @property
    def watch(self) -> FileWatch:
        """Give what has to be watched."""
        return FileWatch(self.config.file)

    def making(self, first: bool) -> list[Effect]:
        """Give what makes the file; what stands in it is overwritten at the first start only."""
        init = self.config.init_file
        if init is None:
            return []
        return [MakeFile(self.config.file, f"{init.number}\n", init.overwrite and first)]

    def take(self, now: int, text: str | None) -> list[Effect]:
        """Hear what stands in the file; None where there is none."""
        number = read_number(text or "")
        self.missing = text is None
        if number is None:
            word = (text or "").split()[0][:40]
            note = Note(FileUnreadable(self.config.file, word))
            number = self.number or 0
            self._set(now, number)
            return [note]
        self._set(now, number)
        return []

    def _set(self, now: int, number: int) -> None:
        if number != self.number:
            self.number, self.since = number, now
