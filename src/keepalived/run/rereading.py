"""How the parent reads its file again: in part where only virtual servers' texts changed.

Rule: what has changed is found by looking at the whole file; whatever is not plainly an edit of
services is read as at a start. Memory that only lies there is not touched: the children share it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from keepalived.annotations import TYPE_CHECKING
from keepalived.records import replace
from keepalived.run.config_test import Verdict, host_of

if TYPE_CHECKING:
    from keepalived.config.memory import Memory, Part
    from keepalived.config.patch import Edit, Ground

BLOCK = 64 * 1024
"""Bytes that are compared at a time: few enough for their place to be used again and again."""


class Rereading:
    """What is kept for the next reload."""

    def __init__(self, path: str, verdict: Verdict) -> None:
        """Prepare for a reload of a large file; before the first fork, while all is at hand."""
        self._path = path
        self._ground: Ground | None = None
        self._prepared: Verdict | None = None
        """Whose ground that is."""
        self._next: tuple[Verdict, Ground] | None = None
        """What was found last; it may have been refused since."""
        self.prepare(verdict)

    def prepare(self, verdict: Verdict) -> None:
        """Do what would take its time during the next reload; no work where it is done."""
        if verdict.loaded.memory is None or self._prepared is verdict:
            return
        from keepalived.config.patch import ground_of

        if self._next is not None and self._next[0] is verdict:
            self._ground = self._next[1]
        else:
            self._ground = ground_of(verdict.loaded)
        for part in verdict.loaded.memory.parts:
            _ = part.text
        self._prepared, self._next = verdict, None

    def read(self, before: Verdict, whole: Callable[[Memory | None], Verdict]) -> Verdict:
        """Give what the file comes to now; `whole` reads all of it, but for what is remembered."""
        self.prepare(before)
        part = self._part(before)
        edit = difference(part.name, part.text) if part is not None else None
        found = self._patched(before, edit) if edit is not None else None
        return whole(before.loaded.memory) if found is None else found

    def rehearse(self, verdict: Verdict) -> Verdict | None:
        """Go through a reload that changes nothing, and forget it; give what came of it.

        What it loads and writes to is then no longer shared with the children: the first one that
        counts does not wait for that.
        """
        from keepalived.config.patch import Edit

        part = self._part(verdict)
        if part is None or not part.begins:
            return None
        difference(part.name, part.text)
        found = self._patched(verdict, Edit(part.begins[0], part.begins[0], ""))
        self._next = None
        return found

    def _part(self, before: Verdict) -> Part | None:
        """Give the one text that can be patched."""
        memory = before.loaded.memory
        ready = self._ground is not None and before is self._prepared
        if memory is None or not ready or before.faults != before.loaded.faults:
            return None
        return memory.parts[0] if memory.parts[0].name == self._path else None

    def _patched(self, before: Verdict, edit: Edit) -> Verdict | None:
        ground = self._ground
        assert ground is not None
        from keepalived.config.patch import patched
        from keepalived.config.plane_rules import plane_faults
        from keepalived.linux.facts import read_links

        found = patched(before.loaded, ground, edit, host_of(read_links()))
        if found is None:
            return None
        new = replace(before.config, services=found.new)
        if before.plane and plane_faults(new, before.plane):
            return None
        verdict = Verdict(found.loaded, found.loaded.faults, before.plane)
        self._next = (verdict, found.ground)
        return verdict


def difference(name: str, text: str) -> Edit | None:
    """Find what a file has in the place of a part of a text; None where it cannot be told.

    Both are ASCII, or it cannot.
    """
    from keepalived.config.patch import Edit

    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            was = os.fstat(descriptor)
            if not stat.S_ISREG(was.st_mode) or was.st_mode & 0o111:
                return None
            size = was.st_size
            most = min(size, len(text))
            begin = _alike(descriptor, text, most)
            back = _alike_at_the_end(descriptor, text, most - begin, size)
            middle = os.pread(descriptor, size - back - begin, begin).decode("ascii")
            now = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except (OSError, UnicodeDecodeError):
        return None
    if (now.st_size, now.st_mtime_ns) != (was.st_size, was.st_mtime_ns):
        return None
    if len(middle) != size - back - begin:
        return None
    return Edit(begin, len(text) - back, middle)


def _alike(descriptor: int, text: str, most: int) -> int:
    """Count the letters that are the same from the beginning."""
    at = 0
    while at < most:
        piece = os.pread(descriptor, min(BLOCK, most - at), at).decode("ascii")
        other = text[at : at + len(piece)]
        if not piece or piece != other:
            return at + _prefix(piece, other)
        at += len(piece)
    return at


def _alike_at_the_end(descriptor: int, text: str, most: int, size: int) -> int:
    """Count the letters that are the same from the end backwards."""
    back = 0
    while back < most:
        length = min(BLOCK, most - back)
        piece = os.pread(descriptor, length, size - back - length).decode("ascii")
        other = text[len(text) - back - length : len(text) - back]
        if piece != other:
            return back + _prefix(piece[::-1], other[::-1])
        back += length
    return back


def _prefix(one: str, other: str) -> int:
    """Count the letters with which both begin."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[:middle] == other[:middle]:
            least = middle
        else:
            most = middle - 1
    return least
