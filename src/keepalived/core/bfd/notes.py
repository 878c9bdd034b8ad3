"""What the BFD half says in the log: one frozen value a line.

Rule: the words that tools look for come first and unchanged; the reason stands behind them.
"""

from __future__ import annotations

from keepalived.port.effects import Severity
from keepalived.records import dataclass
from keepalived.wire.addresses import Address
from keepalived.wire.bfd import SessionState, diagnostic_text


@dataclass(frozen=True, slots=True)
class Entered:
    """A session came into a state."""

    name: str
    state: SessionState
    why: str
    local: int
    remote: int
    """The diagnostics of both ends."""

    @property
    def severity(self) -> Severity:
        """A session that fails is louder."""
        return Severity.NOTICE if self.state is SessionState.UP else Severity.WARNING

    def text(self) -> str:
        """Write upstream's line, then the reason."""
        start = f"({self.name}) Entering {self.state.name.capitalize()} state"
        if self.state is SessionState.UP:
            return f"{start}: {self.why}"
        local, remote = diagnostic_text(self.local), diagnostic_text(self.remote)
        both = f"Local diagnostic - {local}, Remote diagnostic - {remote}"
        return f"{start} ({both}): {self.why}"


@dataclass(frozen=True, slots=True)
class Expired:
    """Nothing was heard of the neighbour for the detection time."""

    name: str
    silence_us: int
    overdue_us: int
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Write upstream's line."""
        after = f"{self.silence_us / 1000:g} ms"
        return f"({self.name}) Expired after {after} ({self.overdue_us} usec overdue)"


@dataclass(frozen=True, slots=True)
class NotComeBack:
    """A session that was up before the process was started anew is not up again."""

    name: str
    after_us: int
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Say what follows."""
        after = f"{self.after_us / 1_000_000:g} s"
        return f"({self.name}) was up before this process began and is not up after {after}: down"


@dataclass(frozen=True, slots=True)
class Ended:
    """A session is no more."""

    name: str
    why: str
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Say that it ended, and why."""
        return f"({self.name}) ended: {self.why}"


@dataclass(frozen=True, slots=True)
class SocketRefused:
    """A session's socket could not be opened; it is tried again."""

    name: str
    why: str
    severity: Severity = Severity.ERROR

    def text(self) -> str:
        """Say what, why, and that it goes on trying."""
        return f"({self.name}) cannot speak: {self.why}; trying again every second"


@dataclass(frozen=True, slots=True)
class DeafPort:
    """The port at which all sessions of a kind are heard could not be opened."""

    why: str
    severity: Severity = Severity.ERROR

    def text(self) -> str:
        """Say what, why, and that it goes on trying."""
        return f"BFD hears nothing: {self.why}; trying again every second"


@dataclass(frozen=True, slots=True)
class PacketRefused:
    """A packet was thrown away; said once a sender and reason, and counted always."""

    name: str
    """The session that it was for; empty where it was for none."""
    source: Address
    why: str
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Say from whom and why."""
        whose = f"({self.name}) " if self.name else ""
        return f"{whose}BFD packet from {self.source} thrown away: {self.why}"
