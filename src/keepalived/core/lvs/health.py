"""Whether one check stands, after everything that its answers said.

Rule: the first failure of all counts at once; later ones only after their retries; one success
brings back. When the next question is due follows from the same state.
"""

from __future__ import annotations

from enum import Enum

from keepalived.core.checks.checker import Finding
from keepalived.core.checks.terms import Terms


class Turned(Enum):
    """What an answer did to a check."""

    SAME = "same"
    PROVEN = "proven"
    """The first answer of all, and good: nothing changes but that we know it."""
    UP = "up"
    DOWN = "down"


# Looked up here and not in their classes, which in an enumeration takes ten times as long.
_FAILED, _PART_PASSED = Finding.FAILED, Finding.PART_PASSED
_SAME = Turned.SAME


class Health:
    """The state of one check: up until it is known to be down."""

    __slots__ = ("proven", "tries", "up")

    def __init__(self) -> None:
        self.up = True
        self.proven = False
        """Whether any answer has counted yet."""
        self.tries = 0
        """Failures in a row that have not yet counted."""

    def take(self, finding: Finding, retry: int) -> Turned:
        """Count an answer; `retry` is how many failures are forgiven. `tries` stays readable."""
        if finding is _FAILED:
            return self._failed(retry)
        self.tries = 0
        if finding is _PART_PASSED:
            return _SAME
        if not self.up:
            self.up = True
            return Turned.UP
        if self.proven:
            return _SAME
        self.proven = True
        return Turned.PROVEN

    def _failed(self, retry: int) -> Turned:
        if not self.up:
            return Turned.SAME
        if self.proven and self.tries < retry:
            self.tries += 1
            return Turned.SAME
        self.up = False
        self.proven = True
        return Turned.DOWN

    def pause_us(self, finding: Finding, terms: Terms) -> int:
        """Give the time until the next question, after `take`."""
        if finding is not _FAILED:
            return terms.loop_us
        if self.up:
            return terms.retry_delay_us
        return max(terms.retry_delay_us, terms.loop_us)
