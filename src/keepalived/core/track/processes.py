"""Processes that have to run: how many do, and since when that is enough or not.

Rule: the first count holds at once; a later rise waits for `fork_delay`, a fall for
`terminate_delay`, and whichever is taken back in that time has not been.
"""

from __future__ import annotations

from keepalived.core.track.config import TrackProcess
from keepalived.core.track.health import Health
from keepalived.core.track.notes import QuorumMoved
from keepalived.port.effects import Effect, Note
from keepalived.port.resources import ProcessMatch, ProcessWatch

MATCHES = {
    "exact": ProcessMatch.EXACT,
    "partial": ProcessMatch.PARTIAL,
    "initial": ProcessMatch.INITIAL,
}


def watch_for(config: TrackProcess) -> ProcessWatch:
    """Give what has to be watched: by name alone, or by the command line where any is spoken of."""
    arguments = len(config.process) > 1
    whole = config.full_command or arguments or config.param_match is not None
    match = ProcessMatch.EXACT if arguments else ProcessMatch.NAME
    if config.param_match is not None:
        match = MATCHES[config.param_match]
    return ProcessWatch(config.process, match, whole)


class ProcessTracker:
    """The machine of some processes."""

    def __init__(self, config: TrackProcess) -> None:
        self.config = config
        self.health = Health.UNKNOWN
        self.count = 0
        self.since = 0
        self._due: int | None = None
        self._fresh = True
        """Whether the next count holds at once."""

    @property
    def watch(self) -> ProcessWatch:
        """Give what has to be watched."""
        return watch_for(self.config)

    @property
    def detail(self) -> str:
        """Say how many run."""
        return "has not been looked for yet" if self.health is Health.UNKNOWN else self.running

    @property
    def running(self) -> str:
        """Say how many run."""
        return f"{self.count} running"

    def deadline(self) -> int | None:
        """Say when a delay is over."""
        return self._due

    def replace(self, now: int, config: TrackProcess) -> list[Effect]:
        """Go on with another text; where it is about others, all stays until they are counted."""
        before, self.config = self.watch, config
        if self.watch != before:
            self._fresh = True
        return [] if self._fresh else self._settle(now)

    def take(self, now: int, count: int) -> list[Effect]:
        """Hear how many run."""
        config = self.config
        rose, self.count = count > self.count, count
        wanted = self._wanted()
        if self._fresh:
            self._fresh = False
            return self._settle(now)
        if wanted is self.health:
            self._due = None
            return []
        if self._due is not None:
            return []
        delay_us = config.fork_delay_us if rose else config.terminate_delay_us
        self._due = now + (delay_us or config.delay_us)
        return self.pass_time(now)

    def pass_time(self, now: int) -> list[Effect]:
        """Let a delay that is over take effect."""
        if self._due is None or now < self._due:
            return []
        return self._settle(now)

    def _settle(self, now: int) -> list[Effect]:
        self._due = None
        wanted = self._wanted()
        if wanted is self.health:
            return []
        first, self.health, self.since = self.health is Health.UNKNOWN, wanted, now
        if first and wanted is Health.UP:
            return []
        return [Note(QuorumMoved(self.config.name, self.count, wanted is Health.UP))]

    def _wanted(self) -> Health:
        most = self.config.quorum_max
        enough = self.config.quorum <= self.count
        if most == 0:
            # Upstream's way to say that it must not run.
            enough = True
        return Health.UP if enough and (most is None or self.count <= most) else Health.DOWN
