"""Talks by datagrams and echo requests on loopback, and what a socket is bound to beforehand."""

from __future__ import annotations

import os
import socket
import time
from _socket import socket as RawSocket
from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from tests.unit.linux.inbox import Inbox

from keepalived.linux import datagrams
from keepalived.linux.probes import Probes
from keepalived.port.effects import StartTalk
from keepalived.port.events import TalkEnded
from keepalived.port.talk import LISTEN, Say, Target, Transport, Turn, Verdict

QUIET = Verdict(True, "quiet")


class Asks:
    """Says one thing, and is content with one reply."""

    def __init__(self, wanted: bytes = b"") -> None:
        self.wanted = wanted

    def opened(self) -> Turn:
        return Say(b"question")

    def heard(self, data: bytes) -> Turn:
        return Verdict(True, data.decode()) if data.endswith(self.wanted) else LISTEN

    def hung_up(self) -> Verdict:
        return Verdict(False)


class Bench:
    """A prober, and servers that the test plays."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.probes = Probes(self.inbox.loop)
        self.number = 70_000

    def ask(self, target: Target, wanted: bytes = b"") -> int:
        self.number += 1
        self.probes.start(StartTalk(self.number, Asks(wanted), target))
        return self.number

    def verdict(self) -> Verdict:
        (event,) = self.inbox.wait()
        assert isinstance(event, TalkEnded) and event.talk == self.number
        return event.verdict


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.probes.close()
    made.inbox.loop.close()


@pytest.fixture(params=["127.0.0.1", "::1"])
def server(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as made:
        made.bind((request.param, 0))
        made.settimeout(3)
        yield made


def target(sock: socket.socket, timeout_us: int = 2_000_000, **words: object) -> Target:
    address, port = sock.getsockname()[:2]
    given = (Transport.UDP, ip_address(address), port, timeout_us, timeout_us)
    return Target(*given, **words)  # type: ignore[arg-type]


def test_a_reply_ends_the_talk(bench: Bench, server: socket.socket) -> None:
    bench.ask(target(server))
    data, source = server.recvfrom(99)
    assert data == b"question"
    server.sendto(b"answer", source)
    assert bench.verdict() == Verdict(True, "answer")


def test_a_datagram_from_elsewhere_is_not_heard(bench: Bench, server: socket.socket) -> None:
    bench.ask(target(server, 300_000))
    _, source = server.recvfrom(99)
    with socket.socket(server.family, socket.SOCK_DGRAM) as other:
        other.sendto(b"answer", source)
        assert bench.verdict() == Verdict(False, "timed out waiting for the reply")


def test_silence_means_what_the_target_says(bench: Bench, server: socket.socket) -> None:
    bench.ask(target(server, 100_000, silence=QUIET))
    assert bench.verdict() == QUIET


def test_useless_replies_do_not_make_the_wait_longer(bench: Bench, server: socket.socket) -> None:
    bench.ask(target(server, 400_000), wanted=b"right")
    _, source = server.recvfrom(99)
    before = time.monotonic()
    for _ in range(5):
        server.sendto(b"wrong", source)
        bench.inbox.until(lambda: bool(bench.inbox.events), 0.05)
    assert not bench.verdict().good
    assert time.monotonic() - before < 0.8


def test_a_closed_port_is_told_at_once(bench: Bench, server: socket.socket) -> None:
    aim = target(server, silence=QUIET)
    server.close()
    before = time.monotonic()
    bench.ask(aim)
    verdict = bench.verdict()
    assert (verdict.good, verdict.because) == (False, "connection refused")
    assert time.monotonic() - before < 1


def test_what_was_dropped_says_nothing(bench: Bench, server: socket.socket) -> None:
    number = bench.ask(target(server, 100_000))
    bench.probes.drop(number)
    bench.inbox.until(lambda: bool(bench.inbox.events), 0.2)
    assert bench.inbox.events == []


def test_it_leaves_nothing_open(bench: Bench, server: socket.socket) -> None:
    before = len(os.listdir("/proc/self/fd"))
    bench.ask(target(server, 100_000))
    bench.verdict()
    bench.ask(target(server))
    bench.probes.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_port_and_the_link_to_ask_from_are_kept(bench: Bench, server: socket.socket) -> None:
    with socket.socket(server.family, socket.SOCK_DGRAM) as free:
        free.bind((server.getsockname()[0], 0))
        port = free.getsockname()[1]
    bench.ask(target(server, source_port=port, link="lo"))
    _, source = server.recvfrom(99)
    assert source[1] == port


def test_a_link_that_there_is_not_fails_the_talk(bench: Bench, server: socket.socket) -> None:
    bench.ask(target(server, link="nolink", silence=QUIET))
    verdict = bench.verdict()
    assert not verdict.good and "no such device" in verdict.because


@pytest.mark.skipif(os.geteuid() != 0, reason="lacks root, for marks and raw sockets")
def test_the_mark_is_set(bench: Bench, server: socket.socket) -> None:
    bench.ask(target(server, mark=0xFFFF0007, source_port=0))
    assert server.recvfrom(99)[0] == b"question"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("raw", [False, True])
def test_an_echo_request_comes_back(
    bench: Bench, address: str, raw: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if raw:
        if os.geteuid() != 0:
            pytest.skip("lacks root, for raw sockets")
        monkeypatch.setattr(datagrams, "RawSocket", only_raw(RawSocket))
    bench.ask(Target(Transport.ICMP, ip_address(address), 0, 2_000_000, 2_000_000))
    verdict = bench.verdict()
    if not raw and verdict.because == "operation not permitted":
        pytest.skip("lacks net.ipv4.ping_group_range or root")
    assert verdict == Verdict(True, "question")


def only_raw(make: type) -> object:
    """Refuse what the kernel grants by ping_group_range."""

    def made(family: int, kind: int, protocol: int) -> object:
        if kind & 0xF == socket.SOCK_DGRAM:
            raise PermissionError(13, "")
        return make(family, kind, protocol)

    return made
