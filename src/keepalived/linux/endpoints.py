"""Sockets that hear and say VRRP adverts, and sockets that put whole frames on a link.

Rule: an endpoint that is held comes back by itself when its link does; reading drains the socket,
sending never waits.
"""

from __future__ import annotations

import _socket as socket
import errno
import os
import struct
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from ipaddress import IPv4Address, IPv6Address

from keepalived.linux.monitor import Monitor
from keepalived.port.effects import Send
from keepalived.port.events import DatagramHeard, Refused
from keepalived.port.reactor import Reactor
from keepalived.port.resources import (
    Change,
    Endpoint,
    FrameEndpoint,
    Install,
    Remove,
    Replace,
    VrrpEndpoint,
)
from keepalived.records import dataclass

CLASS_CS6 = 0xC0
"""The type of service of network control, in which adverts travel."""

_IP_MULTICAST_ALL = 49
_IPV6_CHECKSUM = 7
_IPV6_MULTICAST_ALL = 29
_GROUP_REQUEST = struct.Struct("=4s4si")
_GROUP_REQUEST_6 = struct.Struct("=16si")
_HOP_LIMIT = struct.Struct("=i")
_CHECKSUM_OFFSET = 6
_SO_ATTACH_FILTER = 26
_RETURN_NOTHING = struct.pack("=HBBI", 6, 0, 0, 0)
"""A socket filter of one instruction: keep 0 bytes of any packet."""
_ADVERT_HOPS = 255
_DATAGRAM_BYTES = 65535
_READS_AT_ONCE = 1024
"""So many, then the loop looks at its other sockets: a flood must not stop the clock."""


@dataclass(slots=True)
class _Open:
    """The sockets of one endpoint, and the number of the link that they are bound to."""

    say: socket.socket
    hear: socket.socket | None
    index: int


class Endpoints:
    """All endpoints that are held."""

    def __init__(self, reactor: Reactor, monitor: Monitor) -> None:
        self._reactor = reactor
        self._monitor = monitor
        self._held: dict[Endpoint, _Open | None] = {}
        monitor.listen(self._on_link)

    def close(self) -> None:
        """Close every socket."""
        for endpoint in list(self._held):
            self._let_go(endpoint)

    def apply(self, changes: Sequence[Change]) -> None:
        """Open and close, in order; what cannot be opened is refused."""
        for change in changes:
            match change:
                case Install(VrrpEndpoint() | FrameEndpoint() as endpoint):
                    self._take(endpoint)
                case Remove(VrrpEndpoint() | FrameEndpoint() as endpoint):
                    self._let_go(endpoint)
                case Replace():
                    continue  # an endpoint is all key: there is nothing about it to alter
                case _:
                    raise AssertionError(f"not an endpoint: {change}")

    def send(self, send: Send) -> str:
        """Send one datagram or frame now; say why not, where that was not possible."""
        target, data = send.target, send.data
        sockets = self._held.get(send.endpoint)
        if sockets is None:
            return "the link is not there"
        try:
            if target is None:
                sockets.say.send(data)
            elif isinstance(target, IPv6Address):
                sockets.say.sendto(data, (str(target), 0, 0, sockets.index))
            else:
                sockets.say.sendto(data, (str(target), 0))
        except OSError as problem:
            return os.strerror(problem.errno or errno.EIO)
        return ""

    def _take(self, endpoint: Endpoint) -> None:
        if self._held.get(endpoint) is not None:
            return
        index = self._monitor.index_of(endpoint.link)
        try:
            if index is None:
                raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
            sockets = _open(endpoint, index)
        except OSError as problem:
            self._held.pop(endpoint, None)
            number = problem.errno or errno.EIO
            why = _sentence(endpoint, number)
            self._reactor.post(Refused(Install(endpoint), number, why))
            return
        self._held[endpoint] = sockets
        if sockets.hear is not None and isinstance(endpoint, VrrpEndpoint):
            drain = _drain_4 if endpoint.group.version == 4 else _drain_6
            on_ready = partial(drain, self._reactor, endpoint, sockets.hear)
            self._reactor.watch(sockets.hear.fileno(), on_ready)

    def _let_go(self, endpoint: Endpoint) -> None:
        sockets = self._held.pop(endpoint, None)
        if sockets is None:
            return
        if sockets.hear is not None:
            self._reactor.unwatch(sockets.hear.fileno())
            sockets.hear.close()
        sockets.say.close()

    def _on_link(self, name: str) -> None:
        """Follow a link that left (its sockets are of no more use) or that is there again."""
        index = self._monitor.index_of(name)
        for endpoint in [endpoint for endpoint in self._held if endpoint.link == name]:
            sockets = self._held[endpoint]
            if sockets is not None and sockets.index != index:
                self._let_go(endpoint)
                self._held[endpoint] = None
            if index is not None:
                self._take(endpoint)


def _drain_4(reactor: Reactor, endpoint: Endpoint, hear: socket.socket) -> None:
    for _ in range(_READS_AT_ONCE):
        try:
            data = hear.recv(_DATAGRAM_BYTES)
        except OSError:
            return  # nothing waits, or the link is going: the monitor tells
        if len(data) >= 20:
            reactor.post(DatagramHeard(endpoint, IPv4Address(data[12:16]), data))


def _drain_6(reactor: Reactor, endpoint: Endpoint, hear: socket.socket) -> None:
    space = socket.CMSG_SPACE(_HOP_LIMIT.size)
    for _ in range(_READS_AT_ONCE):
        try:
            data, notes, _flags, sender = hear.recvmsg(_DATAGRAM_BYTES, space)
        except OSError:
            return  # as above
        hops = None
        for level, kind, value in notes:
            if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_HOPLIMIT:
                (hops,) = _HOP_LIMIT.unpack(value[:4])
        source = IPv6Address(sender[0].partition("%")[0])
        reactor.post(DatagramHeard(endpoint, source, data, hops))


def _open(endpoint: Endpoint, index: int) -> _Open:
    if isinstance(endpoint, FrameEndpoint):
        # Protocol 0: the kernel copies no frame to a socket that only says.
        say = socket.socket(socket.AF_PACKET, _flags(socket.SOCK_RAW), 0)
        with _closed_on_error(say):
            say.bind((endpoint.link, 0))
        return _Open(say, None, index)
    if endpoint.group.version == 4:
        return _Open(*_open_4(endpoint, index), index)
    return _Open(*_open_6(endpoint, index), index)


def _open_4(endpoint: VrrpEndpoint, index: int) -> tuple[socket.socket, socket.socket]:
    device = endpoint.link.encode() + b"\0"
    # IPPROTO_RAW: we write the IP header, and nothing is ever queued on this socket to be read.
    say = socket.socket(socket.AF_INET, _flags(socket.SOCK_RAW), socket.IPPROTO_RAW)
    with _closed_on_error(say):
        say.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
        say.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        say.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
        say.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, CLASS_CS6)
        say.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        here = _GROUP_REQUEST.pack(b"\0" * 4, b"\0" * 4, index)
        say.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, here)
    try:
        hear = socket.socket(socket.AF_INET, _flags(socket.SOCK_RAW), endpoint.protocol)
    except OSError:
        say.close()
        raise
    with _closed_on_error(hear, say):
        hear.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
        hear.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        hear.bind((str(endpoint.group), 0))
        join = _GROUP_REQUEST.pack(endpoint.group.packed, b"\0" * 4, index)
        hear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, join)
    return say, hear


def _open_6(endpoint: VrrpEndpoint, index: int) -> tuple[socket.socket, socket.socket]:
    device = endpoint.link.encode() + b"\0"
    level = socket.IPPROTO_IPV6
    say = socket.socket(socket.AF_INET6, _flags(socket.SOCK_RAW), endpoint.protocol)
    with _closed_on_error(say):
        say.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
        say.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        say.setsockopt(level, _IPV6_CHECKSUM, _CHECKSUM_OFFSET)
        say.setsockopt(level, socket.IPV6_MULTICAST_HOPS, _ADVERT_HOPS)
        say.setsockopt(level, socket.IPV6_TCLASS, CLASS_CS6)
        say.setsockopt(level, socket.IPV6_MULTICAST_LOOP, 0)
        say.setsockopt(level, socket.IPV6_MULTICAST_IF, index)
        _hear_nothing(say)
    try:
        hear = socket.socket(socket.AF_INET6, _flags(socket.SOCK_RAW), endpoint.protocol)
    except OSError:
        say.close()
        raise
    with _closed_on_error(hear, say):
        hear.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
        hear.setsockopt(level, _IPV6_MULTICAST_ALL, 0)
        hear.setsockopt(level, _IPV6_CHECKSUM, _CHECKSUM_OFFSET)
        hear.setsockopt(level, socket.IPV6_RECVHOPLIMIT, 1)
        hear.bind((str(endpoint.group), 0, 0, index))
        join = _GROUP_REQUEST_6.pack(endpoint.group.packed, index)
        hear.setsockopt(level, socket.IPV6_JOIN_GROUP, join)
    return say, hear


def _hear_nothing(say: socket.socket) -> None:
    """Drop all that arrives: this socket shares its protocol with the one that hears."""
    program = array("B", _RETURN_NOTHING)
    place, _length = program.buffer_info()
    say.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", 1, place))


def _flags(kind: int) -> int:
    return kind | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK


@contextmanager
def _closed_on_error(*sockets: socket.socket) -> Iterator[None]:
    try:
        yield
    except OSError:
        for opened in sockets:
            opened.close()
        raise


def _sentence(endpoint: Endpoint, number: int) -> str:
    """Say what could not be opened, why, and what would help."""
    what = f"socket on {endpoint.link}"
    match number:
        case errno.ENODEV | errno.ENXIO:
            return f"{what}: there is no such link; create it or correct the name"
        case errno.EPERM | errno.EACCES:
            return f"{what}: not permitted; keepalived needs root or CAP_NET_RAW"
        case errno.ENOBUFS if isinstance(endpoint, VrrpEndpoint):
            setting = "net.ipv4.igmp_max_memberships"
            return f"{what}: no room to join {endpoint.group}; raise {setting}"
        case errno.EMFILE | errno.ENFILE:
            return f"{what}: too many open files; raise the limit (ulimit -n)"
        case _:
            return f"{what}: {os.strerror(number)}"
