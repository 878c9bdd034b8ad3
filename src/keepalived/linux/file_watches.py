"""Files that are watched: the kernel tells of changes in their folders.

Rule: a file is read when it was closed after writing, moved, made or removed, never while it is
being written. A folder that is not there is looked for every second.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from struct import Struct

from keepalived.port.effects import Severity
from keepalived.port.events import WatchSaw
from keepalived.port.reactor import Reactor, Timer
from keepalived.port.resources import FileWatch

Log = Callable[[Severity, str], None]

_CLOSED, _MOVED_FROM, _MOVED_TO, _MADE, _REMOVED = 0x8, 0x40, 0x80, 0x100, 0x200
_SELF_REMOVED, _SELF_MOVED, _OVERFLOW, _IGNORED = 0x400, 0x800, 0x4000, 0x8000
_ONLY_A_FOLDER = 0x1000000
_CONCERNS = (
    _CLOSED | _MOVED_FROM | _MOVED_TO | _MADE | _REMOVED | _SELF_REMOVED | _SELF_MOVED
) | _ONLY_A_FOLDER
_GONE = _SELF_REMOVED | _SELF_MOVED | _IGNORED
_EVENT = Struct("=iIII")
"""Which folder, what, a cookie, how long the name is."""

_READ_BYTES = 1 << 16
_TEXT_BYTES = 256
"""A number is shorter; what stands behind it is of no interest."""
_LOOK_AGAIN_US = 1_000_000
_MUTE = ("nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "afs", "fuse", "proc", "sysfs", "cgroup2")
"""File systems that tell of no changes from elsewhere, or that may let a reader wait for ever."""


class FileWatches:
    """All watched files."""

    def __init__(self, reactor: Reactor, log: Log) -> None:
        self._reactor = reactor
        self._log = log
        self._told: dict[str, str | None] = {}
        """What was told of each file."""
        self._folders: dict[int, str] = {}
        """Watched folders by the kernel's number for the watch."""
        self._numbers: dict[str, int] = {}
        self._timer: Timer | None = None
        self._library = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            why = os.strerror(ctypes.get_errno())
            log(Severity.WARNING, f"Files are looked at every second: inotify fails ({why})")
        else:
            reactor.watch(self._descriptor, self._on_ready)

    def set(self, watch: FileWatch, wanted: bool) -> None:
        """Begin to watch a file, and tell what stands in it; or end that."""
        if not wanted:
            self._told.pop(watch.path, None)
            self._leave_folder(os.path.dirname(watch.path))
            return
        if (kind := mute_kind(watch.path)) is not None:
            line = f"{watch.path} is on {kind}, which tells of no changes: it counts as absent"
            self._log(Severity.ERROR, line)
            self._reactor.post(WatchSaw(watch, None))
            return
        self._enter_folder(os.path.dirname(watch.path))
        self._told[watch.path] = text = _read(watch.path)
        self._reactor.post(WatchSaw(watch, text))

    def close(self) -> None:
        """Give the descriptor back."""
        if self._timer is not None:
            self._timer.cancel()
        if self._descriptor >= 0:
            self._reactor.unwatch(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _enter_folder(self, folder: str) -> None:
        if folder in self._numbers:
            return
        number = -1
        if self._descriptor >= 0:
            path = os.fsencode(folder or ".")
            number = self._library.inotify_add_watch(self._descriptor, path, _CONCERNS)
        if number >= 0:
            self._folders[number] = folder
            self._numbers[folder] = number
        elif self._timer is None:
            when = self._reactor.now() + _LOOK_AGAIN_US
            self._timer = self._reactor.call_at(when, self._look_again)

    def _leave_folder(self, folder: str) -> None:
        used = any(os.path.dirname(path) == folder for path in self._told)
        if not used and folder in self._numbers:
            number = self._numbers.pop(folder)
            self._folders.pop(number, None)
            self._library.inotify_rm_watch(self._descriptor, number)

    def _look_again(self) -> None:
        """Look for folders that were not there, and at the files in them."""
        self._timer = None
        for path in list(self._told):
            folder = os.path.dirname(path)
            if folder not in self._numbers:
                self._enter_folder(folder)
                self._look(path)

    def _on_ready(self) -> None:
        try:
            data = os.read(self._descriptor, _READ_BYTES)
        except BlockingIOError:
            return
        touched: dict[str, None] = {}
        at = 0
        while at + _EVENT.size <= len(data):
            number, what, _, length = _EVENT.unpack_from(data, at)
            at += _EVENT.size
            name = os.fsdecode(data[at : at + length].rstrip(b"\0"))
            at += length
            if what & _OVERFLOW:
                touched.update(dict.fromkeys(self._told))
                continue
            folder = self._folders.get(number)
            if folder is None:
                continue
            if what & _GONE:
                self._lose_folder(number, folder)
                touched.update((p, None) for p in self._told if os.path.dirname(p) == folder)
            else:
                touched.update(dict.fromkeys(self._concerned(folder, name)))
        for path in touched:
            self._look(path)

    def _concerned(self, folder: str, name: str) -> list[str]:
        """Give the files that a change of this name in a folder may be about.

        A symbolic link may lead over whatever changed beside it.
        """
        path = os.path.join(folder, name)
        if path in self._told:
            return [path]
        return [p for p in self._told if os.path.dirname(p) == folder and os.path.islink(p)]

    def _lose_folder(self, number: int, folder: str) -> None:
        del self._folders[number]
        del self._numbers[folder]
        # A folder that was moved goes on telling under its old number.
        self._library.inotify_rm_watch(self._descriptor, number)
        self._enter_folder(folder)

    def _look(self, path: str) -> None:
        text = _read(path)
        if path in self._told and text != self._told[path]:
            self._told[path] = text
            self._reactor.post(WatchSaw(FileWatch(path), text))


def _read(path: str) -> str | None:
    """Read the beginning of a file; None where there is none or it cannot be read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(file, _TEXT_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
    finally:
        os.close(file)


def mute_kind(path: str, table: str = "/proc/self/mountinfo") -> str | None:
    """Name the file system that a path is on, where it is one that tells of no changes."""
    folder = os.path.abspath(path)
    longest, kind = "", ""
    try:
        with open(table, encoding="utf-8", errors="surrogateescape") as mounts:
            for line in mounts:
                mount, _, rest = line.partition(" - ")
                point = mount.split(" ")[4].replace("\\040", " ")
                inside = point == "/" or folder == point or folder.startswith(f"{point}/")
                if inside and len(point) >= len(longest):
                    longest, kind = point, rest.split(" ")[0]
    except (OSError, IndexError):
        return None
    return kind if kind.partition(".")[0] in _MUTE else None
