"""What the rules need of whoever gathers their faults.

Rule: a protocol only; `rules.Clashes` is the one that does it.
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

    def fatal(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what keeps the process from running."""

    def unfit(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what we cannot do yet: it keeps the file from being put into force, not a test."""

    def deepened(self, thing: Any, name: str) -> bool:
        """Make the fault that a keyword has already fatal; False when it was not given."""

    def remark(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what is odd but in effect."""

    def line_in(self, thing: Any, name: str, word: str) -> Line | None:
        """Find the line of a listing that has a word in it."""
