"""The log: upstream's form on the console, syslog's on the socket, and never a wait."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from keepalived.port.effects import Severity
from keepalived.run import logbook
from keepalived.run.logbook import Logbook


@pytest.fixture
def syslog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    place = tmp_path / "log"
    monkeypatch.setattr(logbook, "SYSLOG", str(place))
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.bind(str(place))
    made.settimeout(5)
    yield made
    made.close()


def test_a_line_reaches_syslog_with_facility_severity_and_identity(syslog: socket.socket) -> None:
    Logbook("Keepalived_vrrp").write(Severity.WARNING, "text")
    line = syslog.recv(1000).decode()
    assert re.fullmatch(
        rf"<28>\w{{3}} [ \d]\d \d\d:\d\d:\d\d Keepalived_vrrp\[{os.getpid()}\]: text", line
    )


def test_each_line_of_a_text_is_a_line(syslog: socket.socket) -> None:
    Logbook("x").info("one\ntwo")
    assert [syslog.recv(1000).decode()[-3:] for _ in range(2)] == ["one", "two"]


def test_a_syslog_that_was_started_anew_is_found_again(
    syslog: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logbook, "ABSENT_S", 0.0)
    log = Logbook("x")
    log.info("one")
    place = syslog.getsockname()
    syslog.close()
    os.unlink(place)
    log.info("lost")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as again:
        again.bind(place)
        again.settimeout(5)
        log.info("found")
        assert again.recv(1000).decode().endswith("found")


def test_a_syslog_that_does_not_read_loses_lines_and_no_time(syslog: socket.socket) -> None:
    log = Logbook("x")
    begin = time.monotonic()
    for _ in range(3000):
        log.info("x" * 500)
    assert time.monotonic() - begin < 2


def test_the_console_has_upstreams_form(capfd: pytest.CaptureFixture[str]) -> None:
    Logbook("x", console=True, syslog=False).info("Startup complete")
    line = capfd.readouterr().err
    assert re.fullmatch(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}: Startup complete\n", line)


def test_many_lines_reach_the_console_whole_in_pieces_that_never_wait() -> None:
    reading, writing = os.pipe()
    kept = os.dup(2)
    os.dup2(writing, 2)
    try:
        Logbook("x", console=True, syslog=False).info("\n".join(f"line {n}" for n in range(500)))
    finally:
        os.dup2(kept, 2)
        os.close(writing)
        os.close(kept)
    with os.fdopen(reading) as read:
        lines = read.read().splitlines()
    assert [line.partition("line ")[2] for line in lines] == [str(n) for n in range(500)]


def test_a_console_that_nobody_reads_loses_lines_and_no_time() -> None:
    reading, writing = os.pipe()
    kept = os.dup(2)
    os.dup2(writing, 2)
    try:
        log = Logbook("x", console=True, syslog=False)
        begin = time.monotonic()
        for _ in range(500):
            log.info("x" * 1000)
        took = time.monotonic() - begin
    finally:
        os.dup2(kept, 2)
        for each in (reading, writing, kept):
            os.close(each)
    assert took < 2


def test_details_are_only_for_those_who_ask(capfd: pytest.CaptureFixture[str]) -> None:
    Logbook("x", console=True, syslog=False).write(Severity.DEBUG, "hidden")
    Logbook("x", console=True, syslog=False, detail=True).write(Severity.DEBUG, "shown")
    text = capfd.readouterr().err
    assert "hidden" not in text and "shown" in text
