"""Runs checkers' talks over UDP and by echo requests, each on a connected socket of its own.

Rule: time is counted from the start and never anew; what an ICMP error says ends a talk at once.
"""

from __future__ import annotations

from _socket import (
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_IP,
    IPPROTO_IPV6,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_RAW,
)
from _socket import socket as RawSocket
from functools import partial

from keepalived.linux.talk_line import SHORT_OF_MEANS, bind, why
from keepalived.port.effects import StartTalk
from keepalived.port.events import TalkEnded
from keepalived.port.reactor import Reactor, Timer
from keepalived.port.talk import Listen, Say, Target, Transport, Turn, Verdict
from keepalived.wire.addresses import Family, family_of
from keepalived.wire.icmp import Echo, behind_ip_header, decode_reply, encode_request

FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC
IP_RECVERR, IPV6_RECVERR = 11, 25
"""Of linux/in.h and linux/in6.h; the module does not name them."""
LONGEST = 65_536
DATAGRAMS = 16
"""So many are read before others have their turn."""
OVERDUE = Verdict(False, "timed out waiting for the reply")


class Exchange:
    """One talk under way."""

    __slots__ = ("ask", "echo", "family", "raw", "sock", "timer")

    def __init__(self, ask: StartTalk, sock: RawSocket, raw: bool) -> None:
        self.ask = ask
        self.sock = sock
        self.family = family_of(ask.target.address)
        self.raw = raw
        """Whether everybody's ICMP is heard here, behind a header of IPv4."""
        self.echo: Echo | None = None
        self.timer: Timer | None = None

    def say(self, data: bytes) -> None:
        """Send a datagram, or a request that carries this."""
        if self.ask.target.transport is Transport.ICMP:
            number = self.ask.talk
            self.echo = Echo(number >> 16 & 0xFFFF, number & 0xFFFF, data)
            data = encode_request(self.family, self.echo)
        self.sock.send(data)

    def hear(self) -> bytes | None:
        """Receive a datagram, or what a reply carries; None is not for us."""
        data = self.sock.recv(LONGEST)
        if self.ask.target.transport is not Transport.ICMP:
            return data
        if self.raw and self.family is Family.INET:
            data = behind_ip_header(data)
        reply = decode_reply(self.family, data)
        if reply is None or self.echo is None or reply.sequence != self.echo.sequence:
            return None
        # The identifier of a socket that is not raw is the kernel's, which then sorts by it.
        if self.raw and reply.identifier != self.echo.identifier:
            return None
        return reply.data


class Datagrams:
    """All such talks."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._exchanges: dict[int, Exchange] = {}

    def start(self, ask: StartTalk) -> None:
        """Begin a talk; its end is posted as TalkEnded."""
        try:
            sock, raw = open_socket(ask.target)
        except OSError as error:
            self._end(ask.talk, _broken(error))
            return
        exchange = Exchange(ask, sock, raw)
        try:
            bind(sock, ask.target)
            port = ask.target.port if ask.target.transport is Transport.UDP else 0
            sock.connect((str(ask.target.address), port))
            verdict = self._take(exchange, ask.speaker.opened())
            if verdict is not None:
                sock.close()
                self._end(ask.talk, verdict)
                return
            self._reactor.watch(sock.fileno(), partial(self._read, exchange))
        except OSError as error:
            sock.close()
            self._end(ask.talk, _broken(error))
            return
        self._exchanges[ask.talk] = exchange
        limit = self._reactor.now() + min(ask.target.timeout_us, ask.target.total_us)
        exchange.timer = self._reactor.call_at(limit, partial(self._expire, exchange))

    def drop(self, talk: int) -> None:
        """Break a talk off; nothing is posted."""
        exchange = self._exchanges.pop(talk, None)
        if exchange is not None:
            assert exchange.timer is not None
            exchange.timer.cancel()
            self._reactor.unwatch(exchange.sock.fileno())
            exchange.sock.close()

    def close(self) -> None:
        """Break everything off."""
        for talk in list(self._exchanges):
            self.drop(talk)

    def _read(self, exchange: Exchange) -> None:
        for _ in range(DATAGRAMS):
            try:
                data = exchange.hear()
                if data is None:
                    continue
                verdict = self._take(exchange, exchange.ask.speaker.heard(data))
            except BlockingIOError:
                return
            except OSError as error:
                verdict = _broken(error)
            if verdict is not None:
                self._end(exchange.ask.talk, verdict)
                return

    def _take(self, exchange: Exchange, turn: Turn) -> Verdict | None:
        if isinstance(turn, Say):
            exchange.say(turn.data)
            return None
        return None if isinstance(turn, Listen) else turn

    def _expire(self, exchange: Exchange) -> None:
        self._end(exchange.ask.talk, exchange.ask.target.silence or OVERDUE)

    def _end(self, talk: int, verdict: Verdict) -> None:
        self.drop(talk)
        self._reactor.post(TalkEnded(talk, verdict))


def open_socket(target: Target) -> tuple[RawSocket, bool]:
    """Open what a target needs; say whether it is raw. OSError where there is none to be had."""
    family = family_of(target.address)
    if target.transport is Transport.UDP:
        sock = RawSocket(int(family), SOCK_DGRAM | FLAGS, 0)
        # With this an unreachable host is told as well, not only a port.
        if family is Family.INET:
            sock.setsockopt(IPPROTO_IP, IP_RECVERR, 1)
        else:
            sock.setsockopt(IPPROTO_IPV6, IPV6_RECVERR, 1)
        return sock, False
    protocol = IPPROTO_ICMP if family is Family.INET else IPPROTO_ICMPV6
    try:
        # The kernel sorts the replies to these; it grants them by net.ipv4.ping_group_range.
        return RawSocket(int(family), SOCK_DGRAM | FLAGS, protocol), False
    except PermissionError:
        return RawSocket(int(family), SOCK_RAW | FLAGS, protocol), True


def _broken(error: OSError) -> Verdict:
    code = error.errno or 0
    return Verdict(False, why(code), code, asked=code not in SHORT_OF_MEANS)
