"""What came out of a file: the object, its faults, and the lines that its blocks were made of.

Rule: a value for those who judge it; nothing in here reads or complains.
"""

from __future__ import annotations

from keepalived.annotations import TYPE_CHECKING, Any
from keepalived.lang.fault import Fault
from keepalived.lang.lexer import Line

if TYPE_CHECKING:
    from keepalived.lang.casting import Casting


class Bound:
    """What came out of a file: the object, its faults, and the line of every block."""

    def __init__(
        self,
        made: Any,
        faults: list[Fault],
        lines: dict[int, Line],
        ends: dict[int, Line] | None = None,
        casting: Casting | None = None,
        astray: bool = False,
        awaiting: set[tuple[str, int]] | None = None,
    ) -> None:
        self.made = made
        self.faults = faults
        self.lines = lines
        self.ends = ends
        """The closing braces, by the lines that opened; known where a release is spoken."""
        self.casting = casting
        """What was made in moulds; None where nothing was."""
        self.astray = astray
        """Whether a block stood where none belongs, or a word that opens one without its brace."""

        self.awaiting = awaiting or set()
        """File and number of lines that are remarked on where they are the first of their kind."""

    def line_of(self, thing: Any) -> Line | None:
        """Give the line that opened a block; None for one that no file made."""
        line = self.lines.get(id(thing.place))
        if line is None and self.casting is not None:
            line = self.casting.line_of(thing)
        return line

    def gives(self, thing: Any, *names: str) -> bool:
        """Say whether a line of a block begins with one of these words."""
        line = self.line_of(thing)
        return line is not None and line.gives(*names)

    def end_of(self, thing: Any) -> Line | None:
        """Give the line that closed a block, or else the one that opened it."""
        line = self.line_of(thing)
        return (self.ends or {}).get(id(line), line)

    def keyword_line(self, thing: Any, *names: str) -> Line | None:
        """Give the last line of a block that starts with one of these words."""
        line = self.line_of(thing)
        found = None
        for each in (line.body or ()) if line else ():
            if each.words[0] in names:
                found = each
        return found
