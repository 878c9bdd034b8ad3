"""Children whose parent was killed: found by the next parent, and their work taken over.

Rule: what an orphan holds is never let go of on the way. It is killed, not stopped; whoever is
started in its place finds in the kernel what it held, and in its memory what it knew.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Sequence
from contextlib import suppress

from keepalived.run import pidfile
from keepalived.run.children import Child
from keepalived.run.logbook import Logbook

STOP_WAIT_S = 5.0
"""For an orphan that nobody succeeds: it ends as at any stop, with what that takes."""
KILL_WAIT_S = 1.0


def take_over(children: Sequence[tuple[Child, bool]], log: Logbook) -> None:
    """End what runs without a parent; each child comes with whether it will be started now."""
    for child, wanted in children:
        pid = find(child.pid_path)
        if pid is None:
            continue
        if not wanted:
            log.warning(f"{child.kind.title} process {pid} has no parent and no work: stopping it")
            _end(pid, signal.SIGTERM, STOP_WAIT_S)
            continue
        log.warning(f"{child.kind.title} process {pid} has no parent: taking its work over")
        if child.lives is not None:
            # It must not write any more when it is read.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
            if not child.lives.inherit(pid):
                log.warning(f"What process {pid} knew cannot be read; its place is taken anew")
        _end(pid, signal.SIGKILL, KILL_WAIT_S)


def find(pid_path: str) -> int | None:
    """Give the orphan that a pid file names: a keepalived in our network, with no parent."""
    pid = pidfile.holder(pid_path)
    if pid is None:
        return None
    try:
        with open(f"/proc/{pid}/stat") as file:
            # Behind the name in parentheses: the state, then the parent.
            parent = int(file.read().rpartition(")")[2].split()[1])
        ours, its = (os.stat(f"/proc/{each}/ns/net") for each in ("self", pid))
        with open(f"/proc/{parent}/comm") as file:
            name = file.read().rstrip("\n")
    except (OSError, ValueError, IndexError):
        return None
    return (
        pid
        if (ours.st_dev, ours.st_ino) == (its.st_dev, its.st_ino) and name != pidfile.NAME
        else None
    )


def _end(pid: int, number: int, bound_s: float) -> None:
    """Signal it and wait for its end; one that does not heed it is killed."""
    try:
        watched = os.pidfd_open(pid)
    except OSError:
        return
    poll = select.poll()
    poll.register(watched, select.POLLIN)
    for signalled, wait_s in ((number, bound_s), (signal.SIGKILL, KILL_WAIT_S)):
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(watched, signalled)
        if poll.poll(wait_s * 1000):
            break
    os.close(watched)
