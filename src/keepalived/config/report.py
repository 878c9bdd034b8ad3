"""What the rules need of whoever gathers their faults.

Rule: a protocol only; `clashes.Clashes` is the one that does it.
"""

from __future__ import annotations

from keepalived.annotations import Any, Protocol
from keepalived.lang.lexer import Line


class Report(Protocol):
    """Takes faults, and knows what a block was given in the file."""

    def given(self, thing: Any, *names: str) -> bool:
        """Say whether the block has one of these keywords in the file."""

    def error(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report something about a block, at its keyword of that name if there is one."""

    def error_at(self, line: Line | None, thing: Any, what: str, remedy: str = "") -> None:
        """Report something about one line of a block."""

    def error_told(self, line: Line | None, thing: Any, what: str, remedy: str = "") -> None:
        """Report something at a line that keepalived names too; of the others it names none."""

    def told(self, line: Line | None, thing: Any, what: str, remedy: str = "") -> None:
        """Report what is odd, and what a release tells of too, though nothing is wrong with it."""

    def odd(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what is odd but in effect, and what a release complains of without a line."""

    def fatal_at(self, line: Line | None, thing: Any, what: str, remedy: str = "") -> None:
        """Report at a line what keeps the process from running; keepalived names the line too."""

    def unsafe(self, what: str, remedy: str) -> None:
        """Report that scripts are run which others than root could change."""

    def fatal(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what keeps the process from running."""

    def unfit(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what we cannot do yet: it keeps the file from being put into force, not a test."""

    def deepened(self, thing: Any, name: str) -> bool:
        """Make the fault that a keyword has already fatal; False when it was not given."""

    def remark(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what is odd but in effect."""

    def remark_at(self, line: Line | None, thing: Any, what: str, remedy: str = "") -> None:
        """Report what is odd but in effect, at a line."""

    def line_in(self, thing: Any, name: str, word: str) -> Line | None:
        """Find the line of a listing that has a word in it."""

    def nth_line_in(self, thing: Any, name: str, nth: int, word: str) -> Line | None:
        """Find the entry of a listing that begins with a word, the nth one from 0."""

    def keyword_line(self, thing: Any, *names: str) -> Line | None:
        """Find the last line of a block that begins with one of these words."""

    def again(self, thing: Any, name: str) -> list[Line]:
        """Find the lines of a block where a keyword stands again."""

    def bodies(self, thing: Any, name: str) -> list[list[Line]]:
        """Give the bodies of all listings of a name in a block."""

    def line_of(self, thing: Any) -> Line | None:
        """Find the line that opened a block."""

    def end_of(self, thing: Any, *names: str) -> Line | None:
        """Find the line that closed a block; in our own tongue that of a keyword, or its first."""
