"""PING_CHECK: a request, its echo, and upstream's lines."""

from __future__ import annotations

from tests.unit.checks.test_kinds import HERE, NAMES, Lends

from keepalived.core.checks.checker import Conversation
from keepalived.core.checks.ping import PingCheck
from keepalived.port.talk import LISTEN, Say, Transport, Verdict


def test_what_was_sent_has_to_come_back() -> None:
    check = PingCheck()
    probe = check.checker(check.terms(HERE, 0, Lends())).probe()
    assert isinstance(probe, Conversation)
    assert probe.target.transport is Transport.ICMP
    assert probe.target.silence is None
    turn = probe.speaker.opened()
    assert isinstance(turn, Say)
    assert probe.speaker.heard(turn.data[:-1]) is LISTEN
    assert probe.speaker.heard(turn.data) == Verdict(True, "a reply")


def test_lines_are_upstreams() -> None:
    check = PingCheck()
    checker = check.checker(check.terms(HERE, 0, Lends()))
    server = "[192.0.2.1]:tcp:80"
    late = Verdict(False, "late")
    assert checker.good_line(NAMES) == f"ICMP connection to {server} success."
    assert checker.bad_line(NAMES, late, 0, 1) == f"ICMP CHECK on service {server} failed. (late)"
    line = f"ICMP CHECK on service {server} of [10.0.0.1]:tcp:80 failed after 2 retries. (late)"
    assert checker.bad_line(NAMES, late, 2, 2) == line
