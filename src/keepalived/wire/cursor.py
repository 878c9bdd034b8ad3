"""A reader that walks along bytes and never past their end.

Rule: reading too far gives None and reads nothing; whoever decodes turns that into a Malformed.
"""

from __future__ import annotations

from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Malformed:
    """Why bytes could not be read."""

    why: str


class Cursor:
    """A position in some bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes | None:
        """Read exactly this many bytes, or None where fewer are left."""
        if count < 0 or self.left < count:
            return None
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def rest(self) -> bytes:
        """Read all that is left."""
        taken = self._data[self._at :]
        self._at = len(self._data)
        return taken

    @property
    def left(self) -> int:
        """Say how many bytes are left."""
        return len(self._data) - self._at
