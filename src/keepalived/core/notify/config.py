"""The words of telling: which script is called for which state.

Rule: a script is a Command; the first one given counts.
"""

from __future__ import annotations

from keepalived.lang.values import Command
from keepalived.lang.words import Bad, Given, Value


class Script(Value[Command]):
    """A program with its arguments: `PATH`, or `"PATH ARG…"`, then optionally user and group."""

    shape = '"PATH [ARG…]" [USER [GROUP]]'

    def read(self, given: Given) -> Command | Bad:
        """Split the command as upstream does (see keepalived-conf.md 1.4)."""
        if not given.words:
            return Bad(f"a script is missing: {self.shape}")
        argv = tuple(given.words[0].split())
        if not argv:
            return Bad("the script has no name")
        return Command(argv, *given.words[1:3])

    def write(self, value: Command) -> str:
        """Write the command in quotes."""
        owner = " ".join(each for each in (value.user, value.group) if each)
        return f'"{" ".join(value.argv)}" {owner}'.rstrip()

    @property
    def examples(self) -> tuple[Command, ...]:
        """Give one without and one with arguments."""
        return (Command(("/bin/true",)), Command(("/bin/echo", "a", "b")))
