"""Runs the site's programs: each in a session of its own, with a time limit, heard of by a pidfd.

Rule: nothing here waits. The standard library's light part only: the VRRP process uses it too.
"""

from __future__ import annotations

import errno
import os
import signal
from collections import deque
from contextlib import suppress

from keepalived.linux.script_policy import Policy, weakness
from keepalived.port.effects import RunScript
from keepalived.port.events import Ending, ScriptEnded
from keepalived.port.reactor import Reactor, Timer

GRACE_US = 2_000_000
"""Time between SIGTERM and SIGKILL."""
PATIENCE_US = 60_000_000
"""So long a script holds up the next one of its queue; one that hangs must not silence the rest."""
STOP_US = 1_000_000
"""So long a stop waits for what it called, and for the readers of its pipes."""
DEFAULT_USER = "keepalived_script"
UNSAFE = frozenset(("IFS", "LD_PRELOAD", "LD_LIBRARY_PATH"))
"""Variables by which a caller could turn a script into another program."""
SHELL = "/bin/sh"
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE)


Identity = tuple[int, int, list[int]]
"""User, group and further groups."""
_IDENTITIES: dict[tuple[str, str], Identity] = {}


class Running:
    """One program under way."""

    __slots__ = ("pid", "pidfd", "script", "timed_out", "timer")

    def __init__(self, script: RunScript, pid: int, pidfd: int) -> None:
        self.script = script
        self.pid = pid
        self.pidfd = pidfd
        self.timed_out = False
        self.timer: Timer | None = None


class Scripts:
    """All programs under way, and those that wait for the one before them in their queue."""

    def __init__(self, reactor: Reactor, policy: Policy | None = None) -> None:
        self._reactor = reactor
        self._policy = policy or Policy()
        self._running: dict[str, Running] = {}
        self._queues: dict[str, deque[RunScript]] = {}
        """Scripts of each queue: the first one runs, the others wait."""
        self._patience: dict[str, Timer] = {}
        """For each queue in which somebody waits."""
        self._leaving: Timer | None = None
        self._left = False

    def run(self, ask: RunScript) -> None:
        """Start a program, or let it wait for its turn; its end is posted as ScriptEnded."""
        if not ask.queue:
            self._start(ask)
            return
        queue = self._queues.setdefault(ask.queue, deque())
        queue.append(ask)
        if len(queue) == 1:
            self._start(ask)
        else:
            self._be_patient(ask.queue)

    def expect(self, user: str, group: str) -> None:
        """Look up now whom a script will run as: later a name service may be out of reach."""
        with suppress(KeyError, OSError):
            _identity(*self._policy.owner(user, group))

    def kill(self, name: str) -> None:
        """End a program: SIGTERM to its group, later SIGKILL. One that waits does not start."""
        running = self._running.get(name)
        if running is not None:
            self._terminate(running)
            return
        for queue in self._queues.values():
            for waiting in list(queue)[1:]:
                if waiting.name == name:
                    queue.remove(waiting)
                    ended = ScriptEnded(name, Ending.SIGNALLED, signal.SIGTERM)
                    self._reactor.post(ended)
                    return

    def seen_out(self) -> bool:
        """Say whether a stop may go on: all have ended, or had their time since it first asked."""
        if self._running and self._leaving is None:
            self._leaving = self._reactor.call_at(self._reactor.now() + STOP_US, self._leave)
        return self._left or not self._running

    def _leave(self) -> None:
        """Leave to themselves those that were called; end those that go on for our sake."""
        self._left = True
        for waiting in [list(queue)[1:] for queue in self._queues.values()]:
            for script in waiting:
                self._start(script)
        for running in list(self._running.values()):
            if not running.script.queue:
                self._signal(running, signal.SIGTERM)

    def close(self) -> None:
        """End all programs at once and forget them; nothing is posted."""
        self._queues.clear()
        for patience in self._patience.values():
            patience.cancel()
        self._patience.clear()
        for running in list(self._running.values()):
            self._signal(running, signal.SIGTERM)
            self._signal(running, signal.SIGKILL)
            self._forget(running)
            with suppress(ChildProcessError):
                os.waitpid(running.pid, 0)

    def _start(self, script: RunScript) -> None:
        if script.name in self._running:
            # One run of a name at a time: the next has to wait for the end of this one.
            self._over(script, Ending.NOT_STARTED, errno.EALREADY)
            return
        try:
            if script.sole is not None:
                _end_former(script.sole)
            pid = _spawn(script, self._policy)
            pidfd = os.pidfd_open(pid)
        except (OSError, ValueError, KeyError) as error:
            number = error.errno if isinstance(error, OSError) and error.errno else errno.EINVAL
            self._over(script, Ending.NOT_STARTED, number)
            return
        running = Running(script, pid, pidfd)
        self._running[script.name] = running
        self._reactor.watch(pidfd, lambda: self._reap(running))
        if script.timeout_us is not None:
            when = self._reactor.now() + script.timeout_us
            running.timer = self._reactor.call_at(when, lambda: self._time_out(running))

    def _time_out(self, running: Running) -> None:
        running.timed_out = True
        self._terminate(running)

    def _terminate(self, running: Running) -> None:
        if running.timer is not None:
            running.timer.cancel()
        self._signal(running, signal.SIGTERM)
        when = self._reactor.now() + GRACE_US
        running.timer = self._reactor.call_at(when, lambda: self._signal(running, signal.SIGKILL))

    def _signal(self, running: Running, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(running.pid, number)

    def _reap(self, running: Running) -> None:
        if running.timed_out:
            # What the program left behind in its group goes with it; before it is waited for,
            # nobody else can have its number.
            self._signal(running, signal.SIGKILL)
        pid, status = os.waitpid(running.pid, os.WNOHANG)
        if not pid:
            return
        self._forget(running)
        if running.timed_out:
            self._over(running.script, Ending.TIMED_OUT, 0)
        elif os.WIFSIGNALED(status):
            self._over(running.script, Ending.SIGNALLED, os.WTERMSIG(status))
        else:
            self._over(running.script, Ending.EXITED, os.WEXITSTATUS(status))

    def _forget(self, running: Running) -> None:
        if running.timer is not None:
            running.timer.cancel()
        del self._running[running.script.name]
        self._reactor.unwatch(running.pidfd)
        os.close(running.pidfd)

    def _over(self, script: RunScript, ending: Ending, number: int) -> None:
        self._reactor.post(ScriptEnded(script.name, ending, number))
        queue = self._queues.get(script.queue)
        if queue and queue[0] is script:
            self._call_next(script.queue)

    def _be_patient(self, name: str) -> None:
        if name not in self._patience:
            when = self._reactor.now() + PATIENCE_US
            self._patience[name] = self._reactor.call_at(when, lambda: self._call_next(name))

    def _call_next(self, name: str) -> None:
        """The first of a queue is over, or took too long and goes on beside the next."""
        patience = self._patience.pop(name, None)
        if patience is not None:
            patience.cancel()
        queue = self._queues[name]
        queue.popleft()
        if not queue:
            del self._queues[name]
            return
        if len(queue) > 1:
            self._be_patient(name)
        self._start(queue[0])


def _end_former(variable: tuple[str, str]) -> None:
    """End what was started with this variable by a process that is no more."""
    wanted = os.fsencode("=".join(variable))
    for number in filter(str.isdigit, os.listdir("/proc")):
        pid = int(number)
        # It may end between any two of these lines.
        with suppress(OSError):
            if os.getsid(pid) != pid or pid == os.getsid(0):
                continue
            with open(f"/proc/{pid}/environ", "rb") as file:
                if wanted in file.read().split(b"\0"):
                    os.killpg(pid, signal.SIGTERM)


def environment() -> dict[str, str]:
    """Give the environment that scripts get: ours without what could subvert them."""
    return {name: value for name, value in os.environ.items() if name not in UNSAFE}


def _spawn(script: RunScript, policy: Policy) -> int:
    """Start the program; give its process id. Raises OSError, KeyError for an unknown user."""
    uid, gid, groups = _identity(*policy.owner(script.user, script.group))
    argv = list(script.argv)
    variables = {**environment(), **dict(script.environment)}
    if script.sole is not None:
        variables[script.sole[0]] = script.sole[1]
    path = _find(argv[0])
    if policy.secure and uid == 0 and (weak := weakness(path)):
        policy.complain(f"{path} is not run as root: others can change {weak}; mend its rights")
        raise PermissionError(errno.EPERM, "others than root can change it", path)
    if not _has_interpreter(path):
        argv = [SHELL, path, *argv[1:]]
        path = SHELL
    if uid == os.geteuid() and gid == os.getegid():
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            return os.posix_spawn(
                path,
                argv,
                variables,
                file_actions=[(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)],
                setsid=True,
                setsigmask=(),
                setsigdef=SIGNALS,
            )
        finally:
            os.close(null)
    # posix_spawn cannot change the user.
    from subprocess import DEVNULL, Popen

    process = Popen(
        argv,
        executable=path,
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
        env=variables,
        start_new_session=True,
        user=uid,
        group=gid,
        extra_groups=groups,
    )
    process.returncode = 0  # It is reaped here, by its pidfd; Popen must not try.
    return process.pid


def _identity(user: str, group: str) -> Identity:
    """Give whom to run as, looked up once: a name service that hangs would hold up an advert."""
    known = _IDENTITIES.get((user, group))
    if known is None:
        known = _IDENTITIES[user, group] = _look_up(user, group)
    return known


def _look_up(user: str, group: str) -> Identity:
    """Ask for those named, the default user, or our own. Raises KeyError."""
    from pwd import getpwnam

    if os.geteuid() != 0:
        return os.geteuid(), os.getegid(), []
    try:
        entry = getpwnam(user or DEFAULT_USER)
    except KeyError:
        if user:
            raise
        return os.geteuid(), os.getegid(), []
    gid, groups = entry.pw_gid, [entry.pw_gid]
    # `:` and `:group` also give the user's further groups (keepalived-conf: script arguments).
    if group.startswith(":"):
        groups = os.getgrouplist(entry.pw_name, gid)
    name = group.removeprefix(":")
    if name:
        from grp import getgrnam

        gid = getgrnam(name).gr_gid
        groups = [gid, *groups]
    return entry.pw_uid, gid, groups


def _find(program: str) -> str:
    """Give the program's path, searched in PATH where it has no slash. Raises OSError."""
    if "/" in program:
        return program
    for folder in os.get_exec_path():
        path = os.path.join(folder, program)
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(errno.ENOENT, "not found in PATH", program)


def _has_interpreter(path: str) -> bool:
    """Say whether the kernel can start it; a text without `#!` goes through the shell."""
    try:
        with open(path, "rb") as file:
            start = file.read(4)
    except PermissionError:
        return True  # It may be executable and not readable; the kernel decides.
    if not os.access(path, os.X_OK):
        raise PermissionError(errno.EACCES, "not executable", path)
    return start[:2] == b"#!" or start == b"\x7fELF" or not start.isascii()
