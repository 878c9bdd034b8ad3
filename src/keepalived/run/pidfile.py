"""Pid files: one daemon a file, told from leftovers of one that is no more.

Rule: a file counts as taken while the process that it names lives and is a keepalived.
"""

from __future__ import annotations

import os
from contextlib import suppress

NAME = "keepalived"
"""What the daemon's processes call themselves."""


def holder(path: str | os.PathLike[str], title: str = NAME) -> int | None:
    """Give the pid of the living keepalived that a pid file names; None where there is none.

    Its title may be another one, if the file says so.
    """
    try:
        with open(path) as file:
            pid = int(file.read().split()[0])
        with open(f"/proc/{pid}/stat") as process:
            name, _, rest = process.read().partition("(")[2].rpartition(")")
    except (OSError, ValueError, IndexError):
        return None
    # Its own name, not its command line: an editor of keepalived.conf is no keepalived.
    # One that is dead and only not yet buried (Z) holds nothing: nobody may ever bury it.
    living = rest.split()[:1] not in (["Z"], ["X"])
    return pid if living and name in (NAME, title) and pid != os.getpid() else None


def write(path: str | os.PathLike[str], pid: int) -> str | None:
    """Put a pid into its file; give the reason where that cannot be."""
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        # A link left here by somebody else must not make root write elsewhere.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o644)
    except OSError as error:
        return f"pid file {path}: {error.strerror}"
    try:
        os.fchmod(descriptor, 0o644)
        os.write(descriptor, f"{pid}\n".encode())
    except OSError as error:
        return f"pid file {path}: {error.strerror}"
    finally:
        os.close(descriptor)
    return None


def remove(path: str | os.PathLike[str]) -> None:
    """Take a pid file away, if it is there; one that cannot be removed is told by its process."""
    with suppress(OSError):
        os.unlink(path)
