"""The pipes that operators' programs read from, and the programs that are started to read them.

Rule: a pipe is held like any resource; its reader is started once it stands. One that ends by
itself is started again, at once if it had run for a while, else at the next reload.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.notify.notes import ReaderEnded
from keepalived.lang.values import Command
from keepalived.port.effects import Effect, Hold, KillScript, Note, RunScript
from keepalived.port.events import ScriptEnded
from keepalived.port.pipe import Pipe
from keepalived.records import dataclass

OWNER = "pipes"
PREFIX = "reader of "
"""With what the names of readers' runs begin."""
STEADY_US = 10_000_000
"""A reader that ended sooner would end again."""


@dataclass(frozen=True, slots=True)
class ReadPipe:
    """A pipe, and the program that reads it, if one is given."""

    pipe: Pipe
    reader: Command | None = None


class Pipes:
    """The pipes of one process."""

    def __init__(self) -> None:
        self._held: tuple[ReadPipe, ...] = ()
        self._runs: dict[str, tuple[ReadPipe, int]] = {}
        """Readers by the names of their runs, and since when they run."""
        self._started = 0

    def adopt(self, now: int, wanted: Sequence[ReadPipe]) -> list[Effect]:
        """Hold these from now on; what goes on as it was is not touched."""
        before, self._held = self._held, tuple(wanted)
        effects: list[Effect] = []
        for name, (each, _) in list(self._runs.items()):
            if each not in self._held:
                effects.append(KillScript(name))
                del self._runs[name]
        if self._held != before:
            effects.append(Hold(OWNER, [each.pipe for each in self._held]))
        running = [each for each, _ in self._runs.values()]
        for each in self._held:
            if each not in running:
                effects += self._start(now, each)
        return effects

    def ended(self, now: int, event: ScriptEnded) -> list[Effect]:
        """Hear of a reader's end; other programs are nothing to us."""
        found = self._runs.pop(event.name, None)
        if found is None:
            return []
        each, since = found
        again = now - since >= STEADY_US
        how = f"{event.ending.value} {event.number}"
        effects: list[Effect] = [Note(ReaderEnded(each.pipe.path, how, again))]
        return effects + self._start(now, each) if again else effects

    def end(self) -> list[Effect]:
        """Let go of all of them; a reader ends when it has read everything."""
        held, self._held = self._held, ()
        self._runs.clear()
        return [Hold(OWNER, ())] if held else []

    def _start(self, now: int, each: ReadPipe) -> list[Effect]:
        """Start its reader, if there is one; the last argument is the pipe."""
        reader, path = each.reader, each.pipe.path
        if reader is None:
            return []
        self._started += 1
        name = f"{PREFIX}{path} #{self._started}"
        self._runs[name] = (each, now)
        argv = (*reader.argv, path)
        place = ("KEEPALIVED_PIPE", path)
        return [RunScript(name, argv, user=reader.user, group=reader.group, sole=place)]
