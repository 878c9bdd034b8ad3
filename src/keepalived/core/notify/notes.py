"""What is said in the log of the programs that read pipes.

Rule: one frozen value a line.
"""

from __future__ import annotations

from keepalived.annotations import ClassVar
from keepalived.port.effects import Severity
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class ReaderEnded:
    """The program that reads a pipe is no more, and nobody asked it to end."""

    severity: ClassVar[Severity] = Severity.WARNING
    path: str
    how: str
    again: bool
    """Whether it is started again at once."""

    def text(self) -> str:
        """Say which, how, and what comes next."""
        follows = "it is started again" if self.again else "a reload starts it again"
        return f"The program that reads {self.path} ended ({self.how}); {follows}"
