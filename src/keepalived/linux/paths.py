"""Routes and rules: what is sent to the kernel for them, and who hears when one is taken away.

Rule: the kernel takes routes away without a word when a link goes down; they are sent again as soon
as one comes up, and those that stand already answer that they exist.
"""

from __future__ import annotations

import _socket as socket
import errno
from collections.abc import Callable, Iterable, Mapping

from keepalived.linux.netlink_socket import NetlinkSocket, Request, open_netlink
from keepalived.port.events import Lost
from keepalived.port.reactor import Reactor
from keepalived.port.routing import HeldRoute, HeldRule, Placing
from keepalived.wire.netlink import frame, routes, rules
from keepalived.wire.netlink.frame import Message
from keepalived.wire.netlink.routes import METRIC_6, Route, RouteRecord
from keepalived.wire.netlink.rules import Rule, RuleRecord

Path = HeldRoute | HeldRule
Identity = tuple[object, ...]

_APPEND = 0x800
_FLAGS = {
    Placing.ADD: frame.CREATE | frame.EXCLUSIVE,
    Placing.PREPEND: frame.CREATE,
    Placing.APPEND: frame.CREATE | _APPEND,
}
_READ_BYTES = 1 << 16
_READS_AT_ONCE = 256
GONE_ALREADY = (errno.ESRCH, errno.ENOENT, errno.ENODEV, errno.ENETUNREACH)


class Paths:
    """The routes and rules that are held in this network namespace."""

    def __init__(self, reactor: Reactor, port: Callable[[], int]) -> None:
        """`port` is that of the socket which changes them: what it did is no news."""
        self._reactor = reactor
        self._port = port
        self._socket: socket.socket | None = None
        self._held: dict[Identity, Path] = {}

    def close(self) -> None:
        """Stop listening."""
        if self._socket is not None:
            self._reactor.unwatch(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def held(self) -> Iterable[HeldRoute]:
        """Give the routes that are believed to stand."""
        return [each for each in self._held.values() if isinstance(each, HeldRoute)]

    def took(self, path: Path) -> None:
        """Hear that it stands now."""
        self._held[_identity(path)] = path
        if path.tracked and self._socket is None:
            self._listen()

    def let_go(self, path: Path) -> None:
        """Hear that it is to stand no longer."""
        self._held.pop(_identity(path), None)

    def _listen(self) -> None:
        groups = routes.GROUP_IPV4 | routes.GROUP_IPV6 | rules.GROUP_IPV4 | rules.GROUP_IPV6
        try:
            self._socket = open_netlink(socket.NETLINK_ROUTE, groups)
        except OSError:
            return  # they are held all the same
        self._socket.setblocking(False)
        self._reactor.watch(self._socket.fileno(), self._on_ready)

    def _on_ready(self) -> None:
        assert self._socket is not None
        for _ in range(_READS_AT_ONCE):
            try:
                data = self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                continue  # some were lost; whoever is at fault by that is so by its link, too
            for message in frame.split(data):
                self._take(message)

    def _take(self, message: Message) -> None:
        if message.kind not in (routes.GONE, rules.GONE) or message.port == self._port():
            return
        identity = identity_in(message)
        path = self._held.get(identity) if identity else None
        if path is not None and identity and path.tracked:
            del self._held[identity]
            self._reactor.post(Lost(path))


def install(path: Path, numbers: Mapping[str, int], table: int | None) -> Request:
    """Write the request that puts it into the kernel; KeyError where a link is not there."""
    if isinstance(path, HeldRoute):
        return Request(routes.NEW, routes.encode(path.route, numbers, table), _FLAGS[path.placing])
    return Request(rules.NEW, rules.encode(path.rule), frame.CREATE | frame.EXCLUSIVE)


def remove(path: Path, numbers: Mapping[str, int], table: int | None) -> Request:
    """Write the request that takes it out again; KeyError where a link is not there."""
    if isinstance(path, HeldRoute):
        return Request(routes.GONE, routes.encode(path.route, numbers, table))
    return Request(rules.GONE, rules.encode(path.rule))


def standing(wanted: Iterable[Path], questions: NetlinkSocket) -> list[Path]:
    """Give those of them that stand in the kernel with keepalived's mark."""
    by_identity = {_identity(each): each for each in wanted}
    if not by_identity:
        return []
    found: list[Path] = []
    for ask in (
        Request(routes.ASK, routes.encode_dump()),
        Request(rules.ASK, rules.encode_dump()),
    ):
        for message in questions.dump(ask).messages:
            path = by_identity.pop(identity_in(message) or (), None)
            if path is not None:
                found.append(path)
    return found


def identity_in(message: Message) -> Identity | None:
    """Give what a message's route or rule is known by here; None where it speaks of neither."""
    route = routes.decode(message)
    if route is not None:
        return _of_route(route, route.metric)
    rule = rules.decode(message)
    return None if rule is None else _of_rule(rule)


def _identity(path: Path) -> Identity:
    if isinstance(path, HeldRoute):
        return _of_route(path.route, path.route.metric or 0)
    return _of_rule(path.rule)


def _of_route(it: RouteRecord | Route, metric: int) -> Identity:
    """Give what tells a route from others in what the kernel says of it."""
    metric = 0 if it.family == socket.AF_INET6 and metric == METRIC_6 else metric
    return ("route", it.family, it.destination, it.table, it.tos, metric, it.protocol)


def _of_rule(it: RuleRecord | Rule) -> Identity:
    return ("rule", it.family, it.preference, it.action, it.table, it.protocol)
