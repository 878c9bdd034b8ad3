"""Files for the configuration's loader: fetched from disk by name or by pattern.

Rule: `config.load` never touches a file; it is handed `fetch`.
"""

from __future__ import annotations

import os
import stat

from keepalived.lang.source import Unreadable

BIGGEST = 256 * 1024 * 1024


def fetch(pattern: str) -> tuple[tuple[str, str], ...] | Unreadable:
    """Give name and text of every file that a pattern names, sorted; nothing where none is."""
    if any(sign in pattern for sign in "*?["):
        import glob

        names = sorted(glob.glob(pattern))
    else:
        names = [pattern] if os.path.lexists(pattern) else []
    found: list[tuple[str, str]] = []
    for name in names:
        text = _read(name)
        if isinstance(text, Unreadable):
            return text
        found.append((name, text))
    return tuple(found)


def _read(name: str) -> str | Unreadable:
    try:
        # A FIFO without a writer must not hold the daemon up: look before opening.
        if not stat.S_ISREG(os.stat(name).st_mode):
            return Unreadable("it is not a regular file")
        with open(name, "rb") as file:
            data = file.read(BIGGEST + 1)
    except OSError as error:
        return Unreadable(error.strerror or "it cannot be opened")
    if len(data) > BIGGEST:
        return Unreadable(f"it is larger than {BIGGEST} bytes")
    return data.decode("utf-8", errors="surrogateescape")
