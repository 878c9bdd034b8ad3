"""What instances watch beside their own link, and what comes of it for each of them.

Rule: every thing is watched once, however many instances watch it; an instance's burden is worked
out anew from all that it watches whenever one of these moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keepalived.core.track.files import FileTracker
from keepalived.core.track.health import Health, bars, file_bars, file_weighed, weighed
from keepalived.core.track.processes import ProcessTracker
from keepalived.core.track.scripts import PREFIX, ScriptTracker
from keepalived.core.vrrp.amendment import amended
from keepalived.core.vrrp.complaints import resource_of
from keepalived.core.vrrp.config import RouterConfig
from keepalived.core.vrrp.entries import Entry, entries_of
from keepalived.core.vrrp.ground import Ground
from keepalived.core.vrrp.priority import FREE, Burden, Term
from keepalived.port.brain import Snapshot
from keepalived.port.effects import Effect, Hold, Note
from keepalived.port.events import (
    Event,
    Reconfigured,
    Refused,
    ScriptEnded,
    Started,
    Stopping,
    Told,
    WatchSaw,
    Woken,
)
from keepalived.port.resources import FileWatch, Resource, Watch
from keepalived.port.words import BfdSaid
from keepalived.records import dataclass, replace

OWNER = "(tracking)"
"""Who holds the watches; no instance is called so."""
PATIENCE_US = 1_500_000
"""What the kernel refused is asked for again each second; not refused for so long, it is there."""
SPREAD_US = 2_000
"""Between the starts of two scripts: an advert must not wait for a hundred of them."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A static thing that the kernel refused: since when, until when that counts, and why."""

    since: int
    until: int
    why: str


class Tracking:
    """All that is watched in this process."""

    def __init__(self, config: RouterConfig, ground: Ground) -> None:
        self._config = config
        self._ground = ground
        self._running = False
        self._due: int | None = None
        self._scripts: dict[str, ScriptTracker] = {}
        self._stood: dict[str, tuple[Health, str]] = {}
        """What was last told of each script."""
        self._files: dict[str, FileTracker] = {}
        self._processes: dict[str, ProcessTracker] = {}
        self._links: dict[str, tuple[bool, int]] = {}
        """Whether links were up when they were looked at last, and since when."""
        self._sessions: dict[str, tuple[BfdSaid, int]] = {}
        self._needed: dict[tuple[object, ...], str] = {}
        """Static things in track groups, in words."""
        self._missing: dict[tuple[object, ...], Missing] = {}
        """Those of them that the kernel refused."""
        self._entries: dict[str, tuple[Entry, ...]] = {}
        """By instance."""
        self._watchers: dict[tuple[str, str], list[str]] = {}
        """The instances that watch a thing."""
        self._mates: dict[str, tuple[str, ...]] = {}
        """The members of an instance's sync group, itself among them."""
        self._own: dict[str, Burden] = {}
        """By instance, what it bears by itself."""
        self._burdens: dict[str, Burden] = {}
        self._moved: dict[str, None] = {}

    def deadline(self) -> int | None:
        """Say when to be woken next."""
        return self._due

    def _next(self) -> int | None:
        dues = [each.deadline() for each in self._scripts.values()]
        dues += [each.deadline() for each in self._processes.values()]
        dues += [each.until for each in self._missing.values()]
        return min((due for due in dues if due is not None), default=None)

    def burden(self, instance: str) -> Burden:
        """Give what an instance bears now."""
        return self._burdens.get(instance, FREE)

    def moved(self) -> tuple[str, ...]:
        """Name the instances whose burden changed since this was asked last."""
        if not self._moved:
            return ()
        moved, self._moved = tuple(self._moved), {}
        return moved

    def look_at_link(self, now: int, name: str) -> None:
        """Hear that a link changed, in a way that counts."""
        up = self._ground.is_up(name)
        before = self._links.get(name)
        if not self._ground.has_link(name) and ("interface", name) not in self._watchers:
            # Hosts have links that come and go under ever new names.
            self._links.pop(name, None)
        elif before is None or before[0] is not up:
            self._links[name] = (up, now)
            self._stir("interface", name)

    def take(self, now: int, event: Event) -> list[Effect]:
        """Take in whatever may concern what is watched; give what is to be done."""
        effects = self._take(now, event)
        self._due = self._next()
        return effects

    def _take(self, now: int, event: Event) -> list[Effect]:
        match event:
            case Woken():
                return self._look_at_clock(now)
            case ScriptEnded(name) if name.startswith(PREFIX):
                return self._script_ended(now, event)
            case WatchSaw(watch, fact):
                return self._see(now, watch, fact)
            case Refused():
                self._miss(now, resource_of(event.change), event.why)
            case Told(BfdSaid() as said):
                self._told(now, said)
            case Started():
                self._running = True
                return self._adopt(now, self._config)
            case Reconfigured(config):
                assert isinstance(config, RouterConfig)
                before, self._config = self._config, config
                watches = self._files or self._scripts or self._processes
                if not self._running or (not watches and amended(before, config) is not None):
                    return []
                return self._adopt(now, config)
            case Stopping():
                return self._stop()
            case _:
                pass
        return []

    def snapshot(self, now: int) -> list[Snapshot]:
        """Show everything that is watched, and since when it is as it is."""
        shown: list[Snapshot] = []
        for (kind, name), watchers in sorted(self._watchers.items()):
            health, detail, since = self._stand(kind, name)
            shown.append(
                {
                    "kind": kind,
                    "name": name,
                    "state": health,
                    "detail": detail,
                    "for_us": None if since is None else now - since,
                    "instances": list(watchers),
                }
            )
        return shown

    # Life

    def _adopt(self, now: int, config: RouterConfig) -> list[Effect]:
        """Watch what this configuration names; what was watched before keeps its results."""
        self._entries = {each.name: entries_of(each, config.needed) for each in config.instances}
        self._needed = {each.key: each.text for each in config.needed}
        self._missing = {key: m for key, m in self._missing.items() if key in self._needed}
        self._watchers = {}
        for instance, entries in self._entries.items():
            for entry in entries:
                self._watchers.setdefault(entry.spot, []).append(instance)
        self._mates = {name: group.members for group in config.groups for name in group.members}
        effects = self._adopt_scripts(now, config)
        files, self._files = self._files, {}
        for file in config.files:
            kept = files.get(file.name)
            self._files[file.name] = tracked = kept or FileTracker(file)
            tracked.config = file
            effects += tracked.making(first=kept is None)
        processes, self._processes = self._processes, {}
        for process in config.processes:
            counted = processes.get(process.name) or ProcessTracker(process)
            self._processes[process.name] = counted
            effects += counted.replace(now, process)
        effects.append(Hold(OWNER, tuple(self._watches())))
        self._own = {name: self._weigh(entries) for name, entries in self._entries.items()}
        for instance in {**self._burdens, **self._entries}:
            self._set(instance, self._mates.get(instance, (instance,)))
        return effects

    def _adopt_scripts(self, now: int, config: RouterConfig) -> list[Effect]:
        effects: list[Effect] = []
        before, self._scripts = self._scripts, {}
        for script in config.scripts:
            tracker = before.pop(script.name, None)
            if tracker is None:
                tracker = ScriptTracker(script)
                spread_us = min(SPREAD_US, script.interval_us // len(config.scripts))
                tracker.begin(now, len(self._scripts) * spread_us)
            else:
                effects += tracker.replace(now, script)
            self._scripts[script.name] = tracker
        for gone in before.values():
            effects += gone.end()
        return effects

    def _stop(self) -> list[Effect]:
        self._running = False
        effects = [effect for each in self._scripts.values() for effect in each.end()]
        self._scripts, self._files, self._processes = {}, {}, {}
        self._entries, self._watchers, self._missing = {}, {}, {}
        return [*effects, Hold(OWNER, ())]

    def _watches(self) -> Iterator[Watch]:
        yield from (each.watch for each in self._files.values())
        yield from (each.watch for each in self._processes.values())

    # What was seen

    def _look_at_clock(self, now: int) -> list[Effect]:
        effects: list[Effect] = []
        wait_us = 0
        for script in self._scripts.values():
            if (due := script.deadline()) is not None and due <= now:
                # To start a program takes a moment, in which an advert may become due.
                script.put_off(now, wait_us)
                wait_us += SPREAD_US
                effects += self._tell(script, script.pass_time(now))
        for name, process in self._processes.items():
            if (due := process.deadline()) is not None and due <= now:
                effects += process.pass_time(now)
                self._stir("process", name)
        for key, missing in list(self._missing.items()):
            if missing.until <= now:
                del self._missing[key]
                self._stir("static", self._needed[key])
        return effects

    def _script_ended(self, now: int, event: ScriptEnded) -> list[Effect]:
        name = event.name[len(PREFIX) :].rpartition(" ")[0]
        tracker = self._scripts.get(name)
        if tracker is None:
            return []
        return self._tell(tracker, tracker.take(now, event))

    def _tell(self, script: ScriptTracker, effects: list[Effect]) -> list[Effect]:
        """Let those hear of a script that watch it, if it stands otherwise now."""
        stands = (script.health, script.detail)
        if self._stood.get(script.config.name) != stands:
            self._stood[script.config.name] = stands
            self._stir("script", script.config.name)
        return effects

    def _see(self, now: int, watch: Watch, fact: str | int | None) -> list[Effect]:
        effects: list[Effect] = []
        if isinstance(watch, FileWatch):
            assert not isinstance(fact, int), "a file has a text"
            for name, file in self._files.items():
                if file.watch == watch:
                    effects += file.take(now, fact)
                    self._stir("file", name)
            return effects
        assert isinstance(fact, int), "processes are counted"
        for name, process in self._processes.items():
            if process.watch == watch:
                effects += process.take(now, fact)
                self._stir("process", name)
        return effects

    def _told(self, now: int, said: BfdSaid) -> None:
        before = self._sessions.get(said.instance)
        if before is None or before[0].up is not said.up:
            self._sessions[said.instance] = (said, now)
            self._stir("bfd", said.instance)

    def _miss(self, now: int, resource: Resource, why: str) -> None:
        """Hear that the kernel refused something; it is asked again each second."""
        text = self._needed.get(resource.key)
        if text is None:
            return
        known = self._missing.get(resource.key)
        since = known.since if known is not None else now
        self._missing[resource.key] = Missing(since, now + PATIENCE_US, why)
        self._stir("static", text)

    # What follows

    def _stir(self, kind: str, name: str) -> None:
        for instance in self._watchers.get((kind, name), ()):
            self._work_out(instance)

    def _work_out(self, instance: str) -> None:
        if not self._running:
            return
        before = self._own.get(instance, FREE)
        burden = self._own[instance] = self._weigh(self._entries.get(instance, ()))
        mates = self._mates.get(instance, (instance,))
        # A group begins when all of it may.
        for each in mates if burden.pending != before.pending else (instance,):
            self._set(each, mates)

    def _set(self, instance: str, mates: Sequence[str]) -> None:
        burden = self._own.get(instance, FREE)
        pending = [name for mate in mates for name in self._own.get(mate, FREE).pending]
        burden = replace(burden, pending=tuple(dict.fromkeys(pending)))
        if burden != self._burdens.get(instance, FREE):
            self._burdens[instance] = burden
            self._moved[instance] = None

    def _weigh(self, entries: Sequence[Entry]) -> Burden:
        terms: list[Term] = []
        faults: list[str] = []
        pending: list[str] = []
        awaited = False
        for entry in entries:
            if entry.kind == "file":
                number = self._files[entry.name].number or 0
                adds, barred = file_weighed(entry.weight, number), file_bars(entry.weight, number)
                unknown = self._files[entry.name].number is None
                detail = f"says {number}"
            else:
                health, detail, _ = self._stand(entry.kind, entry.name)
                if health == Health.UNUSABLE.value:
                    continue
                unknown, up = health == Health.UNKNOWN.value, health == Health.UP.value
                adds, barred = weighed(entry.weight, up), bars(entry.weight, up)
            if unknown:
                pending += [entry.text] if entry.weight.number == 0 else []
                awaited = awaited or entry.weight.number != 0
            elif barred:
                faults.append(f"{entry.text} {detail}")
            elif entry.weight.number != 0 and adds:
                terms.append(Term(entry.text, adds))
        return Burden(tuple(terms), tuple(faults), tuple(pending), awaited)

    def _stand(self, kind: str, name: str) -> tuple[str, str, int | None]:
        """Give how a thing stands, in a word and in a few, and since when."""
        match kind:
            case "script":
                script = self._scripts[name]
                return script.health.value, script.detail, script.since
            case "process":
                process = self._processes[name]
                return process.health.value, process.detail, process.since
            case "file":
                file = self._files[name]
                detail = "is missing" if file.missing else f"says {file.number}"
                return str(file.number), detail, file.since
            case "bfd":
                told = self._sessions.get(name)
                if told is None:
                    return Health.UNKNOWN.value, "has not been heard of yet", None
                up, since = told[0].up, told[1]
                return _word(up), _because("is up" if up else "is down", told[0].because), since
            case "static":
                gone = next((m for k, m in self._missing.items() if self._needed[k] == name), None)
                detail = "is in place" if gone is None else f"is missing ({gone.why})"
                return _word(gone is None), detail, gone.since if gone else None
            case _:
                up = self._ground.is_up(name)
                known = self._links.get(name)
                return _word(up), "is up" if up else "is down", known[1] if known else None


def _word(up: bool) -> str:
    return "up" if up else "down"


def _because(what: str, because: str) -> str:
    return f"{what} ({because})" if because else what


def parted(effects: Sequence[Effect]) -> tuple[list[Effect], list[Effect]]:
    """Part what is said from what is done: starting a program takes time, adverts go first."""
    said: list[Effect] = [each for each in effects if isinstance(each, Note)]
    return said, [each for each in effects if not isinstance(each, Note)]
