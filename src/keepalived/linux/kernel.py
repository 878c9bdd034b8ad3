"""Makes links, puts addresses on them, adds routes and rules; takes all of it away again.

Rule: what is already as wanted counts as done; what the kernel refuses comes back as an event with
a sentence that says what to do about it.
"""

from __future__ import annotations

import _socket as socket
import errno
import os
from collections.abc import Callable, Iterable, Sequence

from keepalived.linux.monitor import AddressKey, Monitor
from keepalived.linux.netlink_socket import Failure, NetlinkSocket, Request
from keepalived.linux.own_links import OwnLinks
from keepalived.linux.paths import GONE_ALREADY, Paths, install, remove, standing
from keepalived.port.events import Refused
from keepalived.port.reactor import Reactor
from keepalived.port.resources import (
    Change,
    HeldAddress,
    HeldLink,
    Install,
    Remove,
    Replace,
    Resource,
)
from keepalived.port.routing import HeldRoute, HeldRule
from keepalived.records import dataclass
from keepalived.wire.netlink import addresses, frame

_NOT_THERE = (errno.EADDRNOTAVAIL, errno.ENODEV, errno.ENXIO)
"""Gone already; ENXIO is of IPv6, from a link that has lost all that it knew of it."""
_AGAIN_US = 1_000_000


@dataclass(frozen=True, slots=True)
class _Step:
    """One request, the change it belongs to, and what to note once it is done."""

    change: Change
    request: Request
    fine: tuple[int, ...]
    done: Callable[[], None]


class Kernel:
    """The changer of rtnetlink's tables in this network namespace."""

    def __init__(self, reactor: Reactor, monitor: Monitor) -> None:
        """The monitor knows the links' numbers, and is told what we do so that it stays quiet."""
        self._reactor = reactor
        self._monitor = monitor
        self._socket = NetlinkSocket(socket.NETLINK_ROUTE)
        self._placed: dict[tuple[object, ...], int] = {}
        self._paths = Paths(reactor, lambda: self._socket.port)
        self._links = OwnLinks(reactor, monitor, self._socket)
        monitor.listen_up(self._on_up)

    def close(self) -> None:
        """Let go of the socket; addresses stay as they are."""
        self._socket.close()
        self._paths.close()

    def standing(self, wanted: Iterable[HeldRoute | HeldRule]) -> list[HeldRoute | HeldRule]:
        """Give those of them that stand already: a previous life left them."""
        found = standing(wanted, self._socket)
        for path in found:
            self._paths.took(path)
        return found

    def apply(self, changes: Sequence[Change]) -> None:
        """Carry the changes out, in order, in as few sends as it takes."""
        steps: list[_Step] = []
        for change in changes:
            resource = change.new if isinstance(change, Replace) else change.resource
            if isinstance(resource, HeldLink):
                # At once: what comes after it may need the link's number.
                self._carry_out(steps)
                steps = []
                self._links.change(change)
            else:
                steps.extend(self._steps(change))
        self._carry_out(steps)

    def _carry_out(self, steps: Sequence[_Step]) -> None:
        if not steps:
            return
        failures = {f.position: f for f in self._socket.carry_out([s.request for s in steps])}
        refused: set[int] = set()
        for position, step in enumerate(steps):
            failure = failures.get(position)
            if failure is None:
                step.done()
            elif failure.errno in step.fine:
                self._remember(step.change)
                if isinstance(_subject(step.change), (HeldRoute, HeldRule)):
                    step.done()
            elif id(step.change) not in refused:
                refused.add(id(step.change))
                self._refuse(step.change, failure)
                self._remove_later(step.change)

    def _remember(self, change: Change) -> None:
        """Note where an address sits that was there already."""
        if isinstance(change, Install) and isinstance(change.resource, HeldAddress):
            index = self._monitor.index_of(change.resource.link)
            if index is not None:
                self._placed[change.resource.key] = index

    def _remove_later(self, change: Change) -> None:
        """An address that is not ours to have must not stay because the kernel was busy once."""
        if not isinstance(change, Remove) or not isinstance(change.resource, HeldAddress):
            return
        key = change.resource.key

        def again() -> None:
            if key not in self._placed:
                self.apply([change])

        self._reactor.call_at(self._reactor.now() + _AGAIN_US, again)

    def _steps(self, change: Change) -> list[_Step]:
        match change:
            case Install(HeldAddress() as address):
                return self._install(change, address)
            case Remove(HeldAddress() as address):
                return self._remove(change, address)
            case Replace(HeldAddress() as old, HeldAddress() as new):
                # Only lifetimes can be changed in place: off and on again, in one send.
                return [*self._remove(change, old), *self._install(change, new)]
            case Install(HeldRoute() | HeldRule() as path):
                return self._lay(change, path)
            case Remove(HeldRoute() | HeldRule() as path):
                return self._clear(change, path)
            case Replace(HeldRoute() | HeldRule() as old, HeldRoute() | HeldRule() as new):
                return [*self._clear(change, old), *self._lay(change, new)]
            case _:
                raise AssertionError(f"not an address, route or rule: {change}")

    def _lay(self, change: Change, path: HeldRoute | HeldRule) -> list[_Step]:
        try:
            request = install(path, self._monitor.numbers, self._table(path))
        except KeyError:
            self._refuse(change, Failure(0, errno.ENODEV, ""))
            return []
        return [_Step(change, request, (errno.EEXIST,), lambda: self._paths.took(path))]

    def _clear(self, change: Change, path: HeldRoute | HeldRule) -> list[_Step]:
        self._paths.let_go(path)
        try:
            request = remove(path, self._monitor.numbers, self._table(path))
        except KeyError:
            return []  # the link took it along
        return [_Step(change, request, GONE_ALREADY, _nothing)]

    def _table(self, path: HeldRoute | HeldRule) -> int | None:
        """Give the table of the VRF that a route is for; KeyError where there is no such VRF."""
        if not isinstance(path, HeldRoute) or not path.vrf:
            return None
        record = self._links.find(path.vrf)
        if record is None or not record.vrf_table:
            raise KeyError(path.vrf)
        return record.vrf_table

    def _on_up(self, name: str) -> None:
        """Send routes again: the kernel dropped those by a link that was down, without a word.

        What cannot come back, as its gateway or another link is not there yet, is refused.
        """
        paths: list[HeldRoute] = []
        requests: list[Request] = []
        for path in self._paths.held():
            try:
                requests.append(install(path, self._monitor.numbers, self._table(path)))
            except KeyError:
                continue
            paths.append(path)
        for failure in self._socket.carry_out(requests) if requests else ():
            if failure.errno != errno.EEXIST:
                self._refuse(Install(paths[failure.position]), failure)

    def _install(self, change: Change, held: HeldAddress) -> list[_Step]:
        index = self._monitor.index_of(held.link)
        if index is None:
            self._refuse(change, Failure(0, errno.ENODEV, ""))
            return []
        body = addresses.encode(
            index,
            held.address,
            held.prefix,
            held.scope,
            held.label,
            held.broadcast,
            held.peer,
            held.flags,
            held.preferred_s,
        )
        request = Request(addresses.NEW, body, frame.CREATE | frame.EXCLUSIVE)
        key: AddressKey = (index, held.address, held.prefix)

        def done() -> None:
            self._placed[held.key] = index
            self._monitor.we_added(key)

        return [_Step(change, request, (errno.EEXIST,), done)]

    def _remove(self, change: Change, held: HeldAddress) -> list[_Step]:
        # A link may have got another name since: then it is its number that finds the address.
        index = self._placed.pop(held.key, None) or self._monitor.index_of(held.link)
        if index is None:
            return []  # the link took its addresses along
        body = addresses.encode_removal(index, held.address, held.prefix, held.peer)
        key: AddressKey = (index, held.address, held.prefix)

        def done() -> None:
            self._monitor.we_removed(key)

        return [_Step(change, Request(addresses.GONE, body), _NOT_THERE, done)]

    def _refuse(self, change: Change, failure: Failure) -> None:
        why = _sentence(change, failure)
        self._reactor.post(Refused(change, failure.errno, why))


def _subject(change: Change) -> Resource:
    return change.new if isinstance(change, Replace) else change.resource


def _nothing() -> None:
    """Note nothing: it is gone either way."""


def _name(held: Resource) -> str:
    match held:
        case HeldRoute():
            address, prefix = held.route.destination
            return f"route to {address}/{prefix}"
        case HeldRule():
            return f"rule {held.rule.preference}"
        case _:
            assert isinstance(held, HeldAddress)
            return f"address {held.address}/{held.prefix} on {held.link}"


def _sentence(change: Change, failure: Failure) -> str:
    """Say what was refused, why, and what would help."""
    held = _subject(change)
    what = _name(held)
    if not isinstance(held, HeldAddress):
        return _sentence_of_path(what, failure)
    match failure.errno:
        case errno.ENODEV:
            return f"{what}: there is no such link; create it or correct the name"
        case errno.EPERM:
            return f"{what}: not permitted; keepalived needs root or CAP_NET_ADMIN"
        case errno.EACCES if held.address.version == 6:
            setting = f"net.ipv6.conf.{held.link}.disable_ipv6"
            return f"{what}: IPv6 is switched off there; set {setting} to 0"
        case errno.EOPNOTSUPP | errno.EAFNOSUPPORT:
            return f"{what}: this kernel has no IPv{held.address.version}"
        case errno.EINVAL:
            detail = failure.text or "prefix, label or broadcast do not fit"
            return f"{what}: the kernel calls it invalid ({detail}); correct the address line"
        case number:
            return f"{what}: {failure.text or os.strerror(number)}"


def _sentence_of_path(what: str, failure: Failure) -> str:
    match failure.errno:
        case errno.ENODEV:
            return f"{what}: a link or VRF that it names is not there"
        case errno.ENETUNREACH:
            return f"{what}: its gateway cannot be reached; is an address of its network missing?"
        case errno.ESRCH:
            return f"{what}: the table or the device of the VRF is not there"
        case errno.EPERM:
            return f"{what}: not permitted; keepalived needs root or CAP_NET_ADMIN"
        case errno.EOPNOTSUPP | errno.EAFNOSUPPORT:
            return f"{what}: this kernel lacks what it asks for ({failure.text or 'no detail'})"
        case number:
            return f"{what}: {failure.text or os.strerror(number)}"
