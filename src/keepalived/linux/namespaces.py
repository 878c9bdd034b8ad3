"""Network namespaces by their names, as `ip netns` makes them: entering one, or for a while.

Rule: an error is a sentence. The C library is only loaded by who has a namespace to enter.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

FOLDER = "/run/netns"
OWN = "/proc/self/ns/net"
NETWORK = 0x40000000
"""CLONE_NEWNET: the descriptor must be one of a network namespace."""


def enter(name: str) -> str:
    """Go into the namespace of that name for good; give why that cannot be, nothing if it was."""
    return _into(f"{FOLDER}/{name}", f"network namespace {name}")


@contextmanager
def within(name: str | None) -> Iterator[None]:
    """Be in a namespace for a while, in the host's first one for no name, here for None.

    Raises OSError where it cannot be entered.
    """
    if name is None:
        yield
        return
    home = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        there = f"{FOLDER}/{name}" if name else "/proc/1/ns/net"
        complaint = _into(there, f"network namespace {name or 'of the host'}")
        if complaint:
            raise FileNotFoundError(errno.ENOENT, complaint)
        try:
            yield
        finally:
            assert not _set(home), "the way back is always open"
    finally:
        os.close(home)


def _into(path: str, what: str) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        return f"{what}: {error.strerror}; make it with ip netns add"
    try:
        failed = _set(descriptor)
    finally:
        os.close(descriptor)
    return f"{what}: {os.strerror(failed)}" if failed else ""


def _set(descriptor: int) -> int:
    """Call setns; give the number of the error, 0 for none."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    return ctypes.get_errno() if library.setns(descriptor, NETWORK) else 0
