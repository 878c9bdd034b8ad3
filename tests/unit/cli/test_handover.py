"""`kactl handover`, as an operator calls it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from keepalived.cli import asking, handover
from keepalived.cli.main import main
from keepalived.cli.status import status_lines

Answers = list[dict[str, Any]]


class Daemon:
    """Answers what it was given, one after the other; the last one again and again."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def __call__(self, path: Path, question: str, arguments: Sequence[str] = ()) -> dict[str, Any]:
        self.asked.append((question, tuple(arguments)))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def instance(state: str, handing: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"name": "VI_1", "state": state, "why": "a reason", "handover": handing, **more}


def answer(each: dict[str, Any], error: str = "") -> dict[str, Any]:
    named = [] if error else ["VI_1"]
    return {"vrrp": {"instances": [each], "handover": {"error": error, "instances": named}}}


BEGUN = answer(instance("MASTER", {"state": "under way", "for_us": 10}))
MASTER = {"address": "10.0.0.6", "priority": 100}


def call(monkeypatch: pytest.MonkeyPatch, *answers: dict[str, Any]) -> Daemon:
    daemon = Daemon(*answers)
    monkeypatch.setattr(handover, "ask", daemon)
    monkeypatch.setattr(handover, "LOOK_S", 0)
    return daemon


def test_it_waits_until_a_peer_leads_and_says_who(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = answer(instance("BACKUP", {"state": "yields", "left_us": None}, master=MASTER))
    daemon = call(monkeypatch, BEGUN, BEGUN, done)
    assert main(["handover", "VI_1", "--socket=/x"]) == 0
    assert daemon.asked[0] == ("handover", ("begin", "VI_1", ""))
    out = capsys.readouterr().out
    assert out.startswith("VI_1: 10.0.0.6 leads, within ")
    assert out.endswith("it stays a backup until --end\n")


def test_a_time_is_told_in_microseconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = answer(instance("BACKUP", {"state": "yields", "left_us": 5}, master=MASTER))
    daemon = call(monkeypatch, BEGUN, done)
    assert main(["handover", "--for=10m"]) == 0
    assert daemon.asked[0] == ("handover", ("begin", "", "600000000"))
    assert "it stays a backup for" in capsys.readouterr().out


def test_where_nobody_takes_over_it_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call(monkeypatch, BEGUN, answer(instance("MASTER", {"state": "nobody took over"})))
    assert main(["handover"]) == 1
    assert capsys.readouterr().out == "VI_1: leads on: no peer took over\n"


def test_what_the_daemon_cannot_do_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call(monkeypatch, answer(instance("BACKUP"), "none of them leads"))
    assert main(["handover"]) == 1
    assert capsys.readouterr().err == "kactl: none of them leads\n"
    call(monkeypatch, {"keepalived": {}})
    assert main(["handover", "--end"]) == 1
    assert "runs no virtual routers" in capsys.readouterr().err


def test_the_end_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon = call(monkeypatch, answer(instance("BACKUP")))
    assert main(["handover", "--end", "VI_1"]) == 0
    assert daemon.asked == [("handover", ("end", "VI_1"))]
    assert capsys.readouterr().out == "VI_1: leads again if its priority says so\n"


@pytest.mark.parametrize("text", ["", "x", "10d", "-5s", "0", "999999999h", "1.5h"])
def test_a_time_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["handover", f"--for={text}"]) == 2
    assert "wants a time like" in capsys.readouterr().err


def test_it_cannot_begin_and_end_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["handover", "--for=1m", "--end"]) == 2
    assert "either begins or ends" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("handing", "said"),
    [
        ({"state": "under way", "for_us": 1}, "hands over, and holds on until a peer leads"),
        ({"state": "yields", "left_us": None}, "lets others lead until told"),
        ({"state": "yields", "left_us": 60_000_000}, "lets others lead for 1 min more"),
        ({"state": "nobody took over", "ago_us": 5_000_000}, "but nobody took over"),
    ],
)
def test_status_shows_a_handover(handing: dict[str, Any], said: str) -> None:
    shown = instance("BACKUP", handing, for_us=0, interface="eth0", virtual_router_id=1)
    shown |= {"priority": 1, "base_priority": 1, "detail": "", "master": None}
    lines = status_lines({"vrrp": {"instances": [shown]}})
    assert said in "\n".join(lines)


def test_status_shows_lateness_and_urgency() -> None:
    child = {"pid": 5, "starts": 1}
    process = {"realtime": 1, "late_times": 3, "worst_late_us": 250_000}
    document = {"keepalived": {"children": {"vrrp": child}}, "vrrp": {"process": process}}
    text = "\n".join(status_lines(document))
    assert "vrrp: pid 5, real-time 1, late 3 times, 250 ms at worst" in text


def test_nobody_listening_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asking.PATIENCE_S > 0
    assert main(["handover", f"--socket={tmp_path / 'none'}"]) == 1
    assert "no keepalived is running" in capsys.readouterr().err
