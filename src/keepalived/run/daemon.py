"""Going into the background; the shell's process returns when the daemon is at work, or failed.

Rule: forks before anything else is open. The exit status of a start that fails is the shell's.
"""

from __future__ import annotations

import os

INTERNAL = 70


def detach(keep_stderr: bool) -> int:
    """Fork into the background; give the descriptor on which `report` tells the first process."""
    reading, writing = os.pipe2(os.O_CLOEXEC)
    if os.fork():
        os.close(writing)
        told = os.read(reading, 1)
        # Nothing told: the daemon died on the way.
        os._exit(told[0] if told else INTERNAL)
    os.close(reading)
    os.setsid()
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1) if keep_stderr else (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    return writing


def report(descriptor: int, status: int) -> None:
    """Let the first process exit with this status."""
    if descriptor >= 0:
        os.write(descriptor, bytes((status,)))
        os.close(descriptor)
