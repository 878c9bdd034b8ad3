"""What trackers say in the log; the lines that operators' tools look for are upstream's.

Rule: one frozen value a line.
"""

from __future__ import annotations

from keepalived.port.effects import Severity
from keepalived.port.events import Ending
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class ScriptSucceeded:
    """A script counts as well from now on."""

    name: str
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Write upstream's line."""
        return f"VRRP_Script({self.name}) succeeded"


@dataclass(frozen=True, slots=True)
class ScriptFailed:
    """A script counts as failed from now on."""

    name: str
    how: str
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Write upstream's line."""
        how = self.how if self.how == "timed_out" else f"failed ({self.how})"
        return f"VRRP_Script({self.name}) {how}"


@dataclass(frozen=True, slots=True)
class ScriptReturns:
    """A script ended in another way than before; whether that counts, rise and fall decide."""

    name: str
    ending: Ending
    number: int
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Write upstream's line, and the like of it for other ends."""
        match self.ending:
            case Ending.EXITED:
                now = f"now returning {self.number}"
            case Ending.SIGNALLED:
                now = f"now ended by signal {self.number}"
            case Ending.TIMED_OUT:
                now = "now takes too long"
            case Ending.NOT_STARTED:
                now = f"now cannot be started: error {self.number}"
        return f"Script `{self.name}` {now}"


@dataclass(frozen=True, slots=True)
class ScriptSkipped:
    """A script was to be started, but its last run is not over."""

    name: str
    overdue: bool
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Write upstream's line."""
        how = "being timed out" if self.overdue else "already running"
        return f"Track script {self.name} is {how}, expect idle - skipping run"


@dataclass(frozen=True, slots=True)
class ScriptUnusable:
    """A script never could be run: it counts for nothing until it can."""

    name: str
    number: int
    severity: Severity = Severity.ERROR

    def text(self) -> str:
        """Write upstream's line, and what would help."""
        return (
            f"Disabling track script {self.name} since not found/accessible (error {self.number});"
            " it is tried again, and counts when it runs"
        )


@dataclass(frozen=True, slots=True)
class FileUnreadable:
    """What stands in a file is no number; the last one goes on counting."""

    path: str
    word: str
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Write upstream's line, with what would be right."""
        return f"Invalid number {self.word} read from {self.path} - ignoring; a whole number is due"


@dataclass(frozen=True, slots=True)
class QuorumMoved:
    """As many processes run as have to, or no longer."""

    name: str
    count: int
    enough: bool
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Write upstream's line, and how many run."""
        how = "gained" if self.enough else "lost"
        return f"Quorum {how} for tracked process {self.name} ({self.count} running)"
