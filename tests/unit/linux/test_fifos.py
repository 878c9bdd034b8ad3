"""Pipes are made, written to without waiting, and taken away again by whom they were made."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from keepalived.linux.fifos import Fifos
from keepalived.linux.lives import Lives
from keepalived.port.effects import Severity
from keepalived.port.events import Event, Refused
from keepalived.port.pipe import Pipe
from keepalived.port.resources import Install, Remove


class Bench:
    """A reactor that remembers what was posted, and the pipes on it."""

    def __init__(self, lives: Lives | None = None) -> None:
        self.posted: list[Event] = []
        self.said: list[str] = []
        self.fifos = Fifos(self, self._log, lives)  # type: ignore[arg-type]

    def post(self, event: Event) -> None:
        self.posted.append(event)

    def _log(self, severity: Severity, text: str) -> None:
        self.said.append(text)


def test_a_pipe_is_made_filled_before_anybody_reads_and_taken_away(tmp_path: Path) -> None:
    bench, path = Bench(), tmp_path / "pipe"
    bench.fifos.apply([Install(Pipe(str(path)))])
    assert stat.S_ISFIFO(path.stat().st_mode)
    bench.fifos.write("INSTANCE one\n")
    bench.fifos.write("INSTANCE two\n")
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    assert os.read(reader, 100) == b"INSTANCE one\nINSTANCE two\n"
    os.close(reader)
    bench.fifos.apply([Remove(Pipe(str(path)))])
    assert not path.exists()


def test_a_pipe_that_was_there_stays(tmp_path: Path) -> None:
    bench, path = Bench(), tmp_path / "pipe"
    os.mkfifo(path)
    bench.fifos.apply([Install(Pipe(str(path))), Remove(Pipe(str(path)))])
    assert (path.exists(), bench.posted) == (True, [])


def test_a_pipe_that_a_crash_left_is_taken_up_and_taken_away_by_the_next(tmp_path: Path) -> None:
    lives, path = Lives(), tmp_path / "pipe"
    first, second = Bench(lives), Bench(lives)
    first.fifos.apply([Install(Pipe(str(path)))])
    second.fifos.apply([Install(Pipe(str(path)))])
    second.fifos.apply([Remove(Pipe(str(path)))])
    assert (path.exists(), lives.kept()) == (False, {})


def test_what_is_no_pipe_or_has_an_unknown_owner_is_refused(tmp_path: Path) -> None:
    bench, path = Bench(), tmp_path / "file"
    path.write_text("mine")
    changes = [Install(Pipe(str(path))), Install(Pipe(str(tmp_path / "p"), "nobody-knows-me"))]
    bench.fifos.apply(changes)
    assert [each.change for each in bench.posted if isinstance(each, Refused)] == changes
    assert path.read_text() == "mine"


def test_a_pipe_that_nobody_empties_costs_lines_and_is_told_of_once(tmp_path: Path) -> None:
    bench, path = Bench(), tmp_path / "pipe"
    bench.fifos.apply([Install(Pipe(str(path)))])
    for _ in range(40):
        bench.fifos.write("x" * 4000 + "\n")
    assert len(bench.said) == 1
    assert "does anybody read it" in bench.said[0]
