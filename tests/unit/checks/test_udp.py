"""UDP_CHECK: what is sent, and which replies and silences are good."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from tests.unit.checks.test_kinds import HERE, NAMES, Lends

from keepalived.core.checks.checker import Conversation
from keepalived.core.checks.udp import UdpCheck
from keepalived.port.talk import Say, Target, Transport, Verdict


def asked(check: UdpCheck) -> Conversation:
    probe = check.checker(check.terms(HERE, 53, Lends())).probe()
    assert isinstance(probe, Conversation)
    return probe


def judged(check: UdpCheck, reply: bytes) -> Verdict:
    turn = asked(check).speaker.heard(reply)
    assert isinstance(turn, Verdict)
    return turn


def test_silence_is_good_unless_a_reply_is_required() -> None:
    silence = asked(UdpCheck()).target.silence
    assert silence is not None and silence.good
    assert asked(UdpCheck(require_reply="")).target.silence is None


def test_the_payload_is_what_is_sent_and_something_is_sent_without_one() -> None:
    assert asked(UdpCheck(payload="00ff")).speaker.opened() == Say(b"\x00\xff")
    usual = asked(UdpCheck()).speaker.opened()
    assert isinstance(usual, Say) and usual.data


@pytest.mark.parametrize(
    ("pattern", "reply", "good"),
    [
        ("6162", b"abc", True),
        ("61626364", b"abc", True),
        ("6163", b"abc", False),
        ("6x63", b"bc", True),
        ("x163", b"bc", False),
        ("xxxx63", b"..c", True),
        ("61", b"", True),
    ],
)
def test_a_reply_is_held_against_the_pattern_as_far_as_both_reach(
    pattern: str, reply: bytes, good: bool
) -> None:
    assert judged(UdpCheck(require_reply=pattern), reply).good is good


@pytest.mark.parametrize(
    ("words", "length", "good"),
    [
        ({"require_reply": ""}, 300, True),
        ({"require_reply": "78"}, 300, False),
        ({"require_reply": "78"}, 255, True),
        ({"require_reply": "78", "max_reply_length": 300}, 300, True),
        ({"require_reply": "", "max_reply_length": 10}, 11, False),
        ({"require_reply": "", "min_reply_length": 4}, 3, False),
        ({"require_reply": "", "min_reply_length": 4}, 4, True),
        ({"min_reply_length": 4}, 3, True),
    ],
)
def test_lengths_count_where_a_reply_is_required(
    words: dict[str, object], length: int, good: bool
) -> None:
    assert judged(UdpCheck(**words), b"x" * length).good is good  # type: ignore[arg-type]


def test_where_it_is_asked_from_is_part_of_the_target() -> None:
    source = IPv4Address("192.0.2.9")
    check = UdpCheck(bindto=source, bind_port=4000, bind_if="eth0", fwmark=7, connect_port=99)
    silence = Verdict(True, "not refused")
    assert asked(check).target == Target(
        *(Transport.UDP, HERE, 99, 5_000_000, 5_000_000, source),
        source_port=4000,
        link="eth0",
        mark=7,
        silence=silence,
    )


def test_lines_are_upstreams() -> None:
    check = UdpCheck()
    checker = check.checker(check.terms(HERE, 80, Lends()))
    assert checker.good_line(NAMES) == "UDP connection to [192.0.2.1]:tcp:80 success."
    refused = Verdict(False, "connection refused")
    line = "UDP_CHECK on service [192.0.2.1]:tcp:80 failed"
    assert checker.bad_line(NAMES, refused, 0, 1) == f"{line}. (connection refused)"
    assert checker.bad_line(NAMES, refused, 1, 1) == f"{line} after 1 retries. (connection refused)"
