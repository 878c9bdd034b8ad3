"""Every kind: what it asks, on which terms, and what it makes of the answers."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import pytest

from keepalived.config.root import Config
from keepalived.core.checks.checker import (
    Checker,
    Conversation,
    FileFollowed,
    Finding,
    Followed,
    Names,
    Program,
)
from keepalived.core.checks.http import HttpGet, SslGet, Url
from keepalived.core.checks.kinds import KINDS
from keepalived.core.checks.misc import TIMED_OUT, MiscCheck
from keepalived.core.checks.tcp import TcpCheck
from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.lang.net_values import ServiceHead, SocketAddress
from keepalived.lang.values import Command
from keepalived.lang.words import block_of
from keepalived.port.talk import LISTEN, Say, Transport, Verdict
from keepalived.status.classic_check_dump import check_lines
from keepalived.status.classic_pieces import Surroundings

HERE = IPv4Address("192.0.2.1")
GOOD = Verdict(True, "fine")
BAD = Verdict(False, "broken")
NAMES = Names("[192.0.2.1]:tcp:80", "[10.0.0.1]:tcp:80")


@dataclass(frozen=True)
class Lends:
    delay_loop_us: int = 6_000_000
    virtualhost: str = ""


def http(*urls: Url, **words: object) -> Checker:
    check = HttpGet(urls=urls, **words)  # type: ignore[arg-type]
    return check.checker(check.terms(HERE, 80, Lends()))


def asked(checker: Checker) -> bytes:
    probe = checker.probe()
    assert isinstance(probe, Conversation)
    turn = probe.speaker.opened()
    assert isinstance(turn, Say)
    return turn.data


@pytest.mark.parametrize(
    ("kind", "retry", "delay_us"),
    [(TcpCheck, 1, 1_000_000), (HttpGet, 1, 3_000_000), (SslGet, 1, 3_000_000)],
)
def test_terms_default_as_upstream(kind: type[TcpCheck], retry: int, delay_us: int) -> None:
    terms = kind().terms(HERE, 80, Lends())
    assert (terms.retry, terms.retry_delay_us) == (retry, delay_us)
    assert (terms.timeout_us, terms.loop_us, terms.warmup_us) == (5_000_000, 6_000_000, 6_000_000)


def test_own_words_go_before_defaults() -> None:
    check = TcpCheck(connect_port=81, connect_timeout_us=2, retry=0, delay_before_retry_us=3)
    terms = check.terms(HERE, 80, Lends())
    assert (terms.port, terms.timeout_us, terms.retry, terms.retry_delay_us) == (81, 2, 0, 3)


def test_program_has_no_retry_and_the_delay_loop_as_time_limit() -> None:
    terms = MiscCheck(misc_timeout_us=0).terms(HERE, 80, Lends())
    assert (terms.retry, terms.timeout_us) == (0, 6_000_000)
    assert MiscCheck(misc_timeout_us=7).terms(HERE, 80, Lends()).timeout_us == 7


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_a_checker_that_judges(kind: type[TcpCheck]) -> None:
    checker = kind().checker(kind().terms(HERE, 80, Lends()))
    assert checker.title
    assert isinstance(checker.probe(), Conversation | Program | Followed | FileFollowed)
    assert checker.judge(BAD, True) is Finding.FAILED
    assert checker.mail_cause(BAD) != checker.mail_cause(GOOD)
    assert checker.bad_line(NAMES, BAD, 1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_named_in_the_dump(kind: type[TcpCheck]) -> None:
    server = RealServer(at=SocketAddress(HERE, 80), checks=(kind(),))
    service = VirtualServer(head=ServiceHead(HERE, 80), servers=(server,))
    config = Config(services=(service,))  # type: ignore[call-arg]
    lines = check_lines(config, Surroundings())
    method = next(line for line in lines if "Keepalive method" in line)
    assert method.split("= ")[1].split(",")[0] == block_of(kind).name


def test_connection_is_all_that_tcp_asks_for() -> None:
    check = TcpCheck()
    checker = check.checker(check.terms(HERE, 80, Lends()))
    probe = checker.probe()
    assert isinstance(probe, Conversation)
    assert probe.target.transport is Transport.TCP
    opened = probe.speaker.opened()
    assert isinstance(opened, Verdict) and opened.good
    assert probe.speaker.heard(b"banner") is LISTEN
    assert probe.speaker.hung_up().good
    assert checker.judge(GOOD, False) is Finding.PASSED
    assert checker.part_line(NAMES) == ""
    assert checker.good_line(NAMES) == "TCP connection to [192.0.2.1]:tcp:80 success."
    first = checker.bad_line(NAMES, BAD, 0, 1)
    assert first == "TCP_CHECK on service [192.0.2.1]:tcp:80 failed. (broken)"
    assert "failed after 2 retries." in checker.bad_line(NAMES, BAD, 2, 2)


@pytest.mark.parametrize(
    ("verdict", "retry", "end"),
    [
        (Verdict(False, "exited with status 1", 1), 0, "failed with retry disabled (exited with"),
        (Verdict(False, "exited with status 1", 1), 2, "failed after 2 retries (exited with"),
        (Verdict(False, "due to signal 11", 11), 1, "failed after 1 retry (due to signal 11)."),
        (Verdict(False, TIMED_OUT), 1, "timed out after 1 retry."),
    ],
)
def test_program_lines_are_upstreams(verdict: Verdict, retry: int, end: str) -> None:
    check = MiscCheck(misc_path=Command(("/bin/x", "a"), "nobody", "nogroup"))
    checker = check.checker(check.terms(HERE, 80, Lends()))
    assert checker.part_line(NAMES) == ""
    probe = checker.probe()
    assert isinstance(probe, Program)
    assert probe.command.argv == ("/bin/x", "a")
    start = "Misc check for [[192.0.2.1]:tcp:80 VS [10.0.0.1]:tcp:80] by [/bin/x] "
    assert checker.good_line(NAMES) == start + "succeeded."
    assert checker.bad_line(NAMES, verdict, 0, retry).startswith(start + end)
    assert ("timed out" in checker.mail_cause(verdict)) is (verdict.because == TIMED_OUT)


def test_host_is_the_urls_then_the_checks_then_the_services_then_the_address() -> None:
    url, named = Url(path="/"), Url(path="/", virtualhost="url.example")
    assert b"Host: url.example\r\n" in asked(http(named, virtualhost="check.example"))
    assert b"Host: check.example\r\n" in asked(http(url, virtualhost="check.example"))
    check = HttpGet(urls=(url,))
    lent = check.terms(HERE, 80, Lends(virtualhost="service.example"))
    assert b"Host: service.example\r\n" in asked(check.checker(lent))
    assert b"Host: 192.0.2.1:80\r\n" in asked(http(url))
    six = check.terms(IPv6Address("2001:db8::1"), 8080, Lends())
    assert b"Host: [2001:db8::1]:8080\r\n" in asked(check.checker(six))


def test_ssl_get_goes_through_tls() -> None:
    check = SslGet(urls=(Url(path="/"),))
    probe = check.checker(check.terms(HERE, 443, Lends())).probe()
    assert isinstance(probe, Conversation)
    assert probe.target.transport is Transport.TLS
    assert probe.target.total_us == 3 * probe.target.timeout_us


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ({}, None),
        ({"virtualhost": "check.example"}, None),
        ({"enable_sni": True}, "lent.example"),
        ({"enable_sni": True, "virtualhost": "check.example"}, "check.example"),
        ({"enable_sni": True, "sni_name": "sni.example", "virtualhost": "x"}, "sni.example"),
    ],
)
def test_the_name_told_in_tls_is_the_hosts_where_it_is_wanted(
    words: dict[str, object], name: str | None
) -> None:
    check = SslGet(urls=(Url(path="/"), Url(path="/", virtualhost="url.example")), **words)  # type: ignore[arg-type]
    checker = check.checker(check.terms(HERE, 443, Lends(virtualhost="lent.example")))
    told = []
    for _ in range(3):
        probe = checker.probe()
        assert isinstance(probe, Conversation)
        told.append(probe.target.server_name)
        checker.judge(GOOD, True)
    second = "url.example" if name not in (None, "sni.example") else name
    assert told == [name, second, name]


def paths(checker: Checker, *verdicts: Verdict, up: bool) -> list[tuple[str, Finding]]:
    """Answer in turn; `up` follows the findings as health would have it without retries."""
    found = []
    for verdict in verdicts:
        path = asked(checker).split()[1].decode()
        finding = checker.judge(verdict, up)
        up = {Finding.PASSED: True, Finding.FAILED: False}.get(finding, up)
        found.append((path, finding))
    return found


def test_pages_are_asked_for_in_turn_one_a_round() -> None:
    checker = http(Url(path="/1"), Url(path="/2"))
    turns = paths(checker, GOOD, GOOD, GOOD, up=True)
    assert turns == [("/1", Finding.PART_PASSED), ("/2", Finding.PASSED), ("/1", Finding.PASSED)]


def test_failed_page_is_repeated_and_then_all_are_gone_through_before_it_is_up() -> None:
    checker = http(Url(path="/1"), Url(path="/2"))
    turns = paths(checker, GOOD, BAD, BAD, GOOD, GOOD, GOOD, GOOD, up=True)
    assert turns == [
        ("/1", Finding.PART_PASSED),
        ("/2", Finding.FAILED),
        ("/2", Finding.FAILED),
        ("/2", Finding.PART_PASSED),
        ("/1", Finding.PART_PASSED),
        ("/2", Finding.PASSED),
        ("/1", Finding.PASSED),
    ]


def test_page_failing_on_the_way_up_is_where_it_stays() -> None:
    checker = http(Url(path="/1"), Url(path="/2"))
    turns = paths(checker, BAD, GOOD, GOOD, BAD, GOOD, GOOD, GOOD, up=True)
    assert [path for path, _ in turns] == ["/1", "/1", "/1", "/2", "/2", "/1", "/2"]
    assert turns[-1][1] is Finding.PASSED
    assert turns[-2][1] is Finding.PART_PASSED


def test_single_page_must_pass_once_more_before_it_is_up() -> None:
    turns = paths(http(Url(path="/1")), BAD, GOOD, GOOD, up=True)
    assert [f for _, f in turns] == [Finding.FAILED, Finding.PART_PASSED, Finding.PASSED]


def test_forgiven_failure_leaves_the_check_up() -> None:
    checker = http(Url(path="/1"), Url(path="/2"))
    assert checker.judge(BAD, True) is Finding.FAILED
    assert checker.judge(GOOD, True) is Finding.PASSED


def test_part_line_names_the_page_that_passed_and_by_what() -> None:
    checker = http(Url(path="/1", digest="0" * 32), Url(path="/2"))
    paths(checker, GOOD, BAD, GOOD, up=True)
    assert checker.part_line(NAMES).startswith("HTTP status code success")
    assert "url(/2)" in checker.part_line(NAMES)
    checker.judge(GOOD, False)
    assert checker.part_line(NAMES) == "MD5 digest success to [192.0.2.1]:tcp:80 url(/1)"


def test_web_lines_are_upstreams() -> None:
    checker = http(Url(path="/"))
    assert checker.good_line(NAMES) == "Remote Web server [192.0.2.1]:tcp:80 succeed on service."
    line = checker.bad_line(NAMES, BAD, 0, 1)
    assert line.startswith("HTTP_CHECK on service [192.0.2.1]:tcp:80 failed after 1 retries.")
    assert "failed." in checker.bad_line(NAMES, BAD, 0, 0)


def test_check_without_pages_cannot_pass_for_a_page() -> None:
    probe = http().probe()
    assert isinstance(probe, Conversation)
    probe.speaker.opened()
    assert not probe.speaker.hung_up().good
