"""Clients of the laboratory: they ask a virtual address and tell who answered and when.

Rule: a client knows addresses and pages, nothing of directors. Times are monotonic microseconds.
"""

from __future__ import annotations

import contextlib
import functools
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.lab.hosts import Host
from tests.lab.web import PATHS

if TYPE_CHECKING:
    import ssl

SILENCE, REFUSED = "no answer", "refused"


def ask(
    host: Host, source: str, target: str, port: int, tls: bool = False, limit_s: float = 2.0
) -> str:
    """One request from one client address; gives the server's name, or how it failed."""
    request = f"GET {PATHS[0]} HTTP/1.0\r\nHost: {target}\r\n\r\n".encode()
    try:
        with host.entered():
            connection = socket.socket()
        with connection:
            connection.settimeout(limit_s)
            connection.bind((source, 0))
            connection.connect((target, port))
            if tls:
                connection = _context().wrap_socket(connection)
            with connection:
                connection.sendall(request)
                answer = b""
                while part := connection.recv(4096):
                    answer += part
    except ConnectionRefusedError:
        return REFUSED
    except OSError as why:
        return SILENCE if isinstance(why, TimeoutError) else str(why)
    return server_name(answer)


def server_name(answer: bytes) -> str:
    """The server's name in a whole answer whose body agrees with its head."""
    head, _, body = answer.partition(b"\r\n\r\n")
    name = head.partition(b"X-Server: ")[2].split(b"\r\n")[0]
    if not name or b"<h1>" + name + b"</h1>" not in body:
        return f"nonsense: {answer[:60]!r}"
    return name.decode()


def ask_from_all(
    host: Host, sources: Iterable[str], target: str, port: int, tls: bool = False
) -> dict[str, str]:
    """One request from each client address, one after the other; source → who answered."""
    return {source: ask(host, source, target, port, tls) for source in sources}


def tally(answers: dict[str, str]) -> dict[str, int]:
    """How often each server answered."""
    return dict(sorted(Counter(answers.values()).items()))


@functools.cache
def _context() -> ssl.SSLContext:
    """A client's side of TLS that takes any certificate: the laboratory's is its own."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(slots=True)
class Call:
    """One request of an impatient client."""

    begin_us: int
    connection: socket.socket
    answer: bytes = b""
    sent: bool = False


@dataclass(slots=True)
class Gap:
    """A time without answers: from the last answer before it to the first after it."""

    last_us: int = 0
    first_us: int = 0
    unanswered: int = 0

    @property
    def length_ms(self) -> float:
        return (self.first_us - self.last_us) / 1000


@dataclass(slots=True)
class Impatient:
    """A client that asks every few milliseconds, answered or not, until `stop`."""

    host: Host
    sources: tuple[str, ...]
    target: str
    port: int
    every_us: int = 5_000
    limit_us: int = 1_000_000
    answers: list[tuple[int, int, str]] = field(default_factory=list)
    """(asked at, answered at, by whom), in the order of answering."""
    lost: list[int] = field(default_factory=list)
    """When the requests were asked that were never answered."""
    _running: bool = True
    _thread: threading.Thread | None = None

    def start(self) -> Impatient:
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._running = False
        if self._thread is not None:
            self._thread.join(5.0)

    def _ask(self) -> None:
        selector = selectors.DefaultSelector()
        calls: dict[int, Call] = {}
        number = 0
        due_us = _now_us()
        with self.host.entered():
            while self._running:
                now_us = _now_us()
                if now_us >= due_us:
                    self._begin(selector, calls, self.sources[number % len(self.sources)])
                    number += 1
                    due_us = max(due_us + self.every_us, now_us)
                for key, _ in selector.select(max(0, due_us - _now_us()) / 1e6):
                    self._go_on(selector, calls, calls[key.fd])
                for call in [c for c in calls.values() if now_us - c.begin_us > self.limit_us]:
                    self._end(selector, calls, call, answered=False)
            for call in list(calls.values()):
                self._end(selector, calls, call, answered=True)

    def _begin(self, selector: selectors.BaseSelector, calls: dict[int, Call], source: str) -> None:
        connection = socket.socket()
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            try:
                connection.bind((source, 0))
                connection.connect((self.target, self.port))
            except BlockingIOError:
                raise
            except OSError:
                self.lost.append(_now_us())
                connection.close()
                return
        calls[connection.fileno()] = Call(_now_us(), connection)
        selector.register(connection, selectors.EVENT_WRITE)

    def _go_on(self, selector: selectors.BaseSelector, calls: dict[int, Call], call: Call) -> None:
        try:
            if not call.sent:
                call.connection.send(f"GET {PATHS[0]} HTTP/1.0\r\n\r\n".encode())
                call.sent = True
                selector.modify(call.connection, selectors.EVENT_READ)
                return
            part = call.connection.recv(4096)
            call.answer += part
            if part:
                return
            self.answers.append((call.begin_us, _now_us(), server_name(call.answer)))
            self._end(selector, calls, call, answered=True)
        except OSError:
            self._end(selector, calls, call, answered=False)

    def _end(
        self, selector: selectors.BaseSelector, calls: dict[int, Call], call: Call, answered: bool
    ) -> None:
        del calls[call.connection.fileno()]
        selector.unregister(call.connection)
        call.connection.close()
        if not answered:
            self.lost.append(call.begin_us)

    def gap(self, since_us: int) -> Gap | None:
        """The longest time without an answer since an instant; None if no answer came after."""
        times = [at for _, at, _ in self.answers]
        before = [at for at in times if at <= since_us]
        line = ([max(before)] if before else []) + [at for at in times if at > since_us]
        if len(line) < 2:
            return None
        first, last = max(zip(line[1:], line, strict=False), key=lambda pair: pair[0] - pair[1])
        missed = sum(1 for asked in self.lost if last - self.limit_us <= asked <= first)
        return Gap(last, first, missed)


def _now_us() -> int:
    return time.monotonic_ns() // 1000
