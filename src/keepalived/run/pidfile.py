"""Pid files: one daemon a file, told from leftovers of one that is no more.

Rule: a file counts as taken while the process that it names lives and is a keepalived.
"""

from __future__ import annotations

import os
from pathlib import Path


def holder(path: Path) -> int | None:
    """Give the pid of the living keepalived that a pid file names; None where there is none."""
    try:
        pid = int(path.read_text().split()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return None
    if pid == os.getpid() or b"keepalived" not in command:
        return None
    return pid


def write(path: Path, pid: int) -> str | None:
    """Put a pid into its file; give the reason where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A link left here by somebody else must not make root write elsewhere.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o644)
    except OSError as error:
        return f"pid file {path}: {error.strerror}"
    try:
        os.fchmod(descriptor, 0o644)
        os.write(descriptor, f"{pid}\n".encode())
    finally:
        os.close(descriptor)
    return None


def remove(path: Path) -> None:
    """Take a pid file away, if it is there."""
    path.unlink(missing_ok=True)
