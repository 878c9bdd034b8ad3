"""UDP sockets for BFD: one at which all sessions of a family are heard, one for each that speaks.

Rule: every packet heard comes with the TTL that it had left and the address that it was sent to;
sending never waits.
"""

from __future__ import annotations

import _socket as socket
import errno
import os
import struct
from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import IPv4Address, IPv6Address

from keepalived.port.effects import Send
from keepalived.port.events import DatagramHeard, Refused
from keepalived.port.reactor import Reactor
from keepalived.port.resources import BfdEndpoint, BfdListener, Change, Install, Remove, Replace
from keepalived.wire.addresses import Address, Family

FIRST_PORT, LAST_PORT = 49152, 65535
"""From where a session may speak (RFC 5881 section 4)."""
CLASS_CS6 = 0xC0
"""The type of service of network control."""

_IP_PKTINFO = 8
_IP_RECVTTL = 12
_INT = struct.Struct("=i")
_PACKET_BYTES = 512
"""More than any control packet; what is longer is cut, and thrown away for its length."""
_PORTS_TRIED = 64
_READS_AT_ONCE = 1024
"""So many, then the loop looks at its other sockets: a flood must not stop the clock."""


class BfdSockets:
    """All sockets of BFD that are held."""

    def __init__(self, reactor: Reactor, below: Callable[[int], int]) -> None:
        """`below` is chance for source ports: a number from 0 to one less than its argument."""
        self._reactor = reactor
        self._below = below
        self._held: dict[tuple[object, ...], socket.socket] = {}

    def close(self) -> None:
        """Close every socket."""
        for opened in self._held.values():
            self._reactor.unwatch(opened.fileno())
            opened.close()
        self._held.clear()

    def apply(self, changes: Sequence[Change]) -> None:
        """Open, alter and close, in order; what cannot be opened is refused."""
        for change in changes:
            match change:
                case Install(BfdListener() | BfdEndpoint() as wanted):
                    self._open(change, wanted)
                case Remove(BfdListener() | BfdEndpoint() as gone):
                    self._close(gone)
                case Replace(_, BfdEndpoint() as wanted):
                    opened = self._held.get(wanted.key)
                    if opened is not None:
                        _set_hops(opened, wanted)
                case Replace(_, BfdListener()):
                    continue  # a listener is all key: there is nothing about it to alter
                case _:
                    raise AssertionError(f"not a socket of BFD: {change}")

    def send(self, send: Send) -> str:
        """Send one packet now; say why not, where that was not possible."""
        endpoint, target = send.endpoint, send.target
        assert isinstance(endpoint, BfdEndpoint) and target is not None
        opened = self._held.get(endpoint.key)
        if opened is None:
            return "there is no socket"
        try:
            opened.sendto(send.data, (str(target), endpoint.port))
        except OSError as problem:
            return os.strerror(problem.errno or errno.EIO)
        return ""

    def _open(self, change: Install, wanted: BfdListener | BfdEndpoint) -> None:
        assert wanted.key not in self._held, "the ledger never installs twice"
        try:
            if isinstance(wanted, BfdListener):
                opened = _listener(wanted)
            else:
                opened = _speaker(wanted, self._below)
        except OSError as problem:
            number = problem.errno or errno.EIO
            self._reactor.post(Refused(change, number, _sentence(wanted, number)))
            return
        self._held[wanted.key] = opened
        if isinstance(wanted, BfdListener):
            drain = _drain_4 if wanted.family is Family.INET else _drain_6
            self._reactor.watch(opened.fileno(), partial(drain, self._reactor, wanted, opened))

    def _close(self, gone: BfdListener | BfdEndpoint) -> None:
        opened = self._held.pop(gone.key, None)
        if opened is not None:
            self._reactor.unwatch(opened.fileno())
            opened.close()


def _socket(family: int) -> socket.socket:
    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    return socket.socket(family, kind, socket.IPPROTO_UDP)


def _listener(wanted: BfdListener) -> socket.socket:
    opened = _socket(wanted.family)
    try:
        if wanted.family is Family.INET:
            opened.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
            opened.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
            opened.bind(("", wanted.port))
        else:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            opened.bind(("::", wanted.port))
    except OSError:
        opened.close()
        raise
    return opened


def _speaker(wanted: BfdEndpoint, below: Callable[[int], int]) -> socket.socket:
    four = wanted.neighbour.version == 4
    opened = _socket(socket.AF_INET if four else socket.AF_INET6)
    try:
        # Nobody answers to this port: what comes here all the same is not kept.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        _set_hops(opened, wanted)
        if four:
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, CLASS_CS6)
        else:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, CLASS_CS6)
        any_address = "" if four else "::"
        source = any_address if wanted.source is None else str(wanted.source)
        _bind(opened, source, below)
    except OSError:
        opened.close()
        raise
    return opened


def _bind(opened: socket.socket, source: str, below: Callable[[int], int]) -> None:
    """Bind to a port that nobody else has; every session has one of its own."""
    for left in reversed(range(_PORTS_TRIED)):
        try:
            opened.bind((source, FIRST_PORT + below(LAST_PORT - FIRST_PORT + 1)))
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE or not left:
                raise
        else:
            return


def _set_hops(opened: socket.socket, wanted: BfdEndpoint) -> None:
    if wanted.neighbour.version == 4:
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, wanted.hop_limit)
    else:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, wanted.hop_limit)


def _drain_4(reactor: Reactor, listener: BfdListener, opened: socket.socket) -> None:
    space = socket.CMSG_SPACE(_INT.size) + socket.CMSG_SPACE(12)
    for _ in range(_READS_AT_ONCE):
        try:
            data, notes, _flags, sender = opened.recvmsg(_PACKET_BYTES, space)
        except OSError:
            return
        hops: int | None = None
        target: Address | None = None
        for _level, kind, value in notes:
            if kind == socket.IP_TTL:
                (hops,) = _INT.unpack(value[:4])
            elif kind == _IP_PKTINFO:
                target = IPv4Address(value[8:12])
        source = IPv4Address(sender[0])
        reactor.post(DatagramHeard(listener, source, data, hops, target))


def _drain_6(reactor: Reactor, listener: BfdListener, opened: socket.socket) -> None:
    space = socket.CMSG_SPACE(_INT.size) + socket.CMSG_SPACE(20)
    for _ in range(_READS_AT_ONCE):
        try:
            data, notes, _flags, sender = opened.recvmsg(_PACKET_BYTES, space)
        except OSError:
            return
        hops: int | None = None
        target: Address | None = None
        for _level, kind, value in notes:
            if kind == socket.IPV6_HOPLIMIT:
                (hops,) = _INT.unpack(value[:4])
            elif kind == socket.IPV6_PKTINFO:
                target = IPv6Address(value[:16])
        source = IPv6Address(sender[0].partition("%")[0])
        reactor.post(DatagramHeard(listener, source, data, hops, target))


def _sentence(wanted: BfdListener | BfdEndpoint, number: int) -> str:
    """Say what could not be opened, why, and what would help."""
    if isinstance(wanted, BfdListener):
        if number == errno.EADDRINUSE:
            return f"UDP port {wanted.port} is taken; end the other BFD daemon of this host"
        return f"UDP port {wanted.port} cannot be listened at: {os.strerror(number)}"
    if number == errno.EADDRNOTAVAIL:
        return f"{wanted.source} is not an address of this host; add it or correct source_ip"
    return f"no socket towards {wanted.neighbour}: {os.strerror(number)}"
