"""Sockets that hear and say VRRP adverts, and sockets that put whole frames on a link.

Rule: an endpoint that is held comes back by itself when its link does; reading drains the socket,
sending never waits.
"""

from __future__ import annotations

import _socket as socket
import errno
import os
from collections.abc import Sequence
from functools import partial

from keepalived.linux.advert_sockets import drain, drain_6, open_pair, say
from keepalived.linux.monitor import Monitor
from keepalived.port.effects import Send
from keepalived.port.events import Refused
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


@dataclass(slots=True)
class _Open:
    """The sockets of one endpoint, and the number of the link that they are bound to, if any."""

    say: socket.socket
    hear: socket.socket | None
    index: int


class Endpoints:
    """All endpoints that are held."""

    def __init__(self, reactor: Reactor, monitor: Monitor) -> None:
        self._reactor = reactor
        self._monitor = monitor
        self._held: dict[Endpoint, _Open | None] = {}
        self._latest: tuple[Endpoint, _Open] | None = None
        """What was sent by last: most sends have the endpoint of the one before."""
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
        latest = self._latest
        if latest is None or latest[0] is not send.endpoint:
            sockets = self._held.get(send.endpoint)
            if sockets is None:
                return "the link is not there"
            latest = self._latest = (send.endpoint, sockets)
        try:
            say(latest[1].say, send, latest[1].index)
        except OSError as problem:
            return os.strerror(problem.errno or errno.EIO)
        return ""

    def _take(self, endpoint: Endpoint) -> None:
        if self._held.get(endpoint) is not None:
            return
        device = _device(endpoint)
        index = self._monitor.index_of(device) if device else 0
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
            read = drain if endpoint.group.version == 4 else drain_6
            on_ready = partial(read, self._reactor, endpoint, sockets.hear)
            self._reactor.watch(sockets.hear.fileno(), on_ready)

    def _let_go(self, endpoint: Endpoint) -> None:
        self._latest = None
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
        for endpoint in [each for each in self._held if _device(each) == name]:
            sockets = self._held[endpoint]
            if sockets is not None and sockets.index != index:
                self._let_go(endpoint)
                self._held[endpoint] = None
            if index is not None:
                self._take(endpoint)


def _open(endpoint: Endpoint, index: int) -> _Open:
    if isinstance(endpoint, VrrpEndpoint):
        return _Open(*open_pair(endpoint, index), index)
    # Protocol 0: the kernel copies no frame to a socket that only says.
    kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    say = socket.socket(socket.AF_PACKET, kind, 0)
    try:
        say.bind((endpoint.link, 0))
    except OSError:
        say.close()
        raise
    return _Open(say, None, index)


def _device(endpoint: Endpoint) -> str:
    """Name the link that an endpoint is bound to; nothing where there is none."""
    return endpoint.link or (endpoint.vrf if isinstance(endpoint, VrrpEndpoint) else "")


def _sentence(endpoint: Endpoint, number: int) -> str:
    """Say what could not be opened, why, and what would help."""
    what = f"socket on {_device(endpoint) or 'no link'}"
    match number:
        case errno.ENODEV | errno.ENXIO:
            return f"{what}: there is no such link; create it or correct the name"
        case errno.EPERM | errno.EACCES:
            return f"{what}: not permitted; keepalived needs root or CAP_NET_RAW"
        case errno.ENOBUFS if isinstance(endpoint, VrrpEndpoint):
            v4 = endpoint.group.version == 4
            setting = "net.ipv4.igmp_max_memberships" if v4 else "net.core.optmem_max"
            return f"{what}: no room to join {endpoint.group}; raise {setting}"
        case errno.EMFILE | errno.ENFILE:
            return f"{what}: too many open files; raise the limit (ulimit -n)"
        case _:
            return f"{what}: {os.strerror(number)}"
