"""Probes on real sockets of loopback: servers that answer, hang, drip, break off or are absent."""

from __future__ import annotations

import resource
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest
from tests.unit.linux.inbox import Inbox

from keepalived.core.checks.page import PageTalk, Wanted
from keepalived.core.checks.tcp import Connects
from keepalived.linux.probes import MANY_A_SECOND, Probes
from keepalived.port.effects import StartTalk
from keepalived.port.events import TalkEnded
from keepalived.port.talk import LISTEN, Say, Talk, Target, Transport, Turn, Verdict

Serve = Callable[[socket.socket], None]
HEAD = b"HTTP/1.0 200 OK\r\n\r\n"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def probes(inbox: Inbox) -> Iterator[Probes]:
    made = Probes(inbox.loop)
    yield made
    made.close()


@contextmanager
def serving(serve: Serve, address: str = "127.0.0.1") -> Iterator[int]:
    """Serve connections one after the other in a thread; give the port."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, 0), family=family, backlog=512)
    listener.settimeout(0.05)
    over = threading.Event()

    def run() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(3)
                try:
                    serve(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        thread.join()
        listener.close()


def ask(
    port: int,
    speaker: Talk | None = None,
    transport: Transport = Transport.TCP,
    timeout_us: int = 2_000_000,
    total_us: int = 4_000_000,
    address: str = "127.0.0.1",
    number: int = 1,
    **more: object,
) -> StartTalk:
    target = Target(transport, ip_address(address), port, timeout_us, total_us, **more)  # type: ignore[arg-type]
    return StartTalk(number, speaker or PageTalk(Wanted("/", b"GET / HTTP/1.0\r\n\r\n")), target)


def verdict(inbox: Inbox, limit_s: float = 5.0) -> Verdict:
    (event,) = inbox.wait(1, limit_s)
    assert isinstance(event, TalkEnded)
    return event.verdict


def nobody() -> int:
    """Give a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def answer(*pieces: bytes, pause_s: float = 0.0) -> Serve:
    """Read the request, answer in pieces, close."""

    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause_s)

    return serve


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_connection_that_stands_is_enough_for_tcp(
    inbox: Inbox, probes: Probes, address: str
) -> None:
    with serving(lambda c: None, address) as port:
        probes.start(ask(port, Connects(), address=address))
        assert verdict(inbox).good


def test_refusal_has_its_name(inbox: Inbox, probes: Probes) -> None:
    probes.start(ask(nobody(), Connects()))
    assert verdict(inbox) == Verdict(False, "connection refused")


def test_no_answer_to_the_connection_is_a_time_out(inbox: Inbox, probes: Probes) -> None:
    # A full backlog drops the greeting, as a dead host does.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        time.sleep(0.05)
        began = time.monotonic()
        probes.start(ask(port, Connects(), timeout_us=200_000))
        assert verdict(inbox) == Verdict(False, "timed out connecting")
        assert 0.15 < time.monotonic() - began < 1.5
        for filler in fillers:
            filler.close()


def test_page_is_read_until_the_server_closes(inbox: Inbox, probes: Probes) -> None:
    with serving(answer(HEAD, b"a" * 300_000, b"end")) as port:
        probes.start(ask(port))
        assert verdict(inbox) == Verdict(True, "status 200", 200)


def test_pieces_with_pauses_are_one_page(inbox: Inbox, probes: Probes) -> None:
    with serving(answer(b"HTTP/1.0 20", b"0 OK\r\n", b"\r\nbody", pause_s=0.05)) as port:
        probes.start(ask(port))
        assert verdict(inbox).good


def test_server_that_hangs_is_timed_out(inbox: Inbox, probes: Probes) -> None:
    with serving(lambda c: time.sleep(0.6)) as port:
        probes.start(ask(port, timeout_us=200_000))
        assert verdict(inbox) == Verdict(False, "timed out waiting for the reply")


def test_half_a_reply_is_bad(inbox: Inbox, probes: Probes) -> None:
    with serving(answer(HEAD[:9])) as port:
        probes.start(ask(port))
        assert verdict(inbox).because == "the reply's header is cut off"


def test_reset_has_its_name(inbox: Inbox, probes: Probes) -> None:
    def reset(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with serving(reset) as port:
        probes.start(ask(port))
        assert verdict(inbox) == Verdict(False, "connection reset")


def test_slow_drip_ends_at_the_limit_of_the_whole_talk(inbox: Inbox, probes: Probes) -> None:
    with serving(answer(HEAD, *[b"a"] * 20, pause_s=0.1)) as port:
        began = time.monotonic()
        probes.start(ask(port, timeout_us=300_000, total_us=500_000))
        assert verdict(inbox) == Verdict(False, "not over after 0.5 s")
        assert time.monotonic() - began < 1.5


def test_flood_that_never_ends_is_stopped_too(inbox: Inbox, probes: Probes) -> None:
    def flood(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(HEAD)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            connection.sendall(b"a" * 65536)

    with serving(flood) as port:
        probes.start(ask(port, total_us=300_000))
        assert verdict(inbox).because == "not over after 0.3 s"


def test_dropped_talk_says_nothing_more(inbox: Inbox, probes: Probes) -> None:
    with serving(lambda c: time.sleep(0.1)) as port:
        probes.start(ask(port, Chatter(1), number=1))
        probes.drop(1)
        probes.drop(1)
        probes.start(ask(port, Connects(), number=2))
        assert inbox.wait(1) == [TalkEnded(2, Verdict(True, "connected"))]
        inbox.until(lambda: bool(inbox.events), 0.4)
        assert inbox.events == []


class Chatter:
    """Says much at once and wants it all back."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.heard_bytes = 0

    def opened(self) -> Turn:
        return Say(b"x" * self.size)

    def heard(self, data: bytes) -> Turn:
        self.heard_bytes += len(data)
        return Verdict(True, "all of it") if self.heard_bytes == self.size else LISTEN

    def hung_up(self) -> Verdict:
        return Verdict(False, f"only {self.heard_bytes}")


def test_what_the_kernel_does_not_take_at_once_is_sent_later(inbox: Inbox, probes: Probes) -> None:
    size = 8_000_000

    def echo(connection: socket.socket) -> None:
        got = b""
        while len(got) < size:
            got += connection.recv(1_000_000)
        connection.sendall(got)

    with serving(echo) as port:
        probes.start(ask(port, Chatter(size), timeout_us=3_000_000, total_us=9_000_000))
        assert verdict(inbox, 9).because == "all of it"


def test_source_address_is_the_one_asked_for(inbox: Inbox, probes: Probes) -> None:
    seen: list[str] = []
    with serving(lambda c: seen.append(c.getpeername()[0])) as port:
        probes.start(ask(port, source=IPv4Address("127.9.9.9")))
        verdict(inbox)
    assert seen == ["127.9.9.9"]
    probes.start(ask(port, source=IPv4Address("192.0.2.77")))
    assert not verdict(inbox).good


def test_many_talks_are_drained_by_the_tick_and_few_by_the_loop(
    inbox: Inbox, probes: Probes
) -> None:
    many = 4 * MANY_A_SECOND
    with serving(lambda c: None) as port:
        for number in range(many):
            probes.start(ask(port, Connects(), timeout_us=3_000_000, number=number))
        ended = inbox.wait(many)
        assert sorted(e.talk for e in ended if isinstance(e, TalkEnded)) == list(range(many))
        assert all(isinstance(e, TalkEnded) and e.verdict.good for e in ended)
        time.sleep(1.05)
        for number in (1000, 1001):
            probes.start(ask(port, Connects(), number=number))
            assert verdict(inbox).good


def test_many_answers_that_come_a_moment_later_are_found_after_the_turn(
    inbox: Inbox, probes: Probes
) -> None:
    many = 4 * MANY_A_SECOND
    with serving(lambda c: None) as port:
        for number in range(many):
            wish = ask(port, Connects(), timeout_us=3_000_000, number=number)
            # As for a server on another host: nothing is there before the system call returns.
            probes._learn(wish.target).near = False
            probes.start(wish)
            assert len(inbox.loop._inbox) == 0
        ended = inbox.wait(many)
        assert sorted(e.talk for e in ended if isinstance(e, TalkEnded)) == list(range(many))
        assert all(isinstance(e, TalkEnded) and e.verdict.good for e in ended)


def test_want_of_descriptors_is_not_the_servers_fault(inbox: Inbox, probes: Probes) -> None:
    with serving(lambda c: time.sleep(0.2)) as port:
        probes.start(ask(port, Connects()))
        assert verdict(inbox).good
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        highest = max(int(each.name) for each in Path("/proc/self/fd").iterdir())
        hoard = []
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 8, hard))
        try:
            while True:
                try:
                    hoard.append(socket.socket())
                except OSError:
                    break
            probes.start(ask(port, Connects()))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for each in hoard:
                each.close()
        found = verdict(inbox)
        assert not found.asked
        assert found.because == "too many open files"


# TLS.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tls") / "both.pem"
    try:
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
                *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=x"),
                *("-keyout", str(place), "-out", str(place) + ".crt"),
            ],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("needs the package openssl")
    place.write_text(place.read_text() + Path(str(place) + ".crt").read_text())
    return place


def secured(certificate: Path, serve: Serve, names: list[str | None]) -> Serve:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: names.append(name)

    def run(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as inside:
            serve(inside)

    return run


def test_page_comes_through_tls_unverified(inbox: Inbox, probes: Probes, certificate: Path) -> None:
    names: list[str | None] = []
    with serving(secured(certificate, answer(HEAD, b"b" * 200_000), names)) as port:
        probes.start(ask(port, transport=Transport.TLS, timeout_us=2_000_000, total_us=6_000_000))
        assert verdict(inbox).good
        probes.start(
            ask(
                port,
                transport=Transport.TLS,
                timeout_us=2_000_000,
                total_us=6_000_000,
                server_name="web.example",
            )
        )
        assert verdict(inbox).good
    assert names == [None, "web.example"]


def test_what_speaks_no_tls_is_bad(inbox: Inbox, probes: Probes) -> None:
    with serving(answer(b"220 hello\r\n")) as port:
        probes.start(ask(port, transport=Transport.TLS))
        found = verdict(inbox)
        assert not found.good and found.because.startswith("TLS:")


def test_greeting_that_hangs_is_timed_out(inbox: Inbox, probes: Probes) -> None:
    with serving(lambda c: time.sleep(0.6)) as port:
        probes.start(ask(port, transport=Transport.TLS, timeout_us=200_000))
        assert verdict(inbox).because == "timed out in the TLS greeting"


def test_closing_gives_all_descriptors_back(inbox: Inbox) -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = count()
    probes = Probes(inbox.loop)
    with serving(lambda c: time.sleep(0.2)) as port:
        for number in range(5):
            probes.start(ask(port, Connects(), number=number))
        probes.close()
    assert count() == before
