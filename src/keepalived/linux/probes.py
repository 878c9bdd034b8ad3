"""Runs checkers' talks over TCP and TLS: thousands of short conversations, few wakings.

Rule: an epoll of its own. While many checks are begun, one tick of 10 ms drains it; while few are,
the loop watches it. A talk's time limits are kept here; what it says is the talk's.
"""

from __future__ import annotations

import errno
from _socket import SO_ERROR, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET
from _socket import socket as RawSocket
from heapq import heappop, heappush
from select import EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, epoll
from typing import TYPE_CHECKING

from keepalived.port.effects import StartTalk
from keepalived.port.events import TalkEnded
from keepalived.port.reactor import Reactor, Timer
from keepalived.port.talk import Listen, Say, Talk, Target, Transport, Turn, Verdict
from keepalived.wire.addresses import family_of

if TYPE_CHECKING:
    from keepalived.linux.tls import Secure

TICK_US = 10_000
MANY_A_SECOND = 50
"""From this many beginnings a second the tick takes over from the loop."""
PIECE = 65_536
PLACES_MOST = 65_536
PIECES = 16
"""Pieces of a long reply that are read before others have their turn."""
STREAM = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET
BROKEN = EPOLLERR | EPOLLHUP
CLOSING = EPOLLRDHUP | EPOLLHUP | EPOLLERR
READABLE = EPOLLIN | CLOSING

WHY = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
    errno.ETIMEDOUT: "timed out connecting",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
}
SHORT_OF_MEANS = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EAGAIN))
"""Errors at the start that are this host's lack, not the server's fault."""


class Line:
    """One talk under way."""

    __slots__ = (
        "limit",
        "number",
        "open",
        "secure",
        "sock",
        "speaker",
        "target",
        "total",
        "unsaid",
    )

    def __init__(self, ask: StartTalk, sock: RawSocket, now: int) -> None:
        target = ask.target
        self.number = ask.talk
        self.speaker: Talk = ask.speaker
        self.target: Target = target
        self.sock = sock
        self.total = now + target.total_us
        self.limit = min(now + target.timeout_us, self.total)
        self.open = False
        self.unsaid = b""
        """What the kernel has not yet taken."""
        self.secure: Secure | None = None


class Probes:
    """All talks under way."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._epoll: epoll | None = None
        self._lines: dict[int, Line] = {}
        """By descriptor."""
        self._numbers: dict[int, int] = {}
        """Descriptors by the talks' numbers."""
        self._limits: list[int] = []
        """When some talk may be over its time, in ticks; looked at when that comes."""
        self._limited: dict[int, list[int]] = {}
        """Which talks those are."""
        self._places: dict[int, tuple[Target, int, tuple[str, int]]] = {}
        """A target's family and socket address by its identity: a check keeps its target."""
        self._watched = False
        self._many = False
        self._timer: Timer | None = None
        self._timer_at = 0
        self._second = -1_000_000
        self._begun = 0

    def start(self, ask: StartTalk) -> None:
        """Begin a conversation; its end is posted as TalkEnded."""
        now = self._reactor.now()
        target = ask.target
        number = ask.talk
        if self._epoll is None:
            self._epoll = epoll()
        known = self._places.get(id(target))
        if known is None or known[0] is not target:
            known = self._learn(target)
        try:
            sock = RawSocket(known[1], STREAM, 0)
        except OSError as error:
            self._not_started(number, error)
            return
        try:
            if target.source is not None:
                sock.bind((str(target.source), 0))
            code = sock.connect_ex(known[2])
            if code not in (0, errno.EINPROGRESS):
                raise OSError(code, "")
            descriptor = sock.fileno()
            self._epoll.register(descriptor, EVENTS)
        except OSError as error:
            sock.close()
            self._not_started(number, error)
            return
        line = Line(ask, sock, now)
        self._lines[descriptor] = line
        self._numbers[number] = descriptor
        self._limit(line.limit, number)
        self._count(now)

    def drop(self, talk: int) -> None:
        """Break a conversation off; nothing is posted."""
        descriptor = self._numbers.pop(talk, None)
        if descriptor is not None:
            line = self._lines.pop(descriptor)
            if line.secure is not None:
                line.secure.close()
            line.sock.close()

    def close(self) -> None:
        """Break everything off and give the descriptors back."""
        for talk in list(self._numbers):
            self.drop(talk)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._epoll is not None:
            if self._watched:
                self._reactor.unwatch(self._epoll.fileno())
            self._watched = False
            self._epoll.close()
            self._epoll = None

    def _learn(self, target: Target) -> tuple[Target, int, tuple[str, int]]:
        if len(self._places) >= PLACES_MOST:
            self._places.clear()
        known = (target, int(family_of(target.address)), (str(target.address), target.port))
        self._places[id(target)] = known
        return known

    def _not_started(self, number: int, error: OSError) -> None:
        code = error.errno or 0
        why = WHY.get(code) or _strerror(code)
        verdict = Verdict(False, why, asked=code not in SHORT_OF_MEANS)
        self._reactor.post(TalkEnded(number, verdict))

    # When to look: the tick, or the loop and a timer for the limits.

    def _count(self, now: int) -> None:
        self._begun += 1
        if now - self._second >= 1_000_000:
            # A first second that is only part of one may choose wrongly; the next one mends it.
            many = self._begun > MANY_A_SECOND
            self._second, self._begun = now, 0
            if many is not self._many or not (self._watched or self._many):
                self._choose(many)
        elif not self._many and self._begun > MANY_A_SECOND:
            self._choose(True)
        if self._many:
            # Many answers are there at once (a local network's): look right after this turn.
            self._look_at(now)
        else:
            self._look_at(self._limits[0] * TICK_US)

    def _limit(self, when: int, number: int) -> None:
        tick = when // TICK_US + 1
        numbers = self._limited.get(tick)
        if numbers is None:
            self._limited[tick] = [number]
            heappush(self._limits, tick)
        else:
            numbers.append(number)

    def _choose(self, many: bool) -> None:
        assert self._epoll is not None
        self._many = many
        if many and self._watched:
            self._reactor.unwatch(self._epoll.fileno())
        elif not many and not self._watched:
            self._reactor.watch(self._epoll.fileno(), self._drain)
        self._watched = not many

    def _look_at(self, when: int) -> None:
        if self._timer is not None:
            if self._timer_at <= when:
                return
            self._timer.cancel()
        self._timer_at = when
        self._timer = self._reactor.call_at(when, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._drain()
        if not self._lines:
            return
        if self._many:
            self._look_at((self._reactor.now() // TICK_US + 1) * TICK_US)
        elif self._limits:
            self._look_at(self._limits[0] * TICK_US)

    def _drain(self) -> None:
        if self._epoll is None:
            return
        lines = self._lines
        while lines:
            ready = self._epoll.poll(0, 256)
            for descriptor, mask in ready:
                line = lines.get(descriptor)
                if line is not None:
                    self._serve(descriptor, line, mask)
            if len(ready) < 256:
                break
        self._expire(self._reactor.now())

    def _expire(self, now: int) -> None:
        limits = self._limits
        while limits and limits[0] * TICK_US <= now:
            for number in self._limited.pop(heappop(limits)):
                descriptor = self._numbers.get(number)
                if descriptor is None:
                    continue
                line = self._lines[descriptor]
                if line.limit > now:
                    self._limit(line.limit, number)
                else:
                    self._end(descriptor, line, Verdict(False, _overdue(line, now)))

    # One line.

    def _serve(self, descriptor: int, line: Line, mask: int) -> None:
        try:
            verdict = self._advance(line, mask)
        except OSError as error:
            verdict = Verdict(False, _broken(line, error))
        if verdict is not None:
            self._end(descriptor, line, verdict)

    def _advance(self, line: Line, mask: int) -> Verdict | None:
        """Do what can be done now; a verdict ends the line."""
        if not line.open:
            if mask & BROKEN:
                code = line.sock.getsockopt(SOL_SOCKET, SO_ERROR)
                if code:
                    raise OSError(code, "")
            if not mask & EPOLLOUT:
                return None
            if line.target.transport is Transport.TLS:
                return self._advance_secure(line)
            line.open = True
            verdict = self._take(line, line.speaker.opened())
            if verdict is not None or not mask & READABLE:
                return verdict
        elif line.secure is not None:
            return self._advance_secure(line)
        elif line.unsaid and mask & EPOLLOUT:
            verdict = self._take(line, Say(b""))
            if verdict is not None:
                return verdict
        if line.secure is None and mask & READABLE:
            return self._read(line, mask)
        return None

    def _take(self, line: Line, turn: Turn) -> Verdict | None:
        """Carry out a talk's turn."""
        if isinstance(turn, Verdict):
            return turn
        if isinstance(turn, Listen):
            return None
        line.unsaid += turn.data
        if line.secure is not None:
            return None
        if line.unsaid:
            try:
                line.unsaid = line.unsaid[line.sock.send(line.unsaid) :]
            except BlockingIOError:
                return None
        return None

    def _read(self, line: Line, mask: int) -> Verdict | None:
        for _ in range(PIECES):
            try:
                data = line.sock.recv(PIECE)
            except BlockingIOError:
                return None
            if not data:
                return line.speaker.hung_up()
            verdict = self._heard(line, data)
            if verdict is not None:
                return verdict
            if len(data) < PIECE and not mask & CLOSING:
                # A short piece has emptied the buffer; what comes later is told anew.
                return None
        self._later(line)
        return None

    def _later(self, line: Line) -> None:
        """Let the others have their turn: telling the epoll again makes it tell again."""
        assert self._epoll is not None
        self._epoll.modify(self._numbers[line.number], EVENTS)

    def _heard(self, line: Line, data: bytes) -> Verdict | None:
        now = self._reactor.now()
        line.limit = min(now + line.target.timeout_us, line.total)
        if line.limit <= now:
            return Verdict(False, _overdue(line, now))
        return self._take(line, line.speaker.heard(data))

    def _advance_secure(self, line: Line) -> Verdict | None:
        if line.secure is None:
            from keepalived.linux.tls import Secure

            line.secure = Secure(line.sock, line.target.server_name)
            now = self._reactor.now()
            line.limit = min(now + line.target.timeout_us, line.total)
        secure = line.secure
        if not line.open:
            if not secure.greet():
                return None
            line.open = True
            verdict = self._take(line, line.speaker.opened())
            if verdict is not None:
                return verdict
        for _ in range(PIECES):
            if line.unsaid:
                line.unsaid = line.unsaid[secure.say(line.unsaid) :]
            data = secure.hear(PIECE)
            if data is None:
                return None
            if not data:
                return line.speaker.hung_up()
            verdict = self._heard(line, data)
            if verdict is not None:
                return verdict
        self._later(line)
        return None

    def _end(self, descriptor: int, line: Line, verdict: Verdict) -> None:
        del self._lines[descriptor]
        del self._numbers[line.number]
        if line.secure is not None:
            line.secure.close()
        line.sock.close()
        self._reactor.post(TalkEnded(line.number, verdict))


def _overdue(line: Line, now: int) -> str:
    if not line.open:
        return (
            "timed out in the TLS greeting" if line.secure is not None else "timed out connecting"
        )
    if now >= line.total:
        return f"not over after {line.target.total_us / 1e6:g} s"
    return "timed out waiting for the reply"


def _broken(line: Line, error: OSError) -> str:
    if line.secure is not None and error.errno not in WHY:
        return f"TLS: {getattr(error, 'reason', None) or error}"
    return WHY.get(error.errno or 0) or _strerror(error.errno or 0)


def _strerror(code: int) -> str:
    from os import strerror

    return strerror(code).lower()
