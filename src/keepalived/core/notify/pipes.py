"""The pipes that operators' programs read from, and the programs that are started to read them.

Rule: a pipe is held like any resource; its reader is started once it stands, and ended with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.lang.values import Command
from keepalived.port.effects import Effect, Hold, KillScript, RunScript
from keepalived.port.pipe import Pipe
from keepalived.records import dataclass

OWNER = "pipes"


@dataclass(frozen=True, slots=True)
class ReadPipe:
    """A pipe, and the program that reads it, if one is given."""

    pipe: Pipe
    reader: Command | None = None

    @property
    def run(self) -> RunScript | None:
        """Give the start of its reader; the last argument is the pipe."""
        reader = self.reader
        if reader is None:
            return None
        argv = (*reader.argv, self.pipe.path)
        return RunScript(self._name, argv, user=reader.user, group=reader.group)

    @property
    def _name(self) -> str:
        return f"reader of {self.pipe.path}"


class Pipes:
    """The pipes of one process."""

    def __init__(self) -> None:
        self._held: tuple[ReadPipe, ...] = ()

    def adopt(self, wanted: Sequence[ReadPipe]) -> list[Effect]:
        """Hold these from now on; what goes on as it was is not touched."""
        before, self._held = self._held, tuple(wanted)
        if self._held == before:
            return []
        ended = [each.run for each in before if each not in self._held]
        begun = [each.run for each in self._held if each not in before]
        return [
            *(KillScript(run.name) for run in ended if run),
            Hold(OWNER, [each.pipe for each in self._held]),
            *(run for run in begun if run),
        ]

    def end(self) -> list[Effect]:
        """Let go of all of them; a reader ends when it has read everything."""
        held, self._held = self._held, ()
        return [Hold(OWNER, ())] if held else []
