"""Programs that read pipes: started once, and again when they ended by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.notify.pipes import STEADY_US, Pipes, ReadPipe
from keepalived.lang.values import Command
from keepalived.port.effects import Effect, KillScript, Note, RunScript
from keepalived.port.events import Ending, ScriptEnded
from keepalived.port.pipe import Pipe

FIRST = ReadPipe(Pipe("/run/p"), Command(("/reader",)))
OTHER = ReadPipe(Pipe("/run/p"), Command(("/other",)))


def runs(effects: Sequence[Effect]) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.name, each.argv) for each in effects if isinstance(each, RunScript)]


def said(effects: Sequence[Effect]) -> str:
    (note,) = [each.line.text() for each in effects if isinstance(each, Note)]
    return note


def test_a_reader_that_ran_for_a_while_is_started_again_at_once() -> None:
    pipes = Pipes()
    ((name, _),) = runs(pipes.adopt(0, [FIRST]))
    effects = pipes.ended(STEADY_US, ScriptEnded(name, Ending.EXITED, 1))
    assert runs(effects) == [("reader of /run/p #2", ("/reader", "/run/p"))]
    assert said(effects).endswith("it is started again")


def test_a_reader_that_ends_soon_waits_for_a_reload() -> None:
    pipes = Pipes()
    ((name, _),) = runs(pipes.adopt(0, [FIRST]))
    effects = pipes.ended(STEADY_US - 1, ScriptEnded(name, Ending.EXITED, 1))
    assert runs(effects) == []
    assert said(effects).endswith("a reload starts it again")
    assert runs(pipes.adopt(STEADY_US, [FIRST])) == [("reader of /run/p #2", ("/reader", "/run/p"))]
    assert pipes.adopt(STEADY_US, [FIRST]) == []


def test_another_reader_of_the_same_pipe_takes_the_place_of_the_first() -> None:
    pipes = Pipes()
    ((name, _),) = runs(pipes.adopt(0, [FIRST]))
    effects = pipes.adopt(1, [OTHER])
    assert KillScript(name) in effects
    assert runs(effects) == [("reader of /run/p #2", ("/other", "/run/p"))]
    assert pipes.ended(2, ScriptEnded(name, Ending.SIGNALLED, 15)) == []


def test_readers_that_end_with_the_daemon_are_not_spoken_of() -> None:
    pipes = Pipes()
    ((name, _),) = runs(pipes.adopt(0, [FIRST]))
    pipes.end()
    assert pipes.ended(STEADY_US, ScriptEnded(name, Ending.EXITED, 0)) == []
