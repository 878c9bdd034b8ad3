"""Watches files and processes: what they are like is told at once, and again when it changed.

Rule: what watching costs is paid only by who watches: each half is loaded with its first watch.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence

from keepalived.annotations import Protocol
from keepalived.port.effects import MakeFile, Severity
from keepalived.port.reactor import Reactor
from keepalived.port.resources import (
    Change,
    FileWatch,
    Install,
    ProcessWatch,
    Remove,
    Replace,
    Watch,
)

Log = Callable[[Severity, str], None]


class Half(Protocol):
    """Watches one kind of thing."""

    def close(self) -> None:
        """Give everything back; nothing is told any more."""


class Watches:
    """Everything that this process watches."""

    def __init__(self, reactor: Reactor, log: Log) -> None:
        self._reactor = reactor
        self._log = log
        self._halves: list[Half] = []
        self._watch_file: Callable[[FileWatch, bool], None] | None = None
        self._watch_process: Callable[[ProcessWatch, bool], None] | None = None

    def apply(self, changes: Sequence[Change]) -> None:
        """Begin or end watching; nothing is ever refused, a thing that cannot be seen is absent."""
        for change in changes:
            match change:
                case Install(FileWatch() | ProcessWatch() as watch):
                    self._set(watch, True)
                case Remove(FileWatch() | ProcessWatch() as watch):
                    self._set(watch, False)
                case Install() | Remove() | Replace():
                    raise AssertionError(f"no watch: {change}")

    def make(self, ask: MakeFile) -> None:
        """Write a file anew, or where there is none."""
        exclusive = 0 if ask.overwrite else os.O_EXCL
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW | exclusive
        try:
            file = os.open(ask.path, flags, 0o644)
            try:
                os.write(file, ask.text.encode())
            finally:
                os.close(file)
        except OSError as problem:
            if problem.errno != errno.EEXIST:
                line = (
                    f"Cannot write {ask.path}: {problem.strerror}; make its folder, or correct it"
                )
                self._log(Severity.ERROR, line)

    def close(self) -> None:
        """Give everything back."""
        for half in self._halves:
            half.close()
        self._halves.clear()

    def _set(self, watch: Watch, wanted: bool) -> None:
        if isinstance(watch, FileWatch):
            if self._watch_file is None:
                from keepalived.linux.file_watches import FileWatches

                files = FileWatches(self._reactor, self._log)
                self._halves.append(files)
                self._watch_file = files.set
            self._watch_file(watch, wanted)
            return
        if self._watch_process is None:
            from keepalived.linux.process_watches import ProcessWatches

            processes = ProcessWatches(self._reactor, self._log)
            self._halves.append(processes)
            self._watch_process = processes.set
        self._watch_process(watch, wanted)
