"""Files and processes that are watched on this machine: what is told, and when."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.linux.inbox import Inbox

from keepalived.linux import process_watches
from keepalived.linux.file_watches import mute_kind
from keepalived.linux.watches import Watches
from keepalived.port.effects import MakeFile, Severity
from keepalived.port.events import WatchSaw
from keepalived.port.resources import FileWatch, Install, ProcessMatch, ProcessWatch, Remove, Watch


class Bench:
    """Watches on a loop, and what they told and logged."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.lines: list[str] = []
        self.watches = Watches(self.inbox.loop, self.log)

    def log(self, severity: Severity, text: str) -> None:
        self.lines.append(text)

    def watch(self, *watches: Watch) -> None:
        self.watches.apply([Install(each) for each in watches])

    def told(self, count: int = 1) -> list[str | int | None]:
        """Wait for so many tellings; give what was seen."""
        events = self.inbox.wait(count)
        return [event.fact for event in events if isinstance(event, WatchSaw)]

    def last(self, fact: str | int | None) -> None:
        """Wait until this is what was told last."""

        def seen() -> bool:
            events = self.inbox.events
            return bool(events) and getattr(events[-1], "fact", fact) == fact

        self.inbox.until(seen, 5)
        assert seen(), f"{self.inbox.events} do not end with {fact}"
        self.inbox.events.clear()

    def silence(self, for_s: float = 0.2) -> None:
        """Say that nothing is told for a while."""
        self.inbox.until(lambda: bool(self.inbox.events), for_s)
        assert self.inbox.events == []


@pytest.fixture
def bench() -> Iterator[Bench]:
    found = Bench()
    yield found
    found.watches.close()
    found.inbox.loop.close()


def test_a_file_is_told_at_once_and_whenever_it_was_written(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "number"
    path.write_text("5\n")
    bench.watch(FileWatch(str(path)))
    assert bench.told() == ["5\n"]
    path.write_text("6\n")
    assert bench.told() == ["6\n"]
    path.write_text("6\n")
    bench.silence()


def test_a_file_that_is_being_written_is_not_read(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "number"
    path.write_text("5\n")
    bench.watch(FileWatch(str(path)))
    bench.told()
    with path.open("w") as file:
        bench.silence()
        file.write("7\n")
    assert bench.told() == ["7\n"]


def test_a_file_comes_and_goes_and_is_moved_in_place(bench: Bench, tmp_path: Path) -> None:
    path, other = tmp_path / "number", tmp_path / "other"
    bench.watch(FileWatch(str(path)))
    assert bench.told() == [None]
    path.write_text("1")
    bench.last("1")
    path.unlink()
    assert bench.told() == [None]
    other.write_text("2")
    other.rename(path)
    assert bench.told() == ["2"]
    path.rename(other)
    assert bench.told() == [None]


def test_a_link_that_is_turned_over_is_followed(bench: Bench, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "number").write_text(name)
    (tmp_path / "data").symlink_to("one")
    (tmp_path / "number").symlink_to("data/number")
    bench.watch(FileWatch(str(tmp_path / "number")))
    assert bench.told() == ["one"]
    (tmp_path / "new").symlink_to("two")
    (tmp_path / "new").rename(tmp_path / "data")
    assert bench.told() == ["two"]


def test_a_folder_that_comes_later_is_found(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "later"
    bench.watch(FileWatch(str(folder / "number")))
    assert bench.told() == [None]
    folder.mkdir()
    (folder / "number").write_text("3")
    assert bench.told() == ["3"]
    shutil.rmtree(folder)
    assert bench.told() == [None]
    folder.mkdir()
    (folder / "number").write_text("4")
    assert bench.told() == ["4"]


def test_a_file_that_is_watched_no_longer_is_told_no_longer(bench: Bench, tmp_path: Path) -> None:
    path, other = tmp_path / "number", tmp_path / "other"
    bench.watch(FileWatch(str(path)), FileWatch(str(other)))
    bench.told(2)
    bench.watches.apply([Remove(FileWatch(str(path)))])
    path.write_text("1")
    bench.silence()
    other.write_text("1")
    bench.last("1")
    bench.watches.apply([Remove(FileWatch(str(other)))])
    other.write_text("2")
    bench.silence()


def test_what_lies_in_proc_tells_of_no_changes_and_counts_as_absent(bench: Bench) -> None:
    bench.watch(FileWatch("/proc/sys/kernel/pid_max"))
    assert bench.told() == [None]
    assert bench.lines[0].startswith("/proc/sys/kernel/pid_max is on proc,")


def test_the_file_system_of_a_path_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "1 0 8:1 / / rw - ext4 /dev/sda rw\n"
        "2 1 0:40 / /mnt/my\\040share rw shared:1 - nfs4 host:/x rw\n"
        "3 1 0:41 / /mnt/fuse rw - fuse.sshfs x rw\n"
    )
    assert mute_kind("/mnt/my share/f", str(table)) == "nfs4"
    assert mute_kind("/mnt/fuse/a/b", str(table)) == "fuse.sshfs"
    assert mute_kind("/mnt/fused", str(table)) is None
    assert mute_kind("/etc/f", str(tmp_path / "none")) is None


def test_a_file_is_made_where_there_is_none_or_anew(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "made"
    bench.watches.make(MakeFile(str(path), "1\n"))
    bench.watches.make(MakeFile(str(path), "2\n"))
    assert path.read_text() == "1\n"
    bench.watches.make(MakeFile(str(path), "3\n", overwrite=True))
    assert path.read_text() == "3\n"
    bench.watches.make(MakeFile(str(tmp_path / "no" / "folder"), "1\n"))
    assert "Cannot write" in bench.lines[0]


def test_a_file_is_not_made_through_somebodys_link(bench: Bench, tmp_path: Path) -> None:
    aim, path = tmp_path / "aim", tmp_path / "made"
    aim.write_text("mine")
    path.symlink_to(aim)
    bench.watches.make(MakeFile(str(path), "3\n", overwrite=True))
    assert aim.read_text() == "mine"


@pytest.fixture
def program(tmp_path: Path) -> str:
    """Give a program with a name that no other process has."""
    path = tmp_path / f"watched{os.getpid()}"
    shutil.copy("/bin/sleep", path)
    return str(path)


def listening(bench: Bench) -> bool:
    return not any("does not tell of processes" in line for line in bench.lines)


@pytest.mark.parametrize("deaf", [False, True])
def test_processes_are_counted_as_they_come_and_go(
    bench: Bench, program: str, deaf: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if deaf:
        monkeypatch.setattr(process_watches, "_is_initial", lambda namespace: False)
    name = os.path.basename(program)
    bench.watch(
        ProcessWatch((name,)),
        ProcessWatch((program, "61"), ProcessMatch.EXACT, whole=True),
    )
    assert bench.told(2) == [0, 0]
    if not deaf and not listening(bench):
        pytest.skip("the kernel tells of no processes here")
    one = subprocess.Popen([program, "60"])
    assert bench.told() == [1]
    two = subprocess.Popen([program, "61"])
    assert sorted(map(int, map(str, bench.told(2)))) == [1, 2]
    one.kill()
    # A zombie is not running, though nobody has asked for its end yet.
    assert bench.told() == [1]
    one.wait()
    two.kill()
    assert bench.told(2) == [0, 0]
    two.wait()


def test_the_end_of_a_process_is_heard_at_once_where_the_kernel_tells_nothing(
    bench: Bench, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_watches, "_is_initial", lambda namespace: False)
    process = subprocess.Popen([program, "60"])
    bench.watch(ProcessWatch((os.path.basename(program)[:15],)))
    assert bench.told() == [1]
    process.kill()
    before = bench.inbox.loop.now()
    assert bench.told() == [0]
    assert bench.inbox.loop.now() - before < 500_000
    process.wait()


def test_a_child_that_a_watched_process_forks_counts(bench: Bench, tmp_path: Path) -> None:
    name = f"forker{os.getpid()}"
    shutil.copy(os.path.realpath("/bin/sh"), tmp_path / name)
    bench.watch(ProcessWatch((name,)))
    assert bench.told() == [0]
    if not listening(bench):
        pytest.skip("the kernel tells of no processes here")
    script = "exec 3<&0; (read line <&3) & wait"  # What runs beside a shell has no stdin.
    process = subprocess.Popen([tmp_path / name, "-c", script], stdin=subprocess.PIPE)
    bench.last(2)
    assert process.stdin is not None
    process.stdin.close()
    bench.last(0)
    process.wait()


def test_when_nobody_watches_processes_nothing_is_left_open(bench: Bench) -> None:
    before = len(os.listdir("/proc/self/fd"))
    watch = ProcessWatch(("nobody-has-this",))
    bench.watch(watch)
    bench.told()
    bench.watches.apply([Remove(watch)])
    assert len(os.listdir("/proc/self/fd")) == before
