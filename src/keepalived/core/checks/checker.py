"""What a kind of check is to the director: what it asks next, and what an answer means to it.

Rule: a checker knows no server, no table and no time; whether its failures count is `lvs.health`'s.
"""

from __future__ import annotations

from enum import Enum

from keepalived.annotations import Protocol
from keepalived.lang.values import Command
from keepalived.port.talk import Talk, Target, Verdict
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Conversation:
    """Ask by talking to somebody over the network."""

    target: Target
    speaker: Talk


@dataclass(frozen=True, slots=True)
class Program:
    """Ask by running a program; it may take this long."""

    command: Command
    timeout_us: int


@dataclass(frozen=True, slots=True)
class Followed:
    """Ask nobody: the BFD process says by itself when this session changes."""

    session: str


@dataclass(frozen=True, slots=True)
class FileFollowed:
    """Ask nobody: what stands in this track_file is told when it changes."""

    name: str


Probe = Conversation | Program | Followed | FileFollowed


class Finding(Enum):
    """What one answer means for the check as a whole."""

    PASSED = "passed"
    PART_PASSED = "part passed"
    """Good as far as it goes; a check that is down needs the rest as well."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Names:
    """The texts by which log lines name a server and its service."""

    server: str
    service: str


class Checker(Protocol):
    """One check at work."""

    @property
    def title(self) -> str:
        """The word that made it: TCP_CHECK."""

    def probe(self) -> Probe:
        """Say what to ask now."""

    def judge(self, verdict: Verdict, up: bool) -> Finding:
        """Take the answer to the last probe in; `up` is what the check stood at."""

    def good_line(self, names: Names) -> str:
        """Write the log line of a check that came up."""

    def part_line(self, names: Names) -> str:
        """Write the log line of a part that passed while the check is down; empty for none."""

    def bad_line(self, names: Names, verdict: Verdict, tries: int, retry: int) -> str:
        """Write the log line of a check that went down after `tries` retries of `retry`."""

    def mail_cause(self, verdict: Verdict) -> str:
        """Write the cause that the mail about the server gives."""


def because(verdict: Verdict) -> str:
    """Give the reason as it stands behind a classic line."""
    return f" ({verdict.because})" if verdict.because else ""
