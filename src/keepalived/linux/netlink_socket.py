"""A conversation with the kernel over netlink: many requests a send, each failure told apart.

Rule: never raises for what the world may do; a failure is a value that names its request.
"""

from __future__ import annotations

import _socket as socket
import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from struct import Struct

from keepalived.linux.namespaces import within
from keepalived.records import dataclass
from keepalived.wire.netlink import frame, nft_sets
from keepalived.wire.netlink.frame import Message

SOL_NETLINK = 270
_ADD_MEMBERSHIP = 1
_CAP_ACK = 10
_EXT_ACK = 11
_SO_RCVBUFFORCE = 33

BATCH_BYTES = 16384
"""Bytes of requests in one send: the kernel works a send off before it returns, and an advert or
a check must not wait for thousands. More would be a tenth quicker only."""
BATCH_REQUESTS = 256
"""Requests in one send, so that even if all fail their answers fit into the receive buffer."""
CONNECTOR = 11
"""The protocol by which the kernel tells of processes."""
_RECEIVE_BUFFER_BYTES = 1 << 20
_BUFFERS = dict.fromkeys(("command", "monitor", "process"), (_RECEIVE_BUFFER_BYTES, True))
"""Of each use of a socket: its size, and whether the system's limit may be passed."""
_READ_BYTES = 1 << 16
_ANSWER_WITHIN_S = 5
_DUMP_ATTEMPTS = 5
_TIME_VALUE = Struct("@ll")


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked of the kernel: the message's type, its flags, its body."""

    kind: int
    body: bytes
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """The kernel said no to the request of this position in the sequence that was sent."""

    position: int
    errno: int
    text: str


@dataclass(frozen=True, slots=True)
class Dump:
    """What a dump gave; errno is 0 if it is whole."""

    messages: tuple[Message, ...]
    errno: int = 0


def size_buffers(use: str, size: int, force: bool) -> None:
    """Let sockets that are opened from now on have receive buffers of so many bytes.

    `use` is `command`, `monitor` or `process`; without force the system's limit holds. Of 0
    bytes nothing changes.
    """
    if size:
        _BUFFERS[use] = (size, force)


def open_netlink(protocol: int, groups: int = 0) -> socket.socket:
    """Open a netlink socket that is heard by these groups; OSError where the kernel refuses."""
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
    try:
        for option in (_CAP_ACK, _EXT_ACK):
            _try_option(link, SOL_NETLINK, option, 1)
        use = "process" if protocol == CONNECTOR else "monitor" if groups else "command"
        size, force = _BUFFERS[use]
        if not (force and _try_option(link, socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)):
            _try_option(link, socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        link.bind((0, groups))
    except OSError:
        link.close()
        raise
    return link


def _try_option(link: socket.socket, level: int, option: int, value: int) -> bool:
    """Set an option that an older kernel, or fewer rights, may lack."""
    try:
        link.setsockopt(level, option, value)
    except OSError:
        return False
    return True


class NetlinkSocket:
    """Requests to one netlink protocol, answered before the call returns."""

    def __init__(self, protocol: int, namespace: str | None = None) -> None:
        """`namespace` is the name of another network namespace to ask; None for this one."""
        self._namespace = namespace
        """Nothing is opened before the first request, so that a fork may come between."""
        self._protocol = protocol
        self._socket: socket.socket | None = None
        self._sequence = 0
        self.sent = 0
        """Requests sent in all, for the status."""

    @property
    def port(self) -> int:
        """Give the number by which the kernel names this socket in what it tells; 0 if closed."""
        return 0 if self._socket is None else int(self._socket.getsockname()[0])

    def close(self) -> None:
        """Let go of the socket; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def carry_out(self, requests: Iterable[Request]) -> list[Failure]:
        """Send them all, in order and in batches; give those that the kernel refused."""
        failures: list[Failure] = []
        start = 0
        for batch in _batches(requests):
            failures.extend(self._carry_out_batch(batch, start))
            start += len(batch)
        return failures

    def transact(self, requests: Sequence[Request]) -> list[Failure]:
        """Send them to nftables as one transaction; give those refused, and then none is done."""
        edge = nft_sets.encode_edge()
        first = self._sequence + 1
        self._sequence += len(requests) + 2
        parts = [frame.encode(nft_sets.BATCH_BEGIN, frame.REQUEST, first, edge)]
        flags = frame.REQUEST | frame.ACKNOWLEDGE
        for number, each in enumerate(requests, first + 1):
            parts.append(frame.encode(each.kind, each.flags | flags, number, each.body))
        parts.append(frame.encode(nft_sets.BATCH_END, frame.REQUEST, self._sequence, edge))
        failures: list[Failure] = []
        try:
            link = self._open()
            link.send(b"".join(parts))
            for message in _heard(link):
                answer = frame.read_answer(message)
                if answer is None or not first <= answer.sequence <= self._sequence:
                    continue
                if answer.errno:
                    place = min(max(answer.sequence - first - 1, 0), len(requests) - 1)
                    failures.append(Failure(place, answer.errno, answer.text))
                if answer.sequence >= self._sequence - 1 or answer.sequence == first:
                    break
        except OSError as problem:
            self.close()
            number = problem.errno or errno.EIO
            return [Failure(i, number, os.strerror(number)) for i in range(len(requests))]
        return failures

    def ask(self, request: Request) -> Dump:
        """Send one request that is answered by one message."""
        return self._gather(request, request.flags | frame.REQUEST | frame.ACKNOWLEDGE)

    def dump(self, request: Request) -> Dump:
        """Ask for all there is; again if it changed meanwhile."""
        gathered = Dump((), errno.EINTR)
        for _ in range(_DUMP_ATTEMPTS):
            gathered = self._gather(request, request.flags | frame.REQUEST | frame.DUMP)
            if gathered.errno != errno.EINTR:
                break
        return gathered

    def _open(self) -> socket.socket:
        if self._socket is None:
            with within(self._namespace):
                self._socket = open_netlink(self._protocol)
            limit = _TIME_VALUE.pack(_ANSWER_WITHIN_S, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        return self._socket

    def _carry_out_batch(self, batch: Sequence[Request], start: int) -> list[Failure]:
        """Send one batch, whose first request is the `start`th of all."""
        try:
            return self._exchange(batch, start)
        except OSError as problem:
            self.close()
            number = problem.errno or errno.EIO
            if number == errno.ENOBUFS and len(batch) > 1:
                # Answers were lost, so who failed is not known: ask again, one by one. What was
                # done already answers "exists" or "not there", which is what callers call done.
                return [
                    failure
                    for position, request in enumerate(batch, start)
                    for failure in self._carry_out_batch([request], position)
                ]
            why = os.strerror(number)
            return [Failure(start + i, number, why) for i in range(len(batch))]

    def _exchange(self, batch: Sequence[Request], start: int) -> list[Failure]:
        link = self._open()
        first = self._sequence + 1
        offset = start - first
        last = first + len(batch) - 1
        self._sequence = last
        parts = [
            frame.encode(r.kind, r.flags | frame.REQUEST, number, r.body)
            for number, r in enumerate(batch[:-1], first)
        ]
        final = batch[-1]
        flags = final.flags | frame.REQUEST | frame.ACKNOWLEDGE
        parts.append(frame.encode(final.kind, flags, last, final.body))
        link.send(b"".join(parts))
        self.sent += len(batch)
        failures: list[Failure] = []
        for message in _heard(link):
            answer = frame.read_answer(message)
            if answer is None or not first <= answer.sequence <= last:
                continue
            if answer.errno:
                failures.append(Failure(answer.sequence + offset, answer.errno, answer.text))
            if answer.sequence == last:
                break
        if self._sequence > 0x7FFF0000:
            self._sequence = 0
        return failures

    def _gather(self, request: Request, flags: int) -> Dump:
        messages: list[Message] = []
        self._sequence += 1
        number = self._sequence
        interrupted = False
        try:
            link = self._open()
            link.send(frame.encode(request.kind, flags, number, request.body))
            self.sent += 1
            for message in _heard(link):
                if message.sequence != number:
                    continue
                interrupted |= bool(message.flags & frame.DUMP_INTERRUPTED)
                if message.kind == frame.DONE:
                    problem = frame.dump_error(message)
                    return Dump(tuple(messages), errno.EINTR if interrupted else problem)
                answer = frame.read_answer(message)
                if answer is not None:
                    return Dump(tuple(messages), answer.errno)
                messages.append(message)
        except OSError as problem_:
            self.close()
            return Dump(tuple(messages), problem_.errno or errno.EIO)
        return Dump(tuple(messages), errno.EIO)


def _heard(link: socket.socket) -> Iterator[Message]:
    """Give messages as they come; OSError (EAGAIN) when the kernel stays silent."""
    while True:
        yield from frame.split(link.recv(_READ_BYTES))


def _batches(requests: Iterable[Request]) -> Iterator[list[Request]]:
    batch: list[Request] = []
    room = BATCH_BYTES
    for request in requests:
        size = len(request.body) + 20
        if batch and (size > room or len(batch) == BATCH_REQUESTS):
            yield batch
            batch, room = [], BATCH_BYTES
        batch.append(request)
        room -= size
    if batch:
        yield batch
