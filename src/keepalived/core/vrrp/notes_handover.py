"""What is said in the log of handovers, and of instances that outlived their process.

Rule: one frozen value a line, as in `notes`.
"""

from __future__ import annotations

from keepalived.port.effects import Severity
from keepalived.records import dataclass
from keepalived.wire.addresses import Address


@dataclass(frozen=True, slots=True)
class HandsOver:
    """An instance gave up its lead and holds on until a peer leads."""

    name: str
    severity: Severity = Severity.NOTICE

    def text(self) -> str:
        """Say so."""
        return f"({self.name}) hands over: holds its addresses until a peer is heard to lead"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A peer leads in the place of an instance that gave up."""

    name: str
    source: Address
    priority: int
    after_us: int
    severity: Severity = Severity.NOTICE

    def text(self) -> str:
        """Say who, and how long it took."""
        return (
            f"({self.name}) {self.source} leads, priority {self.priority},"
            f" {self.after_us / 1000:.1f} ms after we gave up"
        )


@dataclass(frozen=True, slots=True)
class HandoverFailed:
    """Nobody wanted to lead."""

    name: str
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Say what follows."""
        return f"({self.name}) leads on: no peer took over"


@dataclass(frozen=True, slots=True)
class WentOn:
    """An instance leads on in a new process."""

    name: str
    late_us: int
    severity: Severity = Severity.NOTICE

    def text(self) -> str:
        """Say whether an advert was missed."""
        start = f"({self.name}) leads on: its process died and this one took its place"
        if self.late_us <= 0:
            return f"{start} before the next advert was due"
        return f"{start}; an advert was {self.late_us / 1000:.1f} ms late"
