"""Fetching files: by name, by pattern, and never held up by what is no file."""

from __future__ import annotations

import os
from pathlib import Path

from keepalived.lang.source import Unreadable
from keepalived.run.sources import fetch


def test_a_pattern_gives_its_files_sorted(tmp_path: Path) -> None:
    for name in ("b.conf", "a.conf", "c.txt"):
        (tmp_path / name).write_text(name)
    found = fetch(f"{tmp_path}/*.conf")
    assert not isinstance(found, Unreadable)
    assert [text for _, text in found] == ["a.conf", "b.conf"]


def test_no_file_is_nothing(tmp_path: Path) -> None:
    assert fetch(str(tmp_path / "none")) == ()


def test_bytes_that_are_no_text_come_through(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff\x00x")
    found = fetch(str(tmp_path / "a"))
    assert not isinstance(found, Unreadable)
    assert found[0][1].encode("utf-8", "surrogateescape") == b"\xff\x00x"


def test_a_fifo_a_directory_and_a_dangling_link_are_unreadable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("fifo", "", "link"):
        assert isinstance(fetch(str(tmp_path / name)), Unreadable), name
