"""From the command line to a running daemon: what is checked and said before the first fork.

Rule: whatever can be known to fail, fails here, in words, with upstream's exit status.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from keepalived.config.root import Config
from keepalived.records import replace
from keepalived.run import daemon, identity, pidfile
from keepalived.run.config_test import Verdict
from keepalived.run.logbook import Logbook
from keepalived.run.options import Options
from keepalived.run.scene import Unreachable, examined
from keepalived.run.texts import PROGRAM, running_on

OK, FAILED, UNUSABLE, NOT_ALLOWED, NO_FILE, INTERNAL = 0, 1, 2, 4, 6, 70
NET_ADMIN, NET_RAW = 12, 13
"""Numbers of the capabilities without which nothing can be done."""


def start(options: Options, command: Sequence[str]) -> int:
    """Start the daemon and be its parent process; give the exit status."""
    log = Logbook(
        "Keepalived",
        console=options.console,
        syslog=options.syslog,
        facility=options.facility,
        detail=options.detail,
    )
    log.info(f"Starting {PROGRAM}")
    log.info(running_on())
    log.info("Command line: " + " ".join(f"'{word}'" for word in command))
    if not _is_allowed():
        log.error("keepalived needs the capabilities NET_ADMIN and NET_RAW: start it as root")
        return _gone(log, NOT_ALLOWED)
    options = replace(options, file=os.path.abspath(options.file))
    try:
        verdict = examined(options)
    except Unreachable as error:
        log.error(str(error))
        return _gone(log, FAILED)
    options = identity.settled(options, verdict.config)
    log.suffix = identity.suffix(options, verdict.config)
    os.umask(identity.mask(options, verdict.config))
    for fault in verdict.faults:
        log.warning(fault.classic())
    if not verdict.loaded.sources:
        return _gone(log, NO_FILE)
    for source in verdict.loaded.sources[:1]:
        log.info(f"Configuration file {source}")
    if verdict.fatal:
        log.error("The configuration cannot be used")
        return _gone(log, UNUSABLE)
    if pidfile.holder(options.pid, identity.title(verdict.config, "")) is not None:
        log.error("daemon is already running")
        return OK
    return _run(options, verdict, log)


def _run(options: Options, verdict: Verdict, log: Logbook) -> int:
    from keepalived.run.supervisor import Supervisor
    from keepalived.run.worker import HEARD

    waiting = -1 if options.foreground else daemon.detach(keep_stderr=options.console)
    identity.show_title(verdict.config, "")
    _set_up(options)
    # Whoever finds the pid file may signal; until the parent can hear that, it has to wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    if complaint := pidfile.write(options.pid, os.getpid()):
        log.error(complaint)
        daemon.report(waiting, FAILED)
        return _gone(log, FAILED)
    told = False

    def running() -> None:
        nonlocal told
        told = True
        daemon.report(waiting, OK)

    status = INTERNAL
    try:
        supervisor = Supervisor(options, verdict, log, running)
        _errand(verdict.config, "startup", log)
        status = supervisor.run()
        _errand(supervisor.config, "shutdown", log)
    except Exception:
        import traceback

        log.error(traceback.format_exc())
    finally:
        pidfile.remove(options.pid)
        if not told:
            daemon.report(waiting, status)
    return _gone(log, status)


def _errand(config: Config, which: str, log: Logbook) -> None:
    if config.globals is not None:
        from keepalived.run import errands

        errands.run(config, which, log)


def _set_up(options: Options) -> None:
    # Whoever started us may have told the kernel to reap our children itself.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if options.core_dump:
        import resource

        limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.setrlimit(resource.RLIMIT_CORE, limit)


def _is_allowed() -> bool:
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("CapEff:"):
                held = int(line.split()[1], 16)
                return bool(held >> NET_ADMIN & held >> NET_RAW & 1)
    return True


def _gone(log: Logbook, status: int) -> int:
    log.info(f"Stopped {PROGRAM}")
    return status
