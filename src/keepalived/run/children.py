"""A child as its parent sees it: forked, listened to, restarted with patience, ended.

Rule: exit status 1, 2 or 4 of a child is permanent; after anything else it is started again, at
once when it had run for a minute or had not died before, else after 1, 2, 4 … 60 seconds.
"""

from __future__ import annotations

import _socket as socket
import fcntl
import os
import signal
from collections.abc import Callable

from keepalived.config.root import Config
from keepalived.linux.lives import Lives
from keepalived.port.reactor import Timer
from keepalived.port.words import Word
from keepalived.records import dataclass, field
from keepalived.run import pidfile, worker
from keepalived.run.bus import Bus, Message, pair
from keepalived.run.kinds import Kind
from keepalived.run.logbook import Logbook
from keepalived.run.loop import Loop
from keepalived.run.options import Options

PERMANENT = {1: "FATAL", 2: "CONFIG", 4: "MISSING PERMISSION"}
LONG_LIFE_US = 60_000_000
LONGEST_DELAY_S = 60


@dataclass(frozen=True, slots=True)
class Duties:
    """What the parent does for its children's sake."""

    heard: Callable[[Child, Message], None]
    """Takes a message from a child."""
    gave_up: Callable[[Child, int], None]
    """A child ended for good, with this exit status."""
    ended: Callable[[], None]
    """A child that was told to end has done so."""
    current: Callable[[], tuple[Config, str]]
    """Gives what a life begins with: the configuration in force and the plane's name."""
    died: Callable[[Child], None] = lambda child: None
    """A child ended that was not told to; it will be started anew."""
    words: Callable[[Kind], tuple[Word, ...]] = lambda kind: ()
    """Gives what sister processes said that still holds, for a child that is being born."""


@dataclass(eq=False)
class Child:
    """One child of the daemon, through all its lives."""

    kind: Kind
    pid_path: str
    loop: Loop
    log: Logbook
    options: Options
    duties: Duties
    pid: int = 0
    """0 while it does not run."""
    ready: bool = False
    stopping: bool = False
    starts: int = 0
    bus: Bus | None = None
    lives: Lives | None = field(default=None)
    """What one life keeps for the next; None for a kind that keeps nothing."""
    _watched: int = -1
    _born: int = 0
    _delay_s: int = 0
    _restart: Timer | None = field(default=None)

    def start(self) -> None:
        """Fork it."""
        config, plane = self.duties.current()
        words = self.duties.words(self.kind)
        self._born = self.loop.now()
        self.stopping = False
        try:
            ours, its = pair()
        except OSError as error:
            self._cannot_start(error)
            return
        # A signal that comes before the child can hear it must wait, not be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, worker.HEARD)
        try:
            pid = os.fork()
            if pid == 0:
                kept = self.lives
                _be_child(self.kind, config, self.options, self.log, its, plane, words, kept)
        except OSError as error:
            ours.close()
            self._cannot_start(error)
            return
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, worker.HEARD)
            its.close()
        self.pid = pid
        self.ready = False
        self.starts += 1
        self._watched = os.pidfd_open(pid)
        self.loop.watch(self._watched, self._died)
        self.bus = Bus(self.loop, ours, self._heard, lambda: None)
        self.log.info(f"Starting {self.kind.title} child process, pid={pid}")
        if complaint := pidfile.write(self.pid_path, pid):
            self.log.warning(complaint)

    @property
    def waiting(self) -> bool:
        """Say whether it is to be started again in a while."""
        return self._restart is not None

    def say(self, message: Message) -> None:
        """Send it a message; one that does not run misses it."""
        if self.bus is not None:
            self.bus.say(message)

    def stop(self) -> None:
        """Ask it to end, and do not start it again."""
        self.stopping = True
        if self._restart is not None:
            self._restart.cancel()
            self._restart = None
        self.signal(signal.SIGTERM)

    def signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.pid:
            os.kill(self.pid, number)

    def _heard(self, message: Message) -> None:
        if message.get("ready"):
            self.ready = True
        self.duties.heard(self, message)

    def _died(self) -> None:
        # What ended it may have been sent to the whole group, and wait to be heard here as well.
        self.loop.hear_signals()
        pid, status = os.waitpid(self.pid, 0)
        self.loop.unwatch(self._watched)
        os.close(self._watched)
        if self.bus is not None:
            # Its last words may still lie in the line.
            self.bus.drain()
            self.bus.close()
            self.bus = None
        self.pid = 0
        self.ready = False
        pidfile.remove(self.pid_path)
        code = os.waitstatus_to_exitcode(status)
        if self.stopping:
            self.duties.ended()
            return
        if code < 0:
            name = signal.strsignal(-code) or "unknown"
            self.log.error(f"pid {pid} exited due to signal {-code} ({name})")
        else:
            self.log.error(f"pid {pid} exited with status {code}")
        if code in PERMANENT or not self.options.respawn:
            self.duties.gave_up(self, code if code > 0 else 1)
            return
        self.log.error(f"{self.kind.title} child process({pid}) died: Respawning")
        self.duties.died(self)
        self._respawn()

    def _cannot_start(self, error: OSError) -> None:
        """No process or descriptor is to be had: the daemon lives on and tries again."""
        self.log.error(f"{self.kind.title} child process cannot be started: {error.strerror}")
        self._delay_s = max(1, self._delay_s)
        self._respawn()

    def _respawn(self) -> None:
        if self.loop.now() - self._born >= LONG_LIFE_US:
            self._delay_s = 0
        delay = self._delay_s
        self._delay_s = min(max(1, delay * 2), LONGEST_DELAY_S)
        self.log.info(
            f"Restart of {self.kind.title} process delayed {delay} seconds to limit respawn rate"
        )
        when = self.loop.now() + delay * 1_000_000
        self._restart = self.loop.call_at(when, self._start_again)

    def _start_again(self) -> None:
        self._restart = None
        self.start()


def _be_child(
    kind: Kind,
    config: Config,
    options: Options,
    log: Logbook,
    line: socket.socket,
    plane: str,
    words: tuple[Word, ...],
    lives: Lives | None,
) -> None:
    """Turn this forked process into the child; never returns."""
    status = worker.INTERNAL
    try:
        signal.set_wakeup_fd(-1)
        log.close()
        # The pidfds, buses and sockets of the parent are not this child's.
        # Above 3, for 3 onto itself would be refused: the log may just have set 3 free.
        keep = fcntl.fcntl(line.fileno(), fcntl.F_DUPFD_CLOEXEC, 4)
        os.dup2(keep, 3, inheritable=False)
        first = 4
        if lives is not None:
            # Nobody here needs it: by it the next parent finds what an orphan keeps.
            memory = fcntl.fcntl(lives.descriptor, fcntl.F_DUPFD_CLOEXEC, 5)
            lives.descriptor = os.dup2(memory, 4, inheritable=False)
            first = 5
        os.closerange(first, 65536)
        bus = socket.socket(fileno=3)
        status = worker.run(kind, config, options, log, bus, plane, words, lives)
    finally:
        os._exit(status)
