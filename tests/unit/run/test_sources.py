"""Fetching files: by name, by pattern, and never held up by what is no file."""

from __future__ import annotations

import os
from pathlib import Path

from keepalived.lang.source import Unreadable
from keepalived.run.sources import fetch, setting


def test_a_pattern_gives_its_files_sorted(tmp_path: Path) -> None:
    for name in ("b.conf", "a.conf", "c.txt"):
        (tmp_path / name).write_text(name)
    found = fetch(f"{tmp_path}/*.conf")
    assert [text for _, text in found] == ["a.conf", "b.conf"]


def test_no_file_is_nothing(tmp_path: Path) -> None:
    assert fetch(str(tmp_path / "none")) == ()


def test_bytes_that_are_no_text_come_through(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff\x00x")
    found = fetch(str(tmp_path / "a"))
    text = found[0][1]
    assert isinstance(text, str)
    assert text.encode("utf-8", "surrogateescape") == b"\xff\x00x"


def test_what_is_no_plain_file_is_unreadable_and_the_others_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "good").write_text("x")
    (tmp_path / "program").write_text("x")
    (tmp_path / "program").chmod(0o755)
    for name in ("fifo", "", "link", "program"):
        ((_, text),) = fetch(str(tmp_path / name))
        assert isinstance(text, Unreadable), name
    assert [text for _, text in fetch(f"{tmp_path}/*") if text == "x"] == ["x"]


def test_the_setting_is_of_this_host_unless_told_otherwise() -> None:
    here = setting()
    assert here.config_id == os.uname().nodename.partition(".")[0]
    assert (here.folder, here.environment["PATH"]) == (os.getcwd(), os.environ["PATH"])
    assert all(3 <= here.draw(3, 5) <= 5 for _ in range(50))
    assert here.draw(4, 4) == 4
    other = setting("blue", strict=True)
    assert (other.config_id, other.strict) == ("blue", True)
