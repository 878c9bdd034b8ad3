"""A reload by appointment: what a time is, and when it has come."""

from __future__ import annotations

import calendar
import os
from pathlib import Path

import pytest

from keepalived.run.appointment import DAY_S, Appointment, due
from keepalived.run.logbook import Logbook
from keepalived.run.loop import Loop

NOON = float(calendar.timegm((2026, 5, 4, 12, 0, 0, 0, 0, 0)))


@pytest.mark.parametrize(
    ("text", "after_s"),
    [
        ("13:00:00Z", 3600),
        ("11:00:00Z", DAY_S - 3600),
        ("12:00:00Z", DAY_S),
        ("26-05-04 12:00:05Z", 5),
        ("2026-05-05 12:00:00Z", DAY_S),
        ("2026-05-03 12:00:00Z", -DAY_S),
    ],
)
def test_a_time_is_the_next_one_and_a_date_is_that_date(text: str, after_s: int) -> None:
    assert due(text, NOON) == NOON + after_s


def test_a_time_without_a_zone_is_the_hosts_own() -> None:
    local = due("2026-05-04 12:00:00", NOON)
    assert local is not None
    assert abs(local - NOON) <= 14 * 3600


@pytest.mark.parametrize("text", ["", "noon", "25:00:00", "12:00", "2026-13-01 00:00:00", "Z"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert due(text, NOON) is None


class Kept:
    """An appointment with a clock of its own, looked at by hand."""

    def __init__(self, tmp_path: Path, text: str, repeat: bool) -> None:
        self.file = tmp_path / "time"
        self.file.write_text(text)
        self.now = NOON
        self.reloads = 0
        self.lines: list[str] = []
        log = Logbook("test", syslog=False)
        log.write = lambda severity, text: self.lines.append(text)  # type: ignore[method-assign]
        self.made = Appointment(Loop(), log, self._reload, lambda: self.now)
        self.made.keep(str(self.file), repeat)

    def _reload(self) -> None:
        self.reloads += 1

    def at(self, after_s: float) -> int:
        self.now = NOON + after_s
        self.made._look()
        return self.reloads


def test_a_reload_comes_at_its_time_once_and_takes_the_file_away(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "12:00:10Z\n", repeat=False)
    assert (kept.at(9), kept.at(10), kept.at(11), kept.at(DAY_S + 11)) == (0, 1, 1, 1)
    assert not kept.file.exists()


def test_a_bare_time_comes_again_every_day_when_that_is_asked_for(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "12:00:10Z", repeat=True)
    assert (kept.at(10), kept.at(20), kept.at(DAY_S + 10)) == (1, 1, 2)
    assert kept.file.exists()


def test_a_file_that_changes_is_another_appointment(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "12:00:10Z", repeat=False)
    kept.file.write_text("12:00:30Z")
    os.utime(kept.file, ns=(1, 1))
    assert (kept.at(10), kept.at(30)) == (0, 1)


def test_a_file_that_goes_is_no_appointment(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "12:00:10Z", repeat=False)
    kept.file.unlink()
    assert kept.at(10) == 0


def test_a_time_that_is_over_is_told_of_once(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "2020-01-01 00:00:00Z", repeat=False)
    assert (kept.at(1), kept.at(2)) == (0, 0)
    assert len(kept.lines) == 1
    assert "no time to come" in kept.lines[0]


def test_a_pipe_in_the_files_place_is_told_of_and_never_waited_for(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "12:00:10Z", repeat=False)
    kept.file.unlink()
    os.mkfifo(kept.file)
    assert (kept.at(10), kept.at(11)) == (0, 0)
    assert ["no regular file" in line for line in kept.lines] == [True]
