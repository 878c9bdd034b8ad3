"""DNS_CHECK: its question, and the replies that count."""

from __future__ import annotations

import pytest
from tests.unit.checks.test_kinds import HERE, NAMES, Lends

from keepalived.core.checks.checker import Checker, Conversation
from keepalived.core.checks.dns import DnsCheck
from keepalived.port.talk import LISTEN, Say, Talk, Transport, Verdict
from keepalived.wire.dns import TYPES


def made(**words: object) -> Checker:
    check = DnsCheck(**words)  # type: ignore[arg-type]
    return check.checker(check.terms(HERE, 53, Lends()))


def asked(checker: Checker) -> tuple[Talk, bytes]:
    probe = checker.probe()
    assert isinstance(probe, Conversation) and probe.target.transport is Transport.UDP
    turn = probe.speaker.opened()
    assert isinstance(turn, Say)
    return probe.speaker, turn.data


def test_it_is_tried_again_three_times_each_after_the_delay_loop() -> None:
    terms = DnsCheck().terms(HERE, 53, Lends())
    assert (terms.retry, terms.retry_delay_us) == (3, 6_000_000)
    terms = DnsCheck(retry=1, delay_before_retry_us=5, delay_loop_us=7).terms(HERE, 53, Lends())
    assert (terms.retry, terms.retry_delay_us, terms.loop_us) == (1, 5, 7)


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_asked_for_by_its_number(kind: str) -> None:
    _, data = asked(made(type=kind, name="example.com"))
    assert data[-4:-2] == TYPES[kind].to_bytes(2, "big")


def test_no_two_questions_in_a_row_have_one_number() -> None:
    checker = made()
    numbers = [asked(checker)[1][:2] for _ in range(500)]
    assert len(set(numbers)) == 500


def test_a_reply_without_an_error_is_good_and_one_with_an_error_is_not() -> None:
    talk, data = asked(made())
    good = talk.heard(data[:2] + b"\x81\x80" + bytes(8))
    assert isinstance(good, Verdict) and good.good
    bad = talk.heard(data[:2] + b"\x81\x82" + bytes(8))
    assert bad == Verdict(False, "rcode = 2, SERVFAIL", 2)
    bad = talk.heard(data[:2] + b"\x81\x8f" + bytes(8))
    assert bad == Verdict(False, "rcode = 15", 15)


def test_what_is_no_reply_to_the_question_is_not_heard() -> None:
    talk, data = asked(made())
    other = bytes((data[0] ^ 1, data[1]))
    assert talk.heard(other + b"\x81\x80" + bytes(8)) is LISTEN
    assert talk.heard(data) is LISTEN
    assert talk.heard(b"short") is LISTEN


def test_a_name_that_is_none_is_never_asked_for() -> None:
    checker = made(name="a..b")
    probe = checker.probe()
    assert isinstance(probe, Conversation)
    verdict = probe.speaker.opened()
    assert isinstance(verdict, Verdict) and not verdict.good
    assert "a part of a..b" in checker.bad_line(NAMES, verdict, 0, 3)


def test_lines_are_upstreams() -> None:
    checker = made()
    assert checker.good_line(NAMES) == ""
    start = "DNS_CHECK ([192.0.2.1]:tcp:80)"
    refused = Verdict(False, "connection refused", 111)
    line = f"{start} failed to read socket; errno 111 (Connection refused)"
    assert checker.bad_line(NAMES, refused, 0, 3) == line
    assert checker.bad_line(NAMES, refused, 3, 3) == f"{line} after 3 retries"
    late = Verdict(False, "timed out waiting for the reply")
    assert checker.bad_line(NAMES, late, 0, 3) == f"{start} read timeout from socket"
    talk, data = asked(checker)
    bad = talk.heard(data[:2] + b"\x81\x82" + bytes(8))
    assert isinstance(bad, Verdict)
    line = f"{start} read error occurred. (rcode = 2, SERVFAIL)"
    assert checker.bad_line(NAMES, bad, 0, 3) == line
