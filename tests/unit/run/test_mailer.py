"""The mail room: delivered by real SMTP; a server that is not well holds nothing up."""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from keepalived.core.notify.config import MailConfig
from keepalived.linux.clock import now_us
from keepalived.port.words import Mail
from keepalived.run import mailer
from keepalived.run.loop import Loop
from keepalived.run.mailer import QUEUE_MOST, Mailer, _be_courier, date_line, message

LETTER = Mail("[LVS] VRRP Instance VI_1 - Entering MASTER state", "=> why <=")


class Sink:
    """A mail server of few words, in a thread."""

    def __init__(self, *, silent: bool = False, refuse: bool = False) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.lines: list[str] = []
        self.silent = silent
        self.refuse = refuse
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        kept = []
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            kept.append(line)
            if not self.silent:
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        line.sendall(b"220 sink\r\n")
        in_data = False
        with line.makefile("rb") as reader:
            for raw in reader:
                text = raw.decode().rstrip("\r\n")
                self.lines.append(text)
                if in_data:
                    if text != ".":
                        continue
                    in_data = False
                elif text == "DATA" or text == "data":
                    in_data = True
                    line.sendall(b"354 go on\r\n")
                    continue
                if self.refuse and text.lower().startswith("rcpt"):
                    line.sendall(b"550 nobody here\r\n")
                    continue
                line.sendall(b"250 fine\r\n")


def config(port: int, timeout_us: int = 2_000_000) -> MailConfig:
    return MailConfig(
        server="127.0.0.1",
        port=port,
        timeout_us=timeout_us,
        sender="keepalived@domain.com",
        recipients=("admin@domain.com", "0633225522@domain.com"),
        router_id="LVS",
    )


class Room:
    """A mailer on a loop, with its complaints."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.complaints: list[str] = []
        self.mailer = Mailer(self.loop, self.complaints.append)

    def until_done(self, bound_s: float = 15) -> None:
        limit = now_us() + int(bound_s * 1e6)
        self.loop.call_at(limit, lambda: None)
        while now_us() < limit and any(
            self.mailer.snapshot()[each] for each in ("waiting", "under_way")
        ):
            self.loop.turn()


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.loop.close()


def test_a_mail_arrives_with_its_headers_at_every_recipient(room: Room) -> None:
    sink = Sink()
    room.mailer.config = config(sink.port)
    room.mailer.take(LETTER)
    room.until_done()
    assert room.complaints == []
    text = "\n".join(sink.lines)
    assert "<keepalived@domain.com>" in text
    for recipient in config(0).recipients:
        assert f"<{recipient}>" in text
    headers = [
        line.split(":")[0]
        for line in sink.lines
        if line.startswith(("Date:", "From:", "Subject:", "X-Mailer:", "To:"))
    ]
    assert headers == ["Date", "From", "Subject", "X-Mailer", "To"]
    assert f"Subject: {LETTER.subject}" in sink.lines
    assert "X-Mailer: Keepalived" in sink.lines
    assert "=> why <=" in sink.lines


def test_mails_of_one_moment_share_a_conversation(room: Room) -> None:
    sink = Sink()
    room.mailer.config = config(sink.port)
    for number in range(5):
        room.mailer.take(Mail(f"number {number}", ""))
    room.until_done()
    subjects = [line for line in sink.lines if line.startswith("Subject:")]
    assert subjects == [f"Subject: number {number}" for number in range(5)]
    assert sink.connections == 1


def test_a_silent_server_costs_a_line_and_no_time(room: Room) -> None:
    sink = Sink(silent=True)
    room.mailer.config = config(sink.port, timeout_us=1_000_000)
    begin = time.monotonic()
    room.mailer.take(LETTER)
    while not room.mailer.snapshot()["under_way"]:
        room.loop.turn()
    assert time.monotonic() - begin < 0.5
    room.until_done()
    assert len(room.complaints) == 1
    assert "a mail lost" in room.complaints[0]


def test_no_server_costs_a_line(room: Room) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    room.mailer.config = config(port)
    room.mailer.take(LETTER)
    room.until_done()
    assert room.complaints == [f"SMTP server 127.0.0.1:{port}: Connection refused; a mail lost"]


def test_a_courier_whose_parent_is_gone_ends_and_does_nothing_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    reading, writing = os.pipe()
    os.close(reading)
    pid = os.fork()
    if pid == 0:
        try:
            _be_courier(config(port), [("today", LETTER)], writing)
        except BaseException:
            os._exit(1)
    os.close(writing)
    assert os.waitpid(pid, 0)[1] == 0


def test_refused_recipients_are_said(room: Room) -> None:
    sink = Sink(refuse=True)
    room.mailer.config = config(sink.port)
    room.mailer.take(LETTER)
    room.until_done()
    assert len(room.complaints) == 1 and "nobody here" in room.complaints[0]


def test_the_queue_is_bounded_and_says_so_once(room: Room) -> None:
    room.mailer.config = config(9)
    for _ in range(QUEUE_MOST + 10):
        room.mailer.take(LETTER)
    assert room.mailer.snapshot() == {"waiting": QUEUE_MOST, "under_way": 0, "dropped": 10}
    assert len(room.complaints) == 1


def test_without_a_server_in_the_file_nothing_is_kept(room: Room) -> None:
    room.mailer.take(LETTER)
    assert room.mailer.snapshot()["waiting"] == 0


def test_a_name_cannot_smuggle_a_header_in() -> None:
    written = message(config(1), "now", Mail("a\r\nBcc: all@world", "text"))
    assert b"\r\nBcc" not in written


def test_the_date_is_in_english_and_has_its_zone() -> None:
    assert date_line(0).split()[0] in ("Thu,", "Wed,")
    assert date_line(0)[-5] in "+-"


@pytest.mark.parametrize("lack", ["fork", "pipe2"])
def test_mail_waits_while_no_process_can_be_had(
    room: Room, monkeypatch: pytest.MonkeyPatch, lack: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(mailer, "POSTPONED_US", 100_000)
    sink = Sink()
    room.mailer.config = config(sink.port)
    with monkeypatch.context() as poor:
        poor.setattr(os, lack, refuse)
        room.mailer.take(LETTER)
        room.loop.call_at(now_us() + 60_000, lambda: None)
        while not room.complaints:
            room.loop.turn()
    room.until_done()
    assert len(room.complaints) == 1 and "has to wait" in room.complaints[0]
    assert "=> why <=" in sink.lines
