"""SMTP_CHECK: the conversation, what breaks it, and blocks with several hosts."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from tests.unit.checks.test_kinds import HERE, NAMES, Lends
from tests.unit.lvs.stage import A, Stage, server, service

from keepalived.core.checks.checker import Checker, Conversation
from keepalived.core.checks.smtp import SmtpCheck, SmtpHost
from keepalived.port.effects import StartTalk
from keepalived.port.talk import LISTEN, Say, Talk, Turn, Verdict


def made(**words: object) -> Checker:
    check = SmtpCheck(**words)  # type: ignore[arg-type]
    return check.checker(check.terms(HERE, 25, Lends()))


def talk(checker: Checker) -> Talk:
    probe = checker.probe()
    assert isinstance(probe, Conversation)
    return probe.speaker


def play(speaker: Talk, *pieces: bytes) -> Turn:
    """Say these one after the other; give the last turn."""
    turn = speaker.opened()
    assert turn is LISTEN
    for piece in pieces:
        turn = speaker.heard(piece)
    return turn


def test_a_server_that_greets_is_greeted_and_left() -> None:
    speaker = talk(made(helo_name="me.example"))
    assert play(speaker, b"220 hello\r\n") == Say(b"HELO me.example\r\n")
    assert speaker.heard(b"250 hello\r\n") == Say(b"QUIT\r\n")
    assert speaker.heard(b"221 bye\r\n") == Verdict(True, "greeted", 221)


def test_without_a_name_we_greet_as_upstream_does() -> None:
    assert play(talk(made()), b"220 hi\r\n") == Say(b"HELO smtpchecker.keepalived.org\r\n")


def test_replies_come_in_pieces_and_in_several_lines() -> None:
    speaker = talk(made())
    assert play(speaker, b"220-one\r\n22") is LISTEN
    assert speaker.heard(b"0 two\r") is LISTEN
    assert isinstance(speaker.heard(b"\n"), Say)
    assert speaker.heard(b"250-SIZE\r\n") is LISTEN
    assert speaker.heard(b"250 HELP\r\n") == Say(b"QUIT\r\n")


def test_how_it_says_good_bye_does_not_matter() -> None:
    speaker = talk(made())
    play(speaker, b"220 a\r\n", b"250 b\r\n")
    assert speaker.hung_up().good
    turn = speaker.heard(b"500 what?\r\n")
    assert isinstance(turn, Verdict) and turn.good


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        ((b"421 busy\r\n",), "Bad greeting banner from server"),
        ((b"\r\n",), "Bad greeting banner from server"),
        ((b"220 a\r\n", b"550 no\r\n"), "Bad HELO response from server"),
        ((b"220 " + b"x" * 20_000,), "Read failure from server"),
    ],
)
def test_a_wrong_reply_fails(pieces: tuple[bytes, ...], said: str) -> None:
    checker = made()
    turn = play(talk(checker), *pieces)
    assert isinstance(turn, Verdict) and not turn.good
    line = checker.bad_line(NAMES, turn, 0, 1)
    assert line.startswith(f"SMTP_CHECK {said} [192.0.2.1]:25 (")


def test_what_a_server_said_is_shown_without_what_cannot_be_printed() -> None:
    turn = play(talk(made()), b"421 \x1b[31m busy\r\n")
    assert turn == Verdict(False, "it said 421 ?[31m busy", 421)


def test_lines_tell_how_far_it_came() -> None:
    checker = made()
    refused = Verdict(False, "connection refused")
    speaker = talk(checker)
    line = "SMTP_CHECK Could not connect to server [192.0.2.1]:25 (connection refused)"
    assert checker.bad_line(NAMES, refused, 1, 1) == line
    speaker.opened()
    late = Verdict(False, "timed out waiting for the reply")
    assert "Read timeout from server [192.0.2.1]:25" in checker.bad_line(NAMES, late, 0, 1)
    assert not speaker.hung_up().good
    assert "Read failure from server" in checker.bad_line(NAMES, late, 0, 1)
    assert checker.good_line(NAMES) == ("Remote SMTP server [192.0.2.1]:tcp:80 succeed on service.")


def test_each_host_of_a_block_is_a_check_of_its_own() -> None:
    hosts = (SmtpHost(connect_ip=IPv4Address("192.0.2.7"), fwmark=3), SmtpHost(connect_port=26))
    check = SmtpCheck(connect_port=25, helo_name="x", hosts=hosts)
    stage = Stage(service(server(A, check)))
    asked = [each for each in stage.wake() if isinstance(each, StartTalk)]
    assert [(str(each.target.address), each.target.port, each.target.mark) for each in asked] == [
        ("192.0.2.7", 25, 3),
        (str(A), 26, 0),
    ]
