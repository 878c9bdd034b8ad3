"""What every child is after the fork: its loop, its end of the bus, its way to end.

Rule: a child ends cleanly on TERM. When its parent is gone it goes on, until the next parent comes,
or ends too, as the file says. An assertion that fails ends it with the traceback in the log.
"""

from __future__ import annotations

import _socket as socket
import gc
import os
import signal

from keepalived.config.root import Config
from keepalived.linux.limits import Limits
from keepalived.linux.lives import Lives
from keepalived.port.effects import Severity
from keepalived.port.events import Asked, Reconfigured, Started, Stopping, Told
from keepalived.port.words import Word
from keepalived.run.bus import Bus, Message, word_from_message, word_to_message
from keepalived.run.identity import show_title
from keepalived.run.kinds import Built, Kind, Tools
from keepalived.run.logbook import Logbook
from keepalived.run.loop import Loop
from keepalived.run.options import Options
from keepalived.run.scheduling import scheduling
from keepalived.run.taking import Taking

OK = 0
UNUSABLE = 2
INTERNAL = 70
STOP_WAIT_US = 4_000_000
"""How long a stop waits for the kernel's side of it; the parent's patience is longer."""
HEARD = frozenset(
    (
        *(signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2),
        # What upstream's monitors send for JSON, for statistics and for its threads.
        *(signal.SIGRTMIN + 2, signal.SIGRTMAX - 1, signal.SIGRTMAX),
    )
)
"""Signals that are blocked while a child is made, until it can hear them; none ends it unasked."""
REHEARSE_US = 3_000_000
"""So long after its start a child goes through a reload, where a first one might be slow."""
LATE_US = 100_000
"""A brain woken later than this is worth a line in the log."""


def run(
    kind: Kind,
    config: Config,
    options: Options,
    logbook: Logbook,
    line: socket.socket,
    plane: str,
    words: tuple[Word, ...] = (),
    lives: Lives | None = None,
) -> int:
    """Be this child until it ends; give its exit status. `words` were said before its birth."""
    log = logbook.named(kind.identity)
    show_title(config, kind.name)
    # What is built at a start stays: a collection would look at all of it and find nothing.
    gc.disable()
    try:
        return Worker(kind, config, options, log, line, plane, words, lives).run()
    except Exception:
        import traceback

        log.write(Severity.CRITICAL, traceback.format_exc())
        return INTERNAL


class Lateness:
    """How often the process was woken late, and by how much at worst."""

    def __init__(self) -> None:
        self.times = 0
        self.worst_us = 0

    def add(self, late_us: int) -> None:
        """Take one in."""
        self.times += 1
        self.worst_us = max(self.worst_us, late_us)

    def plain(self) -> dict[str, int]:
        """Show it."""
        return {"late_times": self.times, "worst_late_us": self.worst_us}


class Worker:
    """A child process."""

    def __init__(
        self,
        kind: Kind,
        config: Config,
        options: Options,
        log: Logbook,
        line: socket.socket,
        plane: str,
        words: tuple[Word, ...] = (),
        lives: Lives | None = None,
    ) -> None:
        self._kind = kind
        self._words = words
        self._log = log
        self._loop = Loop(kind.slack_us)
        self._bus = Bus(self._loop, line, self._heard, self._be_orphan)
        tools = Tools(self._loop, options, log.write, self._tell, plane, lives)
        self._built: Built = kind.builder()(config, tools)
        self._stopping = False
        self._limits = Limits()
        self._lateness = Lateness()
        self._worth_us = LATE_US
        """Lateness beyond this is looked at."""
        self._taking = Taking(kind, config)
        self._dumped = config if options.dump else None

    def run(self) -> int:
        """Turn until the end."""
        built, loop = self._built, self._loop
        if self._dumped is not None:
            from keepalived.run import dump

            dump.write(self._kind.name, self._dumped, self._log)
            self._dumped = None
        if built.failed:
            self._log.error(built.failed)
            return UNUSABLE
        # Only the parent is to be signalled. A terminal's INT reaches the whole group, but it is
        # the parent that says when its children are to end.
        for number in HEARD:
            loop.on_signal(number, self._end if number == signal.SIGTERM else lambda: None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        loop.attach(built.host, built.world)
        for word in self._words:
            loop.post(Told(word))
        loop.post(Started())
        loop.turn()
        gc.freeze()
        gc.enable()
        self._be_scheduled()
        self._bus.say({"ready": True})
        loop.call_at(loop.now() + REHEARSE_US, self._rehearse)
        while not self._stopping:
            loop.turn()
            if loop.worst_late_us > self._worth_us:
                self._be_late()
        self._see_out()
        return OK

    def _be_scheduled(self) -> None:
        """Become urgent, once all is loaded that a start needs."""
        terms = self._scheduling = scheduling(self._taking.config, self._kind.name)
        self._worth_us = min(LATE_US, terms.late_us) if terms.rise else LATE_US
        for refused in self._limits.apply(self._scheduling):
            self._log.warning(f"Not permitted here, and not needed to go on: {refused}")
        self._loop.on_signal(signal.SIGXCPU, self._computed_long)

    def _computed_long(self) -> None:
        limit_ms = self._scheduling.limit_us / 1000
        self._log.warning(f"Computed for more than {limit_ms:g} ms without a pause")

    def _be_late(self) -> None:
        late_us, self._loop.worst_late_us = self._loop.worst_late_us, 0
        raised = self._limits.late(late_us)
        if late_us > LATE_US:
            self._lateness.add(late_us)
        if raised or late_us > LATE_US:
            self._log.warning(f"Woken {late_us / 1000:.0f} ms late{raised and '; '}{raised}")

    def _be_orphan(self) -> None:
        said = self._taking.config.globals
        if not self._stopping and (said is None or said.orphans == "stay"):
            self._log.warning("The parent process is gone; going on until the next one comes")
        else:
            self._end()

    def _end(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._log.info("Stopping")
            self._built.world.stopping()
            self._loop.post(Stopping())

    def _see_out(self) -> None:
        """Wait, within bounds, until the kernel has let go and the parent has heard."""
        loop, built = self._loop, self._built
        ended = False

        def expire() -> None:
            nonlocal ended
            ended = True

        loop.call_at(loop.now() + STOP_WAIT_US, expire)
        while not (ended or (built.host.ended and built.settled() and self._bus.flushed)):
            loop.turn()
        self._built.close()
        used = os.times()
        self._log.info(f"Stopped - used {used.user:.6f} user time, {used.system:.6f} system time")

    def _tell(self, word: Word) -> None:
        self._bus.say(word_to_message(word))

    def _heard(self, message: Message) -> None:
        if "reload" in message:
            self._reload(message["reload"])
        elif "ask" in message:
            self._answer(message)
        elif "word" in message:
            self._loop.post(Told(word_from_message(message)))

    def _rehearse(self) -> None:
        view = self._taking.rehearse()
        if view is not None:
            self._loop.post(Reconfigured(view))

    def _reload(self, said: Message) -> None:
        self._log.info("Reloading")
        with self._limits.unlimited():
            own = self._taking.take(said)
        self._be_scheduled()
        self._loop.post(Reconfigured(own))
        # Once the brain has taken it, which is before the next timer rings.
        self._loop.call_at(self._loop.now(), lambda: self._bus.say({"reloaded": True}))

    def _answer(self, message: Message) -> None:
        now = self._loop.moment
        question = Asked(str(message["ask"]), tuple(message.get("arguments", ())))
        operations = self._built.host.step(now, question)
        self._built.world.apply(operations)
        answer = self._built.host.snapshot(now)
        process = {"pid": os.getpid(), **self._lateness.plain(), **self._limits.plain()}
        answer = {**answer, "process": {**process, **self._built.facts()}}
        self._bus.say({"ticket": message["ticket"], "answer": answer})
