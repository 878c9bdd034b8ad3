"""One script that is run again and again: when it starts, and what its results come to.

Rule: the first result counts at once; from then on as many in a row as `rise` and `fall` say. A
run that takes longer than it may has failed at that moment, whatever becomes of it afterwards.
"""

from __future__ import annotations

from keepalived.core.track.config import VrrpScript
from keepalived.core.track.health import Health
from keepalived.core.track.notes import (
    ScriptFailed,
    ScriptReturns,
    ScriptSkipped,
    ScriptSucceeded,
    ScriptUnusable,
)
from keepalived.port.effects import Effect, KillScript, Note, RunScript
from keepalived.port.events import Ending, ScriptEnded

CANNOT_RUN = (1, 2, 13, 20, 22)
"""Error numbers of a program that is not there, or that may not be run, or by nobody."""
PREFIX = "vrrp_script "
"""With what the names of our runs begin."""


class ScriptTracker:
    """A script's machine."""

    def __init__(self, config: VrrpScript) -> None:
        self.config = config
        self.health = Health.DOWN if config.init_fail else Health.UNKNOWN
        self.detail = "init_fail" if config.init_fail else "has not run yet"
        self.since = 0
        self._fresh = not config.init_fail
        """Whether the next result counts at once."""
        self._in_a_row = 0
        """How many results in a row spoke against its health."""
        self._status: tuple[Ending, int] | None = None
        """How it ended last."""
        self._start_at: int | None = None
        self._limit_at: int | None = None
        self._run = ""
        """The name of the run that is under way."""
        self._runs = 0
        self._skipped = False

    def deadline(self) -> int | None:
        """Say when it is to be started, or has taken too long."""
        if self._limit_at is None or self._start_at is None:
            return self._start_at
        return min(self._start_at, self._limit_at)

    def begin(self, now: int, wait_us: int = 0) -> None:
        """Let it begin; a wait keeps many scripts from starting in one instant."""
        self.since = self.since or now
        self._start_at = now + wait_us

    def replace(self, now: int, config: VrrpScript) -> list[Effect]:
        """Go on with another text of the same name: its health stays until there is a result."""
        before, self.config = self.config, config
        if (config.script, config.user) == (before.script, before.user):
            return []
        # Its health stays until the new text has a result, which then counts at once.
        ended = self.end()
        self._fresh, self._start_at = True, now
        return ended

    def end(self) -> list[Effect]:
        """Let it be; a run that is under way ends."""
        effects: list[Effect] = [KillScript(self._run)] if self._run else []
        self._run, self._start_at, self._limit_at = "", None, None
        return effects

    def put_off(self, now: int, wait_us: int) -> None:
        """Let a start that is due wait a little, and those after it as well."""
        if wait_us and self._start_at is not None and self._start_at <= now:
            self._start_at = now + wait_us

    def pass_time(self, now: int) -> list[Effect]:
        """Start it, or judge that it took too long, if that is due."""
        effects: list[Effect] = []
        if self._limit_at is not None and now >= self._limit_at:
            self._limit_at = None
            effects += self._judge(now, False, (Ending.TIMED_OUT, 0))
        if self._start_at is None or now < self._start_at:
            return effects
        late = now - self._start_at
        interval_us = max(self.config.interval_us, 1_000)
        self._start_at += interval_us * (late // interval_us + 1)
        if self._run:
            return effects + self._skip()
        return [*effects, self._start(now)]

    def take(self, now: int, event: ScriptEnded) -> list[Effect]:
        """Hear that a run is over."""
        if event.name != self._run:
            return []
        self._run = ""
        in_time, self._limit_at = self._limit_at is not None, None
        if not in_time:
            return []
        never_ran = self.health in (Health.UNKNOWN, Health.UNUSABLE)
        if event.ending is Ending.NOT_STARTED and never_ran and event.number in CANNOT_RUN:
            return self._give_up(now, event.number)
        well = event.ending is Ending.EXITED and event.number == 0
        return self._judge(now, well, (event.ending, event.number))

    def _give_up(self, now: int, number: int) -> list[Effect]:
        """Count for nothing, as long as the program cannot be run at all."""
        if self.health is Health.UNUSABLE:
            return []
        self.health, self.since = Health.UNUSABLE, now
        self.detail = ended_text(Ending.NOT_STARTED, number)
        return [Note(ScriptUnusable(self.config.name, number))]

    def _skip(self) -> list[Effect]:
        """Leave a start out; that is said once for each run that lasts so long."""
        if self._skipped:
            return []
        self._skipped = True
        return [Note(ScriptSkipped(self.config.name, self._limit_at is None))]

    def _start(self, now: int) -> RunScript:
        config = self.config
        assert config.script is not None
        limit_us = max(config.timeout_us or config.interval_us, 1_000)
        self._limit_at = now + limit_us
        self._runs += 1
        self._skipped = False
        self._run = f"{PREFIX}{config.name} #{self._runs}"
        owner = config.user
        user, group = (owner.user, owner.group) if owner else (config.script.user, "")
        return RunScript(self._run, config.script.argv, limit_us, user=user, group=group)

    def _judge(self, now: int, well: bool, status: tuple[Ending, int]) -> list[Effect]:
        effects: list[Effect] = []
        name = self.config.name
        if status != self._status and (self._status is not None or not well):
            effects.append(Note(ScriptReturns(name, *status)))
        self._status = status
        towards = Health.UP if well else Health.DOWN
        if self.health is towards:
            self._in_a_row, self._fresh = 0, False
            return effects
        self._in_a_row += 1
        needed = 1 if self._fresh else (self.config.rise if well else self.config.fall)
        self._fresh = False
        if self._in_a_row < needed:
            return effects
        self.health, self.since, self._in_a_row = towards, now, 0
        self.detail = "succeeded" if well else ended_text(*status)
        line = ScriptSucceeded(name) if well else ScriptFailed(name, self.detail)
        return [*effects, Note(line)]


def ended_text(ending: Ending, number: int) -> str:
    """Say how a run ended."""
    match ending:
        case Ending.EXITED:
            return f"exited with status {number}"
        case Ending.SIGNALLED:
            return f"due to signal {number}"
        case Ending.TIMED_OUT:
            return "timed_out"
        case Ending.NOT_STARTED:
            return f"could not be started: error {number}"
