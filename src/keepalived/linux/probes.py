"""Runs checkers' talks over TCP and TLS: thousands of short conversations, few wakings.

Rule: an epoll of its own. While many checks are begun, one tick of 10 ms drains it; while few are,
the loop watches it. A talk's time limits are kept here; what it says is the talk's.
"""

from __future__ import annotations

import errno
from _socket import SO_ERROR, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET
from _socket import socket as RawSocket
from contextlib import suppress
from heapq import heappop, heappush
from select import EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, epoll

from keepalived.annotations import TYPE_CHECKING
from keepalived.linux.talk_line import (
    SHORT_OF_MEANS,
    STANDS,
    Line,
    Place,
    broken,
    connect,
    overdue,
    why,
)
from keepalived.port.effects import StartTalk
from keepalived.port.events import TalkEnded
from keepalived.port.reactor import Reactor, Timer
from keepalived.port.talk import Listen, Say, Target, Transport, Turn, Verdict

if TYPE_CHECKING:
    from keepalived.linux.datagrams import Datagrams

TICK_US = 10_000
MANY_A_SECOND = 50
"""From this many beginnings a second the tick takes over from the loop."""
PIECE = 65_536
PLACES_MOST = 65_536
PIECES = 16
"""Pieces of a long reply that are read before others have their turn."""
STREAM = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET
TCP, TLS = Transport.TCP, Transport.TLS
BROKEN = EPOLLERR | EPOLLHUP
CLOSING = EPOLLRDHUP | EPOLLHUP | EPOLLERR
READABLE = EPOLLIN | CLOSING


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
        self._places: dict[int, Place] = {}
        """By the target's identity: a check keeps its target."""
        self._fresh: list[tuple[int, Line, tuple[str, int]]] = []
        """Those begun since the last look, not yet in the epoll."""
        self._watched = False
        self._many = False
        self._timer: Timer | None = None
        self._timer_at = 0
        self._second = -1_000_000
        self._begun = 0
        self._datagrams: Datagrams | None = None

    def start(self, ask: StartTalk) -> None:
        """Begin a conversation; its end is posted as TalkEnded."""
        now = self._reactor.now()
        target = ask.target
        if target.transport is not TCP and target.transport is not TLS:
            self._start_datagram(ask)
            return
        place = self._places.get(id(target))
        if place is None or place.target is not target:
            place = self._learn(target)
        try:
            sock = RawSocket(place.family, STREAM, 0)
        except OSError as error:
            self._not_started(ask.talk, error)
            return
        try:
            code = connect(sock, place)
        except OSError as error:
            sock.close()
            self._not_started(ask.talk, error)
            return
        self._count(now)
        turn: Turn | None = None
        if code in STANDS and target.transport is TCP:
            turn = ask.speaker.opened()
            if isinstance(turn, Verdict):
                sock.close()
                self._reactor.post(TalkEnded(ask.talk, turn))
                return
        line = Line(ask, sock, now)
        if turn is not None:
            line.open = True
            line.unsaid = turn.data if isinstance(turn, Say) else b""
        self._keep(line, place, now)

    def _start_datagram(self, ask: StartTalk) -> None:
        if self._datagrams is None:
            from keepalived.linux.datagrams import Datagrams

            self._datagrams = Datagrams(self._reactor)
        self._datagrams.start(ask)

    def _keep(self, line: Line, place: Place, now: int) -> None:
        """Have an eye on a talk that is not over at once."""
        descriptor = line.sock.fileno()
        if not self._many:
            assert self._epoll is not None
            try:
                self._epoll.register(descriptor, EVENTS)
            except OSError as error:
                line.sock.close()
                self._not_started(line.number, error)
                return
        self._lines[descriptor] = line
        self._numbers[line.number] = descriptor
        self._limit(line.limit, line.number)
        if self._many:
            # Many answers are there soon (a local network's): look right after this turn.
            self._fresh.append((descriptor, line, place.address))
            self._look_at(now)
        else:
            # The first limit may be that of a talk that ended, and past: nothing is late for it.
            self._look_at(max(self._limits[0] * TICK_US, now))

    def drop(self, talk: int) -> None:
        """Break a conversation off; nothing is posted."""
        descriptor = self._numbers.pop(talk, None)
        if descriptor is not None:
            line = self._lines.pop(descriptor)
            if line.secure is not None:
                line.secure.close()
            line.sock.close()
        elif self._datagrams is not None:
            self._datagrams.drop(talk)

    def close(self) -> None:
        """Break everything off and give the descriptors back."""
        for talk in list(self._numbers):
            self.drop(talk)
        self._fresh.clear()
        if self._datagrams is not None:
            self._datagrams.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._epoll is not None:
            if self._watched:
                self._reactor.unwatch(self._epoll.fileno())
            self._watched = False
            self._epoll.close()
            self._epoll = None

    def _learn(self, target: Target) -> Place:
        if len(self._places) >= PLACES_MOST:
            self._places.clear()
        place = self._places[id(target)] = Place(target)
        return place

    def _not_started(self, number: int, error: OSError) -> None:
        code = error.errno or 0
        verdict = Verdict(False, why(code), asked=code not in SHORT_OF_MEANS)
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

    def _limit(self, when: int, number: int) -> None:
        tick = when // TICK_US + 1
        numbers = self._limited.get(tick)
        if numbers is None:
            self._limited[tick] = [number]
            heappush(self._limits, tick)
        else:
            numbers.append(number)

    def _choose(self, many: bool) -> None:
        if self._epoll is None:
            self._epoll = epoll()
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
        if self._fresh:
            self._greet()
        while lines:
            ready = self._epoll.poll(0, 256)
            for descriptor, mask in ready:
                line = lines.get(descriptor)
                if line is not None:
                    self._serve(descriptor, line, mask)
            if len(ready) < 256:
                break
        self._expire(self._reactor.now())

    def _greet(self) -> None:
        """Ask those just begun whether they stand: most do on a near network, and need no epoll."""
        assert self._epoll is not None
        fresh, self._fresh = self._fresh, []
        lines = self._lines
        for descriptor, line, place in fresh:
            if lines.get(descriptor) is not line:
                continue
            code = line.sock.connect_ex(place)
            if code in STANDS:
                if line.target.transport is TCP and not line.open:
                    # The shortest way for the most frequent answer, a connection that stands.
                    line.open = True
                    turn = line.speaker.opened()
                    if isinstance(turn, Verdict):
                        self._end(descriptor, line, turn)
                        continue
                    line.unsaid = turn.data if isinstance(turn, Say) else b""
                self._serve(descriptor, line, EPOLLOUT)
            elif code != errno.EALREADY:
                self._end(descriptor, line, Verdict(False, why(code)))
            if lines.get(descriptor) is not line:
                continue
            try:
                self._epoll.register(descriptor, EVENTS)
            except OSError as error:
                verdict = Verdict(False, why(error.errno or 0), asked=False)
                self._end(descriptor, line, verdict)

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
                    self._end(descriptor, line, Verdict(False, overdue(line, now)))

    # One line.

    def _serve(self, descriptor: int, line: Line, mask: int) -> None:
        try:
            verdict = self._advance(line, mask)
        except OSError as error:
            verdict = Verdict(False, broken(line, error))
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
            if line.target.transport is not TCP:
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
            with suppress(BlockingIOError):
                line.unsaid = line.unsaid[line.sock.send(line.unsaid) :]
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
            return Verdict(False, overdue(line, now))
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
