"""Processes that are watched: the kernel tells of forks, execs and exits, or /proc is read.

Rule: a process counts while it runs; a zombie does not. Whoever reads /proc reads of a few
processes at a time: no advert waits for it. Where the kernel tells nothing (in a network namespace,
or without the right to listen), the ends of known processes are heard by their pidfds, and new ones
are looked for every second.
"""

from __future__ import annotations

import _socket as socket
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress

from keepalived.linux.netlink_socket import open_netlink
from keepalived.port.effects import Severity
from keepalived.port.events import WatchSaw
from keepalived.port.reactor import Reactor, Timer
from keepalived.port.resources import ProcessWatch
from keepalived.wire.netlink import frame, procs
from keepalived.wire.netlink.procs import What

Log = Callable[[Severity, str], None]

_READ_BYTES = 1 << 16
_READS_AT_ONCE = 64
_ROUND_US = 1_000_000
_PAUSE_US = 2_000
_AT_ONCE = 32
"""Processes looked at in one go: less than a millisecond."""
_YOUNG = 4
"""Rounds in which a process may still become another program, and is looked at each time."""
_SELDOM = 16
"""Later it is looked at in every so many-th round."""
_PIDFDS_MOST = 256
_INITIAL = ("pid:[4026531836]", "user:[4026531837]")
"""The namespaces that the kernel tells of; whoever asks from others is not even refused."""


class ProcessWatches:
    """All watched processes."""

    def __init__(self, reactor: Reactor, log: Log) -> None:
        self._reactor = reactor
        self._log = log
        self._fitting: dict[ProcessWatch, set[int]] = {}
        self._told: dict[ProcessWatch, int] = {}
        self._ages: dict[int, int] = {}
        """In how many rounds a process was seen."""
        self._pidfds: dict[int, int] = {}
        self._round: Iterator[int] | None = None
        """Those that are still to be looked at in the round that is under way."""
        self._timer: Timer | None = None
        self._socket: socket.socket | None = None

    def set(self, watch: ProcessWatch, wanted: bool) -> None:
        """Begin to watch some processes, and tell how many run; or end that."""
        if not wanted:
            self._fitting.pop(watch, None)
            self._told.pop(watch, None)
            if not self._fitting:
                self.close()
            return
        if not self._fitting:
            self._listen()
        self._fitting[watch] = set()
        self._look_at_all()

    def close(self) -> None:
        """Stop listening and looking."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for pid in list(self._pidfds):
            self._drop_pidfd(pid)
        self._ages.clear()
        self._round = None
        if self._socket is not None:
            with suppress(OSError):
                self._socket.send(procs.encode_listen(False))
            self._reactor.unwatch(self._socket.fileno())
            self._socket.close()
            self._socket = None

    # What the kernel tells

    def _listen(self) -> None:
        """Ask the kernel to tell; where it will not, go and look."""
        try:
            if not all(map(_is_initial, _INITIAL)):
                raise PermissionError(errno.EPERM, "this is a namespace of its own")
            link = open_netlink(procs.PROTOCOL, procs.GROUP)
            try:
                link.setblocking(False)
                link.send(procs.encode_listen(True))
            except OSError:
                link.close()
                raise
        except OSError as problem:
            line = f"The kernel does not tell of processes here ({problem.strerror}): new ones are"
            self._log(Severity.NOTICE, f"{line} looked for every second")
            return
        self._socket = link
        self._reactor.watch(link.fileno(), self._on_ready)

    def _on_ready(self) -> None:
        assert self._socket is not None
        for _ in range(_READS_AT_ONCE):
            try:
                data = self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                break
            except OSError as problem:
                if problem.errno == errno.ENOBUFS:
                    self._look_at_all()
                break
            for message in frame.split(data):
                event = procs.decode(message)
                if event is not None:
                    self._hear(event)
        self._tell()

    def _hear(self, event: procs.ProcessEvent) -> None:
        match event.what:
            case What.EXITED:
                self._forget(event.process)
            case What.FORKED:
                if any(event.parent in pids for pids in self._fitting.values()):
                    self._look(event.process)
            case What.EXECUTED | What.RENAMED:
                self._look(event.process)
            case What.READY:
                pass

    def _look_at_all(self) -> None:
        """Find out anew: somebody asks for the first time, or events were lost."""
        self._ages.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._call_in(0, self._begin_round)
        self._round = iter(())

    # What is to be seen

    def _look(self, pid: int) -> None:
        """Find out which watches a process is for now."""
        name = _name(pid)
        if name is None:
            self._forget(pid)
            return
        argv: tuple[str, ...] | None = None
        counted = False
        for watch, pids in self._fitting.items():
            if argv is None and (watch.whole or watch.argv[1:]):
                argv = _command_line(pid)
            if watch.fits(name, argv or ()):
                pids.add(pid)
                counted = True
            else:
                pids.discard(pid)
        if self._socket is None and counted:
            self._await_end(pid)

    def _forget(self, pid: int) -> None:
        for pids in self._fitting.values():
            pids.discard(pid)
        self._ages.pop(pid, None)

    def _tell(self) -> None:
        """Tell the numbers that changed; in the middle of a round they are not known."""
        if self._round is not None:
            return
        for watch, pids in self._fitting.items():
            if self._told.get(watch) != len(pids):
                self._told[watch] = len(pids)
                self._reactor.post(WatchSaw(watch, len(pids)))

    def _begin_round(self) -> None:
        present = _processes()
        self._ages = {pid: self._ages.get(pid, -1) + 1 for pid in present}
        for gone in set().union(*self._fitting.values()) - self._ages.keys():
            self._forget(gone)
        ages = self._ages
        due = [p for p in present if ages[p] < _YOUNG or (ages[p] + p) % _SELDOM == 0]
        self._round = iter(due)
        self._go_on()

    def _go_on(self) -> None:
        """Look at a few, then let others have their turn."""
        assert self._round is not None
        for _ in range(_AT_ONCE):
            pid = next(self._round, None)
            if pid is None:
                self._round = self._timer = None
                self._tell()
                if self._socket is None:
                    self._call_in(_ROUND_US, self._begin_round)
                return
            self._look(pid)
        self._call_in(_PAUSE_US, self._go_on)

    def _call_in(self, wait_us: int, call: Callable[[], None]) -> None:
        self._timer = self._reactor.call_at(self._reactor.now() + wait_us, call)

    # Where the kernel tells nothing

    def _await_end(self, pid: int) -> None:
        if pid in self._pidfds or len(self._pidfds) >= _PIDFDS_MOST:
            return
        try:
            descriptor = os.pidfd_open(pid)
        except OSError:
            return
        self._pidfds[pid] = descriptor
        self._reactor.watch(descriptor, lambda: self._ended(pid))

    def _ended(self, pid: int) -> None:
        self._drop_pidfd(pid)
        self._forget(pid)
        self._tell()

    def _drop_pidfd(self, pid: int) -> None:
        descriptor = self._pidfds.pop(pid)
        self._reactor.unwatch(descriptor)
        os.close(descriptor)


def _is_initial(namespace: str) -> bool:
    kind = namespace.partition(":")[0]
    with suppress(OSError):
        return os.readlink(f"/proc/self/ns/{kind}") == namespace
    return False


def _processes() -> list[int]:
    return [int(each) for each in os.listdir("/proc") if each.isdecimal()]


def _read(path: str) -> bytes:
    """Read a file of /proc; empty where its process is gone."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(file, 4096)
    except OSError:
        return b""
    finally:
        os.close(file)


def _name(pid: int) -> str | None:
    """Give a process's name; None for a zombie and for one that is gone."""
    text = _read(f"/proc/{pid}/stat")
    start, end = text.find(b"("), text.rfind(b")")
    if start < 0 or end < 0 or text[end + 2 : end + 3] in (b"Z", b"X"):
        return None
    return os.fsdecode(text[start + 1 : end])


def _command_line(pid: int) -> tuple[str, ...]:
    text = _read(f"/proc/{pid}/cmdline")
    return tuple(os.fsdecode(each) for each in text.rstrip(b"\0").split(b"\0")) if text else ()
