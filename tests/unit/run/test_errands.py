"""The daemon's own scripts: waited for, but no longer than was said."""

from __future__ import annotations

import time
from pathlib import Path

from keepalived.config.load import load_text
from keepalived.config.root import Config
from keepalived.run import errands
from keepalived.run.logbook import Logbook


class Heard(Logbook):
    def __init__(self) -> None:
        super().__init__("test", syslog=False)
        self.lines: list[str] = []

    def write(self, severity: object, text: str) -> None:
        self.lines.append(text)


def config(words: str) -> Config:
    return load_text(f"global_defs {{\n script_user root\n {words}\n}}").config


def test_the_startup_script_has_run_when_the_start_goes_on(tmp_path: Path) -> None:
    log = Heard()
    errands.run(config(f'startup_script "/usr/bin/touch {tmp_path}/a"'), "startup", log)
    assert (tmp_path / "a").exists()
    assert log.lines == []


def test_a_script_that_fails_is_told_of() -> None:
    log = Heard()
    errands.run(config("shutdown_script /usr/bin/false"), "shutdown", log)
    assert log.lines == ["The shutdown script /usr/bin/false exited with status 1"]


def test_a_script_that_hangs_is_ended() -> None:
    log, begun = Heard(), time.monotonic()
    words = 'startup_script "/usr/bin/sleep 60"\n startup_script_timeout 1'
    errands.run(config(words), "startup", log)
    assert time.monotonic() - begun < 10
    assert "took too long" in log.lines[0]


def test_no_script_is_no_errand() -> None:
    log = Heard()
    errands.run(config("umask 077"), "startup", log)
    assert log.lines == []
