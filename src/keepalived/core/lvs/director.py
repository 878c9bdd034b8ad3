"""The brain of the checker process: asks when it is due, judges answers, keeps the table right.

Rule: one grid of due times; a good answer that changes nothing costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from keepalived.core.checks.bfd import BfdCheck
from keepalived.core.checks.checker import Conversation, FileFollowed, Finding, Followed, Program
from keepalived.core.checks.file import FileCheck
from keepalived.core.checks.misc import TIMED_OUT, MiscChecker
from keepalived.core.lvs import notes
from keepalived.core.lvs.changes import (
    complain,
    concerned,
    gone,
    rehold,
    resettle,
    turned,
    weighed,
    wished,
)
from keepalived.core.lvs.config import DirectorConfig
from keepalived.core.lvs.followed_files import FollowedFiles
from keepalived.core.lvs.health import Turned
from keepalived.core.lvs.pool import Pool, Watch
from keepalived.core.lvs.status import snapshot
from keepalived.core.notify.pipes import Pipes
from keepalived.port.brain import Dice, Snapshot
from keepalived.port.effects import DropTalk, Effect, Hold, KillScript, Note, RunScript, StartTalk
from keepalived.port.events import (
    Ending,
    Event,
    Lost,
    Reconfigured,
    Refused,
    ScriptEnded,
    Started,
    Stopping,
    TalkEnded,
    Told,
    WatchSaw,
    Woken,
)
from keepalived.port.talk import Verdict
from keepalived.port.words import BfdSaid
from keepalived.records import replace

GRID_US = 50_000
"""Checks begin on a grid, so that many share one waking: a waking costs more than a check."""
FIRST_US = 1_000_000
"""The first questions come this long after the start, and a random time."""
NOTHING: tuple[Effect, ...] = ()
NONE: dict[int, Pool] = {}
SAME, PART_PASSED = Turned.SAME, Finding.PART_PASSED
SHORT_OF_MEANS = frozenset((11, 12, 23, 24))
"""EAGAIN, ENOMEM, ENFILE, EMFILE: the start of a script failed for want of this host's means."""


class Director:
    """All services, their servers and checks."""

    def __init__(self, config: DirectorConfig, dice: Dice) -> None:
        """Take the settled configuration, and chance for the first checks."""
        self._config = config
        self._dice = dice
        self._pools = _pools(config)
        self._by_key = {pool.key: pool for pool in self._pools.values()}
        self._grid_us = _grid_us(config)
        self._due: dict[int, list[Watch | Pool]] = {}
        """What is due at each point of the grid."""
        self._heap: list[int] = []
        """Those points."""
        self._serial = 0
        self._asked: dict[int, Watch] = {}
        self._said: dict[str, BfdSaid] = {}
        """What the BFD process said of each session last."""
        self._followers: dict[str, list[Watch]] = {}
        self._files = FollowedFiles()
        self._begun = self._ended = False
        self._pipes = Pipes()

    def deadline(self) -> int | None:
        """Give the next due time, on the grid."""
        return self._heap[0] if self._heap else None

    def snapshot(self, now: int) -> Snapshot:
        """Show all services."""
        return snapshot(now, self._pools.values(), self._serial)

    def step(self, now: int, event: Event) -> Sequence[Effect]:
        """Take one event in; the frequent ones first."""
        if isinstance(event, TalkEnded):
            return self._answered(now, event.talk, event.verdict)
        match event:
            case Woken():
                return self._wake(now)
            case ScriptEnded(name):
                number = name.removeprefix("check ")
                if not number.isdigit():
                    return self._pipes.ended(now, event)
                return self._script_ended(now, int(number), event)
            case Told(BfdSaid() as word):
                return self._told(now, word)
            case WatchSaw():
                return NOTHING if self._ended else self._files.saw(self._config, now, event)
            case Started():
                return self._start(now)
            case Stopping():
                return self._stop()
            case Reconfigured(config):
                assert isinstance(config, DirectorConfig)
                return self._reconfigure(now, config)
            case Refused():
                return self._refused(now, event)
            case Lost(resource):
                return [e for p in concerned(self._by_key, resource) for e in gone(p, resource)]
            case _:
                # Links, addresses and datagrams are the router's.
                return NOTHING

    def _start(self, now: int) -> list[Effect]:
        effects = self._pipes.adopt(now, self._config.pipes)
        self._begun = True
        effects.extend(self._files.renew(self._config, first=True))
        for pool in self._pools.values():
            effects.extend(self._begin(now, pool))
        for pool in self._pools.values():
            effects.extend(self._plan(now, pool))
        return effects

    def _begin(self, now: int, pool: Pool) -> list[Effect]:
        for member in pool.members.values():
            member.since = now
        return resettle(self._config, pool, first=True)

    def _plan(self, now: int, pool: Pool) -> list[Effect]:
        """Give every check that has none a first due time."""
        effects: list[Effect] = []
        for member in pool.members.values():
            for watch in member.watches:
                if isinstance(watch.check, BfdCheck):
                    session = watch.check.name
                    self._followers.setdefault(session, []).append(watch)
                    word = self._said.get(session)
                    effects.extend(self._follow(now, watch, word) if word else ())
                elif isinstance(watch.check, FileCheck):
                    effects.extend(self._files.follow(self._config, now, watch))
                elif watch.due is None and not watch.running:
                    chance = self._dice.below(watch.terms.warmup_us) if watch.terms.warmup_us else 0
                    self._due_at(now + FIRST_US + chance, watch)
                    names = member.names
                    effects.append(Note(notes.CheckBegan(names.server, names.service)))
        return effects

    def _told(self, now: int, word: BfdSaid) -> list[Effect]:
        """Take in what became of a session; before the start it is remembered alone."""
        self._said[word.instance] = word
        if not self._begun or self._ended:
            return []
        watches = self._followers.get(word.instance, ())
        return [effect for watch in watches for effect in self._follow(now, watch, word)]

    def _follow(self, now: int, watch: Watch, word: BfdSaid) -> list[Effect]:
        verdict = Verdict(word.up, word.because)
        outcome = watch.health.take(watch.checker.judge(verdict, watch.health.up), retry=0)
        watch.last = verdict
        if outcome is SAME:
            return []
        return turned(self._config, now, watch, outcome, verdict, 0)

    def _due_at(self, when: int, watch: Watch) -> None:
        watch.due = self._enter(when, watch)

    def _enter(self, when: int, thing: Watch | Pool) -> int:
        """Put something on the grid; give its point there."""
        point = -(-when // self._grid_us) * self._grid_us
        waiting = self._due.get(point)
        if waiting is None:
            self._due[point] = [thing]
            heappush(self._heap, point)
        else:
            waiting.append(thing)
        return point

    def _wake(self, now: int) -> list[Effect]:
        heap = self._heap
        effects: list[Effect] = []
        while heap and heap[0] <= now:
            when = heappop(heap)
            for thing in self._due.pop(when):
                if isinstance(thing, Pool):
                    if thing.mend_due == when and self._pools.get(thing.owner) is thing:
                        thing.mend_due = None
                        effects.append(rehold(thing))
                elif thing.due == when:
                    thing.begun = when
                    effects.append(self._ask(thing))
        return effects

    def _ask(self, watch: Watch) -> Effect:
        self._serial += 1
        number = self._serial
        watch.due = None
        watch.running = number
        self._asked[number] = watch
        probe = watch.checker.probe()
        assert not isinstance(probe, Followed | FileFollowed), "what is followed is never due"
        if isinstance(probe, Conversation):
            return StartTalk(number, probe.speaker, probe.target)
        command = probe.command
        return RunScript(
            f"check {number}",
            command.argv,
            probe.timeout_us,
            user=command.user,
            group=command.group,
        )

    def _answered(self, now: int, number: int, verdict: Verdict) -> Sequence[Effect]:
        watch = self._asked.pop(number, None)
        if watch is None:
            return NOTHING
        watch.running = 0
        health, terms = watch.health, watch.terms
        if not verdict.asked:
            return self._not_asked(now, watch, verdict)
        finding = watch.checker.judge(verdict, health.up)
        tries = health.tries
        outcome = health.take(finding, terms.retry)
        watch.last = verdict
        # From the due time where the answer came at once, so that waiting for the grid adds up to
        # nothing; from the answer where it took its time, as upstream does always.
        since = watch.begun if now - watch.begun <= 2 * self._grid_us else now
        watch.due = self._enter(since + health.pause_us(finding, terms), watch)
        if outcome is SAME and finding is not PART_PASSED:
            return NOTHING
        return turned(self._config, now, watch, outcome, verdict, tries)

    def _script_ended(self, now: int, number: int, event: ScriptEnded) -> Sequence[Effect]:
        watch, verdict = self._asked.get(number), script_verdict(event)
        if watch is None or not isinstance(watch.checker, MiscChecker) or not watch.checker.dynamic:
            return self._answered(now, number, verdict)
        effects: list[Effect] = []
        if event.ending is Ending.EXITED and verdict.status != 1:
            # A failure says nothing about the weight.
            stated = verdict.status - 2 if verdict.status else None
            verdict = replace(verdict, good=True)
            effects = weighed(self._config, watch, watch.extra, stated)
        return [*effects, *self._answered(now, number, verdict)]

    def _not_asked(self, now: int, watch: Watch, verdict: Verdict) -> list[Effect]:
        again = watch.last is not None and not watch.last.asked
        watch.last = verdict
        self._due_at(now + watch.terms.retry_delay_us, watch)
        if again:
            return []
        names = watch.member.names
        title = watch.checker.title
        return [Note(notes.CheckNotAsked(title, names.server, names.service, verdict.because))]

    def _refused(self, now: int, event: Refused) -> list[Effect]:
        effects: list[Effect] = []
        resource = wished(event.change)
        for pool in [] if resource is None else concerned(self._by_key, resource):
            assert resource is not None
            effects.extend(complain(pool, resource, event))
            if pool.mend_due is None and not self._ended:
                pool.mend_due = self._enter(now + pool.service.delay_loop_us, pool)
        return effects

    def _stop(self) -> list[Effect]:
        self._ended = True
        self._heap.clear()
        self._due.clear()
        effects = [self._break_off(watch) for watch in list(self._asked.values())]
        effects.extend(self._files.stop())
        for pool in self._pools.values():
            effects.extend(
                Note(notes.ServerShut(member.names.server, pool.text))
                for member in pool.members.values()
            )
        effects.extend(Hold(pool.owner, ()) for pool in self._pools.values())
        return effects + self._pipes.end()

    def _break_off(self, watch: Watch) -> Effect:
        number = watch.running
        del self._asked[number]
        watch.running = 0
        if isinstance(watch.checker.probe(), Program):
            return KillScript(f"check {number}")
        return DropTalk(number)

    def _reconfigure(self, now: int, config: DirectorConfig) -> list[Effect]:
        old, self._config = self._pools, config
        self._pools = _pools(config, {id(pool.service): pool for pool in old.values()})
        self._by_key = {pool.key: pool for pool in self._pools.values()}
        self._grid_us = _grid_us(config)
        effects = self._pipes.adopt(now, config.pipes)
        following = self._files.pools()
        following.update(id(w.member.pool) for each in self._followers.values() for w in each)
        self._followers.clear()
        effects.extend(self._files.renew(config, first=False))
        for owner, pool in self._pools.items():
            before = old.pop(owner, None)
            if before is pool:
                if id(pool) in following:
                    effects.extend(self._plan(now, pool))
                continue
            if before is None:
                effects.extend(self._begin(now, pool))
            else:
                effects.extend(self._renew(now, before, pool))
            effects.extend(self._plan(now, pool))
        for pool in old.values():
            effects.extend(self._abandon(pool, ()))
            effects.append(Hold(pool.owner, ()))
        return effects

    def _renew(self, now: int, before: Pool, pool: Pool) -> list[Effect]:
        for member in pool.members.values():
            member.since = now
        pool.take_over(before)
        if pool.mend_due is not None:
            pool.mend_due = self._enter(pool.mend_due, pool)
        kept = [watch for member in pool.members.values() for watch in member.watches]
        effects = self._abandon(before, kept)
        effects.extend(
            Note(notes.ServerAdded(member.names.server, pool.text))
            for at, member in pool.members.items()
            if at not in before.members
        )
        effects.extend(
            Note(notes.ServerRemoved(member.names.server, pool.text))
            for at, member in before.members.items()
            if at not in pool.members
        )
        effects.extend(resettle(self._config, pool))
        return effects

    def _abandon(self, pool: Pool, kept: Sequence[Watch]) -> list[Effect]:
        """End the checks of a service that do not go on."""
        effects: list[Effect] = []
        going_on = set(map(id, kept))
        for member in pool.members.values():
            for watch in member.watches:
                if id(watch) in going_on:
                    continue
                watch.due = None
                if watch.running:
                    effects.append(self._break_off(watch))
        return effects


def _pools(config: DirectorConfig, kept: Mapping[int, Pool] = NONE) -> dict[str, Pool]:
    """Make the pools; of services that are the very same objects, those that there are stay."""
    pools: dict[str, Pool] = {}
    for service in config.services:
        pool = kept.get(id(service)) or Pool(service)
        pools.setdefault(pool.owner, pool)
    return pools


def _grid_us(config: DirectorConfig) -> int:
    """Give the grid that disturbs the shortest delay_loop by a twentieth at most."""
    shortest = min((service.delay_loop_us for service in config.services), default=GRID_US)
    return max(1_000, min(GRID_US, shortest // 20))


def script_verdict(event: ScriptEnded) -> Verdict:
    """Say what the end of a program means."""
    match event.ending:
        case Ending.EXITED:
            good = event.number == 0
            return Verdict(good, f"exited with status {event.number}", event.number)
        case Ending.SIGNALLED:
            return Verdict(False, f"due to signal {event.number}", event.number)
        case Ending.TIMED_OUT:
            return Verdict(False, TIMED_OUT)
        case Ending.NOT_STARTED:
            why = f"could not be started: error {event.number}"
            return Verdict(False, why, asked=event.number not in SHORT_OF_MEANS)
