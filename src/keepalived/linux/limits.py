"""Asks the host's scheduler for what a process needs: urgency, processors, memory that stays.

Rule: what is refused is told in words, and the process goes on without. Scripts are not urgent,
whoever starts them.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

from keepalived.records import dataclass

EVERYTHING = 1 | 2 | 4
"""MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT: all that is in memory now, and whatever comes into it."""
NEVER = resource.RLIM_INFINITY
_RESET = os.SCHED_RESET_ON_FORK


@dataclass(frozen=True, slots=True)
class Scheduling:
    """What one process asks of the host's scheduler; by default nothing."""

    nice: int = 0
    """-20 to 19."""
    realtime: int = 0
    """SCHED_RR's priority, 1 to 99; 0 is ordinary scheduling."""
    asked: bool = False
    """Whether the file asks for it; what is only our default may be refused in silence."""
    limit_us: int = 10_000
    """How long it may compute in real time without a pause before that is worth a line."""
    locked: bool = False
    """Whether its memory stays in memory."""
    processors: tuple[int, ...] = ()
    """Those that it may run on; empty is all."""
    rise: int = 0
    """Up to which real-time priority it is raised when it finds itself late."""
    late_us: int = 1_000_000
    """How late that is."""


class Limits:
    """What one process has got from the scheduler."""

    def __init__(self) -> None:
        self._terms = Scheduling()
        self.realtime = 0
        """The real-time priority in force; 0 is ordinary scheduling."""

    def apply(self, terms: Scheduling) -> list[str]:
        """Put these terms into force; give a sentence for each that was refused."""
        before, self._terms = self._terms, terms
        refused: list[str] = []
        if terms.processors != before.processors:
            refused += self._run_on(terms.processors)
        if terms.nice != before.nice:
            refused += _be_nice(terms.nice)
        if terms.locked != before.locked:
            refused += _lock(terms.locked)
        if terms.realtime != self.realtime or terms.nice < 0:
            said = self._be_urgent(terms.realtime)
            refused += said if terms.asked else []
        self._limit(terms.limit_us if self.realtime else NEVER)
        return refused

    def late(self, late_us: int) -> str:
        """Hear that the process was late; give a sentence if it is more urgent from now on."""
        terms = self._terms
        if late_us < terms.late_us or self.realtime >= terms.rise:
            return ""
        if self._be_urgent(self.realtime + 1):
            return ""
        self._limit(terms.limit_us)
        return f"raised to real-time priority {self.realtime}"

    @contextmanager
    def unlimited(self) -> Iterator[None]:
        """Compute as long as it takes: nothing here is a runaway."""
        self._limit(NEVER)
        try:
            yield
        finally:
            self._limit(self._terms.limit_us if self.realtime else NEVER)

    def plain(self) -> dict[str, object]:
        """Show what is in force."""
        return {"realtime": self.realtime, "nice": os.getpriority(os.PRIO_PROCESS, 0)}

    def _be_urgent(self, priority: int) -> list[str]:
        # Scripts are forked from here; they are not urgent.
        policy = (os.SCHED_RR if priority else os.SCHED_OTHER) | _RESET
        try:
            os.sched_setscheduler(0, policy, os.sched_param(priority))
        except OSError as error:
            return [f"real-time priority {priority}: {error.strerror}"]
        self.realtime = priority
        return []

    def _limit(self, limit_us: int) -> None:
        """Set when SIGXCPU comes. The hard limit, which kills, is nobody's wish."""
        _, hard = resource.getrlimit(resource.RLIMIT_RTTIME)
        soft = limit_us if hard == NEVER else min(limit_us if limit_us != NEVER else hard, hard)
        resource.setrlimit(resource.RLIMIT_RTTIME, (soft, hard))

    def _run_on(self, processors: tuple[int, ...]) -> list[str]:
        try:
            os.sched_setaffinity(0, processors or range(os.cpu_count() or 1))
        except OSError as error:
            chosen = " ".join(map(str, processors))
            return [f"processors {chosen}: {error.strerror}; this host has {os.cpu_count()}"]
        return []


def _be_nice(nice: int) -> list[str]:
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    except OSError as error:
        return [f"niceness {nice}: {error.strerror}"]
    return []


def _lock(locked: bool) -> list[str]:
    """Lock all memory or none. What this needs costs a megabyte: only who asks for it loads it."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if (library.mlockall(EVERYTHING) if locked else library.munlockall()) == 0:
        return []
    return [f"memory that stays: {os.strerror(ctypes.get_errno())}"]
