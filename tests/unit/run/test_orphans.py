"""A keepalived without a parent is found by its pid file, and ended as it should be."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from keepalived.linux.lives import Lives
from keepalived.run import orphans, pidfile
from keepalived.run.children import Child
from keepalived.run.kinds import VRRP
from keepalived.run.logbook import Logbook


@dataclass
class Place:
    """What a child is, to whoever takes an orphan's work over."""

    pid_path: str
    lives: Lives | None = None
    kind: Any = field(default=VRRP)


def spawn(path: Path, lives: Lives | None, orphan: bool = True) -> int:
    """Start something called keepalived, whose parent ends at once or is a keepalived."""
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        Path("/proc/self/comm").write_text("keepalived")
        if (pid := os.fork()) == 0:
            kept = () if lives is None else (lives.descriptor,)
            for number in range(3, 256):
                if number not in kept:
                    with suppress(OSError):
                        os.close(number)
            while True:
                signal.pause()
        pidfile.write(path, pid)
        os.write(writing, str(pid).encode())
        if not orphan:
            signal.pause()
        os._exit(0)
    pid = int(os.read(reading, 20))
    os.close(reading)
    os.close(writing)
    if orphan:
        os.waitpid(between, 0)
        # Who inherits it is not called keepalived; until then it may still be the one between.
        limit = time.monotonic() + 5
        while orphans.find(str(path)) is None and time.monotonic() < limit:
            time.sleep(0.01)
    return pid


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "vrrp.pid"
    yield made
    with suppress(OSError, ValueError):
        os.kill(int(made.read_text()), signal.SIGKILL)


def taken(place: Place, wanted: bool = True) -> list[str]:
    said: list[str] = []
    log = Logbook("Keepalived", syslog=False)
    log.write = lambda severity, text: said.append(text)  # type: ignore[method-assign]
    orphans.take_over([(cast(Child, place), wanted)], log)
    return said


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_an_orphan_is_killed_and_what_it_knew_is_taken_over(path: Path) -> None:
    theirs, ours = Lives(), Lives()
    theirs.keep("eth0/4/51", b"leads")
    pid = spawn(path, theirs)
    assert taken(Place(str(path), ours)) == [
        f"VRRP process {pid} has no parent: taking its work over"
    ]
    assert not lives(pid)
    assert ours.kept() == {"eth0/4/51": b"leads"}


def test_what_cannot_be_read_is_said(path: Path) -> None:
    pid = spawn(path, None)
    said = taken(Place(str(path), Lives()))
    assert said[1] == f"What process {pid} knew cannot be read; its place is taken anew"
    assert not lives(pid)


def test_an_orphan_without_work_is_asked_to_end(path: Path) -> None:
    pid = spawn(path, None)
    said = taken(Place(str(path), Lives()), wanted=False)
    assert said == [f"VRRP process {pid} has no parent and no work: stopping it"]
    assert not lives(pid)


def test_a_process_whose_parent_is_a_keepalived_is_no_orphan(path: Path) -> None:
    pid = spawn(path, None, orphan=False)
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    try:
        assert orphans.find(str(path)) is None
        assert taken(Place(str(path), Lives())) == []
        assert lives(pid)
    finally:
        os.kill(parent, signal.SIGKILL)
        os.waitpid(parent, 0)


def test_without_a_pid_file_there_is_nobody(tmp_path: Path) -> None:
    assert orphans.find(str(tmp_path / "none")) is None
