"""The control socket: answers those who ask well, and is held up by nobody."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from keepalived.cli.asking import NoAnswer, ask
from keepalived.linux.clock import now_us
from keepalived.run import control
from keepalived.run.control import Control, Reply
from keepalived.run.loop import Loop


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    """A control socket whose loop runs in a thread."""
    loop = Loop()

    def answer(question: str, arguments: tuple[str, ...], reply: Reply) -> None:
        reply({"asked": question, "arguments": list(arguments), "much": "x" * 3_000_000})

    path = tmp_path / "k.sock"
    made = Control(loop, path, answer)
    assert made.open() == ""
    going = True

    def run() -> None:
        while going:
            loop.call_at(now_us() + 20_000, lambda: None)
            loop.turn()

    thread = threading.Thread(target=run)
    thread.start()
    yield path
    going = False
    thread.join()
    made.close()
    loop.close()
    assert not path.exists()


def test_a_question_gets_its_answer_however_long(served: Path) -> None:
    answer = ask(served, "status", ("a",))
    assert answer["asked"] == "status" and answer["arguments"] == ["a"]
    assert len(answer["much"]) == 3_000_000


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b"{}\n", b'{"ask": 1, "arguments": 3}\n'])
def test_nonsense_gets_a_message(served: Path, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(5)
        caller.connect(str(served))
        caller.sendall(line)
        assert "error" in json.loads(caller.recv(10000))


def test_one_who_says_nothing_or_too_much_does_not_hinder_others(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "PATIENCE_US", 300_000)
    with socket.socket(socket.AF_UNIX) as silent, socket.socket(socket.AF_UNIX) as loud:
        for each in (silent, loud):
            each.settimeout(5)
            each.connect(str(served))
        loud.sendall(b"x" * 8192)
        assert ask(served, "status")["asked"] == "status"
        assert silent.recv(10) == b"", "patience has an end"


def test_only_the_owner_may_ask(served: Path) -> None:
    assert served.stat().st_mode & 0o777 == 0o600


def test_without_a_daemon_the_operator_is_told_what_helps(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="--pid-file"):
        ask(tmp_path / "none.sock", "status")
