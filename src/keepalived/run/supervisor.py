"""The parent: starts the children and starts them again, reloads, answers, mails, stops.

Rule: it does no work of theirs. What it does, it does without ever waiting on its loop.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Sequence

from keepalived.annotations import TYPE_CHECKING, Any
from keepalived.config.root import Config
from keepalived.config.views import mail_config
from keepalived.linux.facts import host_name
from keepalived.linux.lives import Lives
from keepalived.port.words import Mail
from keepalived.run import orphans, reload
from keepalived.run.bulletin import Bulletin
from keepalived.run.bus import Message, word_from_message
from keepalived.run.children import Child, Duties
from keepalived.run.config_test import Verdict
from keepalived.run.control import Control, Reply
from keepalived.run.kinds import BFD, CHECKER, KINDS, VRRP, Kind, wanted
from keepalived.run.logbook import Logbook
from keepalived.run.loop import Loop
from keepalived.run.mailer import Mailer
from keepalived.run.options import Options
from keepalived.run.rereading import Rereading
from keepalived.run.taking import news
from keepalived.run.texts import PROGRAM
from keepalived.run.worker import HEARD

if TYPE_CHECKING:
    from keepalived.run.appointment import Appointment

START_WAIT_US = 10_000_000
"""After this a start counts as done even though a child is not at work: it is being restarted."""
ANSWER_WAIT_US = 2_000_000
"""After this an operator gets an answer without the child that did not give one."""


class Supervisor:
    """The daemon's first process."""

    def __init__(
        self, options: Options, verdict: Verdict, log: Logbook, running: Callable[[], None]
    ) -> None:
        """`running` is called once, when all children are at work."""
        self.options = options
        self.log = log
        self.verdict = verdict
        self.loop = Loop()
        self._running = running
        self._status = 0
        self._stopping = False
        self._started = False
        self._bulletin = Bulletin(
            self.loop, lambda: self.config, lambda kind, message: self.children[kind].say(message)
        )
        duties = Duties(
            *(self._heard, self._gave_up, self._child_ended, self._current),
            *(self._child_died, self._bulletin.words),
        )
        paths = {CHECKER: options.checkers_pid, VRRP: options.vrrp_pid, BFD: options.bfd_pid}
        self.children = {
            kind: Child(kind, paths[kind], self.loop, log, options, duties) for kind in KINDS
        }
        self.children[VRRP].lives = Lives()
        self.children[BFD].lives = self._sessions = Lives()
        self._mailer = Mailer(self.loop, log.error)
        self._control = Control(self.loop, options.control, self._ask)
        self._appointment: Appointment | None = None
        self._reloading: set[Kind] = set()
        self.rereading = Rereading(options.file, verdict)
        self._tickets: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._ticket = 0

    @property
    def config(self) -> Config:
        """Give the configuration in force."""
        return self.verdict.config

    def run(self) -> int:
        """Be the parent until the end; give the exit status."""
        loop = self.loop
        self._mailer.config = mail_config(self.config, host_name())
        if complaint := self._control.open():
            self.log.warning(complaint)
        for number in (*HEARD, signal.SIGPIPE):
            loop.on_signal(number, lambda: None)
        loop.on_signal(signal.SIGTERM, self.stop)
        if not self.options.ignore_sigint:
            loop.on_signal(signal.SIGINT, self.stop)
        loop.on_signal(signal.SIGHUP, self._reload)
        loop.on_signal(signal.SIGUSR1, self._dump)
        self._keep_appointment()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        kinds = [kind for kind in KINDS if wanted(kind, self.config, self.options)]
        _prepare(kinds)
        orphans.take_over(
            [(child, kind in kinds) for kind, child in self.children.items()], self.log
        )
        self._bulletin.inherit(self._sessions.kept())
        for kind in kinds:
            self.children[kind].start()
        if not any(child.pid for child in self.children.values()):
            self.log.warning("Warning - keepalived has no configuration to run")
        loop.call_at(loop.now() + START_WAIT_US, self._start_is_over)
        self._see_whether_running()
        loop.run()
        self._control.close()
        self._mailer.finish()
        self._say_usage()
        return self._status

    def stop(self) -> None:
        """Stop the children, then the loop."""
        if self._stopping:
            return
        self._stopping = True
        self.log.info("Stopping")
        for child in self.children.values():
            child.stop()
        self.loop.call_at(self.loop.now() + self.config.child_wait_time_us, self._kill)
        self._child_ended()

    def apply(self, verdict: Verdict) -> None:
        """Put a configuration that was read anew into force."""
        before, self.verdict = self.config, verdict
        self._mailer.config = mail_config(verdict.config, host_name())
        self._keep_appointment()
        self._reloading = set()
        for kind, child in self.children.items():
            self._settle(kind, child, before)
        self._bulletin.reloaded()
        self._see_whether_reloaded(set())

    def _settle(self, kind: Kind, child: Child, before: Config) -> None:
        if not wanted(kind, self.config, self.options):
            child.stop()
        elif child.pid and not child.stopping:
            child.say({"reload": news(kind.name, before, self.config)})
            self._reloading.add(kind)
        elif not child.pid and not child.waiting:
            child.start()

    def _see_whether_reloaded(self, done: set[Kind]) -> None:
        """Say that a reload is complete once every child that was told has taken it."""
        waited = bool(done & self._reloading) or not done
        self._reloading -= done
        if waited and not self._reloading:
            self.log.info("Reload complete")

    def _reload(self) -> None:
        if not self._stopping:
            reload.reload(self)

    def _dump(self) -> None:
        from keepalived.run import traces

        traces.dump(self.config, self.options, self.log)

    def _keep_appointment(self) -> None:
        """Reload when the file says that names the time, if there is one."""
        settings = self.config.globals
        path = settings.reload_time_file if settings is not None else ""
        if path and self._appointment is None:
            from keepalived.run.appointment import Appointment

            self._appointment = Appointment(self.loop, self.log, self._reload)
        if self._appointment is not None:
            self._appointment.keep(path, settings is not None and settings.reload_repeat)

    def _current(self) -> tuple[Config, str]:
        return self.config, self.verdict.plane

    def _kill(self) -> None:
        for child in self.children.values():
            if child.pid:
                self.log.error(f"{child.kind.title} child process does not stop: killing it")
                child.signal(signal.SIGKILL)

    def _child_ended(self) -> None:
        if self._stopping:
            if not any(child.pid for child in self.children.values()):
                self.loop.stop()
            return
        ended = {kind for kind, child in self.children.items() if not child.pid}
        if ended & self._reloading:
            self._see_whether_reloaded(ended)
        for kind, child in self.children.items():
            # A reload may have asked for it again while it was on its way out.
            if not child.pid and not child.waiting and wanted(kind, self.config, self.options):
                child.start()

    def _child_died(self, child: Child) -> None:
        if child.kind is BFD:
            self._bulletin.unwatched(lambda: child.ready)

    def _gave_up(self, child: Child, status: int) -> None:
        self._status = status
        self.stop()

    def _see_whether_running(self) -> None:
        if self._started or not all(c.ready for c in self.children.values() if c.pid or c.waiting):
            return
        self.log.info("Startup complete")
        self._start_is_over()

    def _start_is_over(self) -> None:
        if not self._started:
            self._started = True
            self._running()
            when = self.loop.now() + reload.REST_US
            self.loop.call_at(when, lambda: reload.rehearse(self))

    def _heard(self, child: Child, message: Message) -> None:
        if "ready" in message:
            self._see_whether_running()
        elif "reloaded" in message:
            self._see_whether_reloaded({child.kind})
        elif "word" in message:
            word = word_from_message(message)
            if isinstance(word, Mail):
                self._mailer.take(word)
            else:
                self._bulletin.take(word)
        elif "ticket" in message:
            hear = self._tickets.pop(message["ticket"], None)
            if hear is not None:
                hear(message["answer"])

    def _ask(self, question: str, arguments: tuple[str, ...], reply: Reply) -> None:
        """Put an operator's question to all children, and reply when all have answered."""
        answer: dict[str, Any] = {"keepalived": self._snapshot()}
        missing: set[int] = set()

        def done() -> None:
            limit.cancel()
            for ticket in missing:
                self._tickets.pop(ticket, None)
            reply(answer)

        def hear(ticket: int, name: str, snapshot: dict[str, Any]) -> None:
            answer[name] = snapshot
            missing.discard(ticket)
            if not missing:
                done()

        limit = self.loop.call_at(self.loop.now() + ANSWER_WAIT_US, done)
        for kind, child in self.children.items():
            if child.pid:
                self._ticket += 1
                number, name = self._ticket, kind.name
                missing.add(number)
                self._tickets[number] = lambda s, n=number, k=name: hear(n, k, s)  # type: ignore[misc]
                child.say({"ask": question, "arguments": arguments, "ticket": number})
        if not missing:
            done()

    def _snapshot(self) -> dict[str, Any]:
        return {
            "version": PROGRAM,
            "pid": os.getpid(),
            "files": list(self.verdict.loaded.sources),
            "plane": self.verdict.plane,
            "mail": self._mailer.snapshot(),
            "children": {
                kind.name: {"pid": child.pid, "starts": child.starts, "ready": child.ready}
                for kind, child in self.children.items()
            },
        }

    def _say_usage(self) -> None:
        used = os.times()
        self.log.info(
            f"CPU usage (self/children) user: {used.user:.6f}/{used.children_user:.6f}"
            f" system: {used.system:.6f}/{used.children_system:.6f}"
        )


def _prepare(kinds: Sequence[Kind]) -> None:
    """Load what the children are made of, and keep it out of every later collection.

    A collection writes to each object it looks at; pages that nobody writes to stay shared.
    """
    for kind in kinds:
        kind.builder()
    gc.collect()
    gc.freeze()
