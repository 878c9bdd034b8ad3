"""The files that weights of servers follow: watched while somebody follows, told on to all who do.

Rule: a file's machine is `core.track.files`; what its number does to a server is `changes`.
"""

from __future__ import annotations

from keepalived.core.checks.file import DOWN, FileChecker
from keepalived.core.lvs.changes import turned, weighed
from keepalived.core.lvs.config import DirectorConfig
from keepalived.core.lvs.health import Turned
from keepalived.core.lvs.pool import Watch
from keepalived.core.track.files import FileTracker
from keepalived.port.effects import Effect, Hold
from keepalived.port.events import WatchSaw
from keepalived.port.talk import Verdict


class FollowedFiles:
    """All of them, by their names."""

    def __init__(self) -> None:
        self._trackers: dict[str, FileTracker] = {}
        self._followers: dict[str, list[Watch]] = {}

    def renew(self, config: DirectorConfig, first: bool) -> list[Effect]:
        """Watch what the configuration names, no more and no less; what is as before goes on."""
        effects: list[Effect] = []
        old, self._trackers = self._trackers, {}
        self._followers.clear()
        for file in config.files:
            before = old.pop(file.name, None)
            if before is not None and before.config == file:
                self._trackers[file.name] = before
                continue
            tracker = self._trackers[file.name] = FileTracker(file)
            effects += tracker.making(first)
            effects.append(Hold(_owner(file.name), (tracker.watch,)))
        return [*effects, *(Hold(_owner(name), ()) for name in old)]

    def follow(self, config: DirectorConfig, now: int, watch: Watch) -> list[Effect]:
        """Let a check hear of its file from now on, and what is known of it."""
        assert isinstance(watch.checker, FileChecker)
        name = watch.checker.name
        self._followers.setdefault(name, []).append(watch)
        tracker = self._trackers.get(name)
        if tracker is None or tracker.number is None:
            return []
        return _apply(config, now, watch, tracker.number)

    def saw(self, config: DirectorConfig, now: int, event: WatchSaw) -> list[Effect]:
        """Hear what stands in a file."""
        effects: list[Effect] = []
        for name, tracker in self._trackers.items():
            if tracker.watch != event.watch or isinstance(event.fact, int):
                continue
            effects += tracker.take(now, event.fact)
            assert tracker.number is not None
            for watch in self._followers.get(name, ()):
                effects += _apply(config, now, watch, tracker.number)
        return effects

    def pools(self) -> set[int]:
        """Give the identities of the pools that follow any."""
        return {id(watch.member.pool) for each in self._followers.values() for watch in each}

    def stop(self) -> list[Effect]:
        """Watch nothing any more."""
        return [Hold(_owner(name), ()) for name in self._trackers]


def _owner(name: str) -> str:
    return f"track_file {name}"


def _apply(config: DirectorConfig, now: int, watch: Watch, number: int) -> list[Effect]:
    """Give what a number does to the server of one check."""
    assert isinstance(watch.checker, FileChecker)
    extra = watch.checker.contribution(number)
    good = extra > DOWN
    watch.last = verdict = Verdict(good, f"the file says {number}", number)
    # What takes a server out is no weight that it could come back with.
    effects = weighed(config, watch, extra, None) if good else []
    outcome = watch.health.take(watch.checker.judge(verdict, watch.health.up), retry=0)
    if outcome is Turned.UP or outcome is Turned.DOWN:
        effects += turned(config, now, watch, outcome, verdict, 0)
    return effects
