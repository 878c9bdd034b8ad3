"""Named pipes for operators' programs: made, opened, written to, and taken away again.

Rule: a write never waits; what does not fit because nobody reads is lost, and that is said once.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import suppress

from keepalived.linux.lives import Lives
from keepalived.linux.port import Log
from keepalived.port.effects import Severity
from keepalived.port.events import Refused
from keepalived.port.pipe import Pipe
from keepalived.port.reactor import Reactor
from keepalived.port.resources import Change, Install, Remove, Replace

MODE = 0o644


class _Open:
    """A pipe that is open for writing."""

    __slots__ = ("descriptor", "full", "made", "mark")

    def __init__(self, descriptor: int, mark: str, made: bool) -> None:
        self.descriptor = descriptor
        self.mark = mark
        """Under which it is remembered that we made it."""
        self.made = made
        self.full = False


class Fifos:
    """The pipes of one process."""

    def __init__(self, reactor: Reactor, log: Log, lives: Lives | None = None) -> None:
        """Take the memory that tells, after a crash, which pipes were made by us."""
        self._reactor = reactor
        self._log = log
        self._lives = lives
        self._open: dict[str, _Open] = {}

    def apply(self, changes: Sequence[Change]) -> None:
        """Make and open pipes, or close them; a refusal comes back as an event."""
        for change in changes:
            try:
                self._change(change)
            except (OSError, KeyError) as error:
                number = error.errno if isinstance(error, OSError) and error.errno else 22
                self._reactor.post(Refused(change, number, str(error)))

    def write(self, line: str) -> None:
        """Write a line into each of them."""
        data = line.encode("utf-8", "surrogateescape")
        for path, each in self._open.items():
            try:
                os.write(each.descriptor, data)
                each.full = False
            except OSError as error:
                if not each.full:
                    why = f"{path} takes no more: {error.strerror}; does anybody read it?"
                    self._log(Severity.WARNING, why)
                each.full = True

    def _change(self, change: Change) -> None:
        match change:
            case Install(Pipe() as pipe):
                self._open[pipe.path] = self._make(pipe)
            case Replace(new=Pipe() as pipe):
                _give(pipe)
            case Remove(Pipe() as pipe):
                each = self._open.pop(pipe.path, None)
                if each is not None:
                    os.close(each.descriptor)
                    if each.made:
                        with suppress(FileNotFoundError):
                            os.unlink(pipe.path)
                        self._remember(each.mark, b"")
            case _:
                raise AssertionError(f"not a pipe: {change}")

    def _make(self, pipe: Pipe) -> _Open:
        made = True
        try:
            os.mkfifo(pipe.path, MODE)
            _give(pipe)
        except FileExistsError:
            made = False
        # For reading too: so it can be opened, and filled, before anybody reads.
        descriptor = os.open(pipe.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        seen = os.fstat(descriptor)
        if not stat.S_ISFIFO(seen.st_mode):
            os.close(descriptor)
            raise OSError(22, "there is something else of this name", pipe.path)
        mark = f"pipe {seen.st_dev} {seen.st_ino}"
        if made:
            self._remember(mark, b"made")
        elif self._lives is not None:
            made = mark in self._lives.kept()
        return _Open(descriptor, mark, made)

    def _remember(self, mark: str, record: bytes) -> None:
        if self._lives is not None:
            self._lives.keep(mark, record)


def _give(pipe: Pipe) -> None:
    """Let the pipe belong to whom it is to belong to. Raises KeyError for who there is not."""
    if not pipe.user:
        return
    from grp import getgrnam
    from pwd import getpwnam

    entry = getpwnam(pipe.user)
    group = getgrnam(pipe.group).gr_gid if pipe.group else entry.pw_gid
    os.chown(pipe.path, entry.pw_uid, group)
