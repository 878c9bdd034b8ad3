"""A mistake in a configuration: where it is, what is wrong and what would be right.

Rule: a fault is a value. Whoever finds one goes on; whoever shows them decides what they mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from keepalived.lang.place import NOWHERE, Place
from keepalived.records import dataclass

MOST_FAULTS = 10_000
"""Of one walk over a configuration."""
MOST_SHOWN = 100
"""Letters of a line that are shown; of a longer one, those around the mistake."""


class Severity(IntEnum):
    """How much a fault matters."""

    REMARK = 0
    """Read and in effect, but odd: an old spelling, a value that was cut."""
    ERROR = 1
    """Left out; the rest of the file counts."""
    FATAL = 2
    """The process that it concerns cannot run."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake.

    `status` is what a configuration test exits with because of it: 0, 4 (cannot run),
    5 (errors) or 6 (a script or an include that is not safe or not there).
    """

    place: Place
    severity: Severity
    what: str
    remedy: str = ""
    source: str = ""
    """The line of the file as it stands; empty when there is none."""
    status: int = 0

    def classic(self) -> str:
        """Give one line in the form that log watchers know: `(FILE: Line N) text`."""
        if not self.place.line:
            return f"({self.place.file}) {self.what}" if self.place.file else self.what
        where = f"{self.place.file}: " if self.place.file else ""
        return f"({where}Line {self.place.line}) {self.what}"

    def shown(self) -> str:
        """Give the message, the line it is about and a caret under the culprit."""
        where = ":".join(
            str(each) for each in (self.place.file, self.place.line, self.place.column) if each
        )
        text = f"{where}: " if where else ""
        text += f"{self.severity.name.lower()}: {_visible(self.what)}"
        if self.source:
            line, column = _window(self.source, self.place.column)
            blank = "".join(c if c == "\t" else " " for c in line[: column - 1])
            text += f"\n    {_visible(line)}"
            text += f"\n    {blank}^" if column else ""
        return text + (f"\n    {_visible(self.remedy)}" if self.remedy else "")


class Faults(list[Fault]):
    """Gathers faults, up to a number that nobody reads one by one."""

    @property
    def full(self) -> bool:
        """Say whether one more would not be taken: then it need not be made."""
        return len(self) > MOST_FAULTS

    def append(self, fault: Fault) -> None:
        """Take one, unless there are enough."""
        if len(self) < MOST_FAULTS:
            super().append(fault)
        elif len(self) == MOST_FAULTS:
            super().append(
                error(fault.place, f"there are more than {MOST_FAULTS} mistakes like this")
            )


def remark(place: Place, what: str, remedy: str = "", source: str = "") -> Fault:
    """Make a remark: nothing is lost."""
    return Fault(place, Severity.REMARK, what, remedy, source)


def error(place: Place, what: str, remedy: str = "", source: str = "", status: int = 5) -> Fault:
    """Make an error: what it is about is left out."""
    return Fault(place, Severity.ERROR, what, remedy, source, status)


def fatal(place: Place, what: str, remedy: str = "", source: str = "", status: int = 5) -> Fault:
    """Make a fatal fault: the process that it concerns cannot run."""
    return Fault(place, Severity.FATAL, what, remedy, source, status)


def unplaced(what: str, remedy: str = "", status: int = 4) -> Fault:
    """Make a fatal fault about no line at all."""
    return Fault(NOWHERE, Severity.FATAL, what, remedy, "", status)


CUT_SHORT = 2
"""The status of a mistake at which upstream stops reading, whatever it found before."""


def exit_class(faults: Iterable[Fault]) -> int:
    """Give the exit status of a configuration test: 0, 2, else the highest of 4, 5 and 6."""
    found = {fault.status for fault in faults}
    return CUT_SHORT if CUT_SHORT in found else max(found, default=0)


def _window(line: str, column: int) -> tuple[str, int]:
    """Cut a long line to what is around a column; give the piece and the column in it."""
    start = max(0, column - MOST_SHOWN // 2)
    if len(line) <= MOST_SHOWN:
        start = 0
    return line[start : start + MOST_SHOWN], column - start


def _visible(text: str) -> str:
    """Show control characters and undecodable bytes as escapes; they must not reach a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else ascii(c)[1:-1] for c in text)
