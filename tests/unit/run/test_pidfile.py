"""Pid files: a living keepalived is found, a leftover is not one."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from keepalived.run import pidfile


def test_a_living_keepalived_holds_its_file(tmp_path: Path) -> None:
    path = tmp_path / "run" / "keepalived.pid"
    named = "open('/proc/self/comm', 'w').write('keepalived'); print('here', flush=True); input()"
    stand_in = [sys.executable, "-c", named]
    pipe = subprocess.PIPE
    with subprocess.Popen(stand_in, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None and process.stdout.readline() == b"here\n"
        assert pidfile.write(path, process.pid) is None
        assert pidfile.holder(path) == process.pid
        process.communicate(b"\n")
    assert pidfile.holder(path) is None


def test_a_leftover_whose_number_went_to_another_program_is_free(tmp_path: Path) -> None:
    path = tmp_path / "a.pid"
    # As an editor of /etc/keepalived/keepalived.conf would be.
    with subprocess.Popen(["sh", "-c", "sleep 20; :", "keepalived.conf"]) as other:
        pidfile.write(path, other.pid)
        assert pidfile.holder(path) is None
        other.kill()


def test_a_dead_keepalived_that_nobody_buried_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.pid"
    named = "open('/proc/self/comm', 'w').write('keepalived')"
    with subprocess.Popen([sys.executable, "-c", named]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert Path(f"/proc/{process.pid}/comm").read_text() == "keepalived\n"
        pidfile.write(path, process.pid)
        assert pidfile.holder(path) is None


def test_nonsense_in_the_file_is_no_holder(tmp_path: Path) -> None:
    path = tmp_path / "a.pid"
    assert pidfile.holder(path) is None
    for text in ("", "x", "\n", "99999999999999"):
        path.write_text(text)
        assert pidfile.holder(path) is None


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / "a.pid").symlink_to(target)
    assert pidfile.write(tmp_path / "a.pid", 1) is not None
    assert target.read_text() == "precious"


def test_the_file_is_readable_for_all_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o177)
    pidfile.write(tmp_path / "a.pid", 5)
    os.umask(before)
    assert (tmp_path / "a.pid").stat().st_mode & 0o777 == 0o644
    pidfile.remove(tmp_path / "a.pid")
    pidfile.remove(tmp_path / "a.pid")


def test_a_full_disk_is_told_and_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    complaint = pidfile.write(tmp_path / "a.pid", 5)
    assert complaint is not None and "No space left" in complaint


def test_a_file_that_cannot_be_removed_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.pid").mkdir()
    pidfile.remove(tmp_path / "a.pid")
