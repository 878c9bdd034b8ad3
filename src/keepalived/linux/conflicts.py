"""Hears other hosts say that they have an address of ours: by ARP, and by neighbour adverts.

Rule: one socket a link and family, filtered in the kernel; after it heard something it is deaf for
a while, so that no flood costs more than a look now and then. What cannot be opened is left out.
"""

from __future__ import annotations

import _socket as socket
import errno
import struct
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import IPv4Address, IPv6Address

from keepalived.linux.conflict_filter import SEEN_BYTES, arp_filter, neighbour_filter, seen
from keepalived.linux.monitor import Monitor
from keepalived.port.conflict import ConflictWatch
from keepalived.port.events import ConflictSeen
from keepalived.port.reactor import Reactor, Timer
from keepalived.port.resources import Change, Install, Remove, Replace
from keepalived.wire.addresses import Address

_GRACE_US = 1_000_000
"""What a former master still says while we take over is no conflict; nor is what a new one says
while we let go. And those who take over together get one filter.
"""
_DEAF_US = 10_000_000
_READS_AT_ONCE = 64
_MOST_TOLD = 16
_SO_ATTACH_FILTER = 26
_ARP, _IPV6 = 0x0806, 0x86DD

Sighting = tuple[Address, bytes]


class _Ear:
    """The sockets of one link, and who watches with them."""

    def __init__(self) -> None:
        self.watches: dict[str, ConflictWatch] = {}
        self.sockets: list[socket.socket] = []
        self.index: int | None = None
        self.heard: list[Sighting] = []
        self.timer: Timer | None = None


class Conflicts:
    """All watches for conflicts."""

    def __init__(self, reactor: Reactor, monitor: Monitor) -> None:
        self._reactor = reactor
        self._monitor = monitor
        self._ears: dict[str, _Ear] = {}
        monitor.listen(self._on_link)

    def close(self) -> None:
        """Close every socket."""
        for ear in self._ears.values():
            self._rest(ear)
        self._ears.clear()

    def apply(self, changes: Sequence[Change]) -> None:
        """Begin or end watching; nothing is ever refused."""
        for change in changes:
            match change:
                case Install(ConflictWatch() as watch) | Replace(_, ConflictWatch() as watch):
                    ear = self._ears.setdefault(watch.link, _Ear())
                    ear.watches[watch.owner] = watch
                    self._later(watch.link, ear)
                case Remove(ConflictWatch() as watch):
                    self._end(watch)
                case _:
                    raise AssertionError(f"no watch for conflicts: {change}")

    def _end(self, watch: ConflictWatch) -> None:
        """Forget one; a filter that lets too much through is put right when it next matters."""
        ear = self._ears.get(watch.link)
        if ear is not None:
            ear.watches.pop(watch.owner, None)
            if not ear.watches:
                self._rest(ear)
                del self._ears[watch.link]

    def _later(self, link: str, ear: _Ear, delay_us: int = _GRACE_US) -> None:
        """Open the sockets anew after a while; who waits already waits no longer for that."""
        if ear.timer is None:
            then = self._reactor.now() + delay_us
            ear.timer = self._reactor.call_at(then, partial(self._listen, link, ear))

    def _listen(self, link: str, ear: _Ear) -> None:
        ear.timer = None
        self._shut(ear)
        ear.index = self._monitor.index_of(link)
        if ear.index is None:
            return
        mac = next(iter(ear.watches.values())).mac
        # Where there are too many, each instance has its first ones watched.
        placed = [each for w in ear.watches.values() for each in enumerate(w.addresses)]
        placed.sort(key=lambda each: each[0])
        every = list(dict.fromkeys(address for _, address in placed))
        fours = [each for each in every if isinstance(each, IPv4Address)]
        sixes = [each for each in every if isinstance(each, IPv6Address)]
        if fours:
            self._open(link, ear, _ARP, lambda most: arp_filter(mac, fours[:most]), len(fours))
        if sixes:
            made = partial(_sixes, mac, sixes)
            self._open(link, ear, _IPV6, made, len(sixes))

    def _open(
        self, link: str, ear: _Ear, protocol: int, program: Callable[[int], bytes], most: int
    ) -> None:
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        try:
            # Protocol 0: it hears nothing before the filter stands. And one of a single protocol
            # never hears what we send ourselves.
            made = socket.socket(socket.AF_PACKET, kind, 0)
        except OSError:
            return
        try:
            _attach(made, program, most)
            made.bind((link, protocol))
        except OSError:
            made.close()
            return
        ear.sockets.append(made)
        self._reactor.watch(made.fileno(), partial(self._hear, link, ear, made))

    def _hear(self, link: str, ear: _Ear, hear: socket.socket) -> None:
        ours = {each.mac for each in self._monitor.links()}
        watched = {each for watch in ear.watches.values() for each in watch.addresses}
        for _ in range(_READS_AT_ONCE):
            try:
                found = seen(hear.recv(SEEN_BYTES))
            except OSError:
                break  # nothing waits, or the link is going: the monitor tells
            if found is None or found[0] not in watched or found[1] in ours:
                continue
            if found not in ear.heard and len(ear.heard) < _MOST_TOLD:
                ear.heard.append(found)
        self._shut(ear)
        if ear.timer is not None:
            ear.timer.cancel()
        then = self._reactor.now() + _GRACE_US
        ear.timer = self._reactor.call_at(then, partial(self._tell, link, ear))

    def _tell(self, link: str, ear: _Ear) -> None:
        """Tell what was heard a moment ago of what we still have; then be deaf for a while."""
        ear.timer = None
        watched = {each for watch in ear.watches.values() for each in watch.addresses}
        heard, ear.heard = ear.heard, []
        for address, mac in heard:
            if address in watched:
                self._reactor.post(ConflictSeen(link, address, mac))
        self._later(link, ear, _DEAF_US if heard else _GRACE_US)

    def _on_link(self, name: str) -> None:
        """Follow a link that left or that is there again."""
        ear = self._ears.get(name)
        if ear is not None and ear.index != self._monitor.index_of(name):
            self._rest(ear)
            self._later(name, ear)

    def _rest(self, ear: _Ear) -> None:
        if ear.timer is not None:
            ear.timer.cancel()
            ear.timer = None
        self._shut(ear)

    def _shut(self, ear: _Ear) -> None:
        for each in ear.sockets:
            self._reactor.unwatch(each.fileno())
            each.close()
        ear.sockets.clear()


def _sixes(mac: bytes, addresses: list[IPv6Address], most: int) -> bytes:
    return neighbour_filter(mac, addresses[:most])


def _attach(made: socket.socket, program: Callable[[int], bytes], most: int) -> None:
    """Give a socket its filter; where the kernel finds it too long, for fewer addresses."""
    while True:
        code = array("B", program(most))
        place, length = code.buffer_info()
        try:
            option = struct.pack("@HP", length // 8, place)
            made.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, option)
        except OSError as problem:
            most = min(most, 400) // 2
            if problem.errno != errno.ENOMEM or not most:
                raise
        else:
            return
