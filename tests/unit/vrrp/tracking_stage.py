"""What the tests of tracking build on: a script, those who watch it, and a clock."""

from __future__ import annotations

from typing import Any

from keepalived.core.track.config import VrrpScript
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.core.vrrp.ground import Ground
from keepalived.core.vrrp.priority import Burden
from keepalived.core.vrrp.tracking import Tracking
from keepalived.lang.option_values import Tracked, Weight
from keepalived.lang.values import Command
from keepalived.port.effects import Effect, Note, RunScript
from keepalived.port.events import (
    Ending,
    Event,
    LinkGone,
    LinkSeen,
    ScriptEnded,
    Started,
    Woken,
)
from keepalived.records import replace

SECOND = 1_000_000
CHECK = Command(("/bin/check",))


def script(name: str = "chk", **more: Any) -> VrrpScript:
    return replace(VrrpScript(name=name, script=CHECK), **more)


def watcher(name: str = "VI", **lists: Any) -> VrrpInstance:
    return replace(VrrpInstance(name=name, interface="eth0", virtual_router_id=1), **lists)


def scripted(weight: int = 0, reverse: bool = False, **more: Any) -> RouterConfig:
    entry = Tracked("chk", Weight(weight, reverse))
    return RouterConfig("R", (watcher(track_script=(entry,)),), scripts=(script(**more),))


class Stage:
    """A tracking that is under way, and a clock."""

    def __init__(self, config: RouterConfig) -> None:
        self.ground = Ground()
        self.tracking = Tracking(config, self.ground)
        self.now = 0
        self.runs: list[RunScript] = []
        self.notes: list[str] = []
        self.last: list[Effect] = []
        self.give(Started())

    def give(self, event: Event) -> list[Effect]:
        self.last = self.tracking.take(self.now, event)
        if isinstance(event, LinkSeen | LinkGone):
            self.tracking.look_at_link(self.now, self.ground.learn(self.now, event))
        self.runs += [each for each in self.last if isinstance(each, RunScript)]
        self.notes += [each.line.text() for each in self.last if isinstance(each, Note)]
        return self.last

    def wake(self, seconds: float = 0) -> None:
        """Let time pass, and every deadline that comes meanwhile."""
        until = self.now + int(seconds * SECOND)
        while (due := self.tracking.deadline()) is not None and due <= until:
            self.now = max(self.now, due)
            self.give(Woken())
            assert self.tracking.deadline() != due, "a deadline is taken"
        self.now = until

    def run(self, status: int, ending: Ending = Ending.EXITED) -> None:
        """Let the next run of the script begin and end."""
        before = len(self.runs)
        for _ in range(100):
            if len(self.runs) > before:
                break
            due = self.tracking.deadline()
            assert due is not None
            self.wake((due - self.now) / SECOND)
        self.give(ScriptEnded(self.runs[-1].name, ending, status))

    def burden(self, name: str = "VI") -> Burden:
        return self.tracking.burden(name)


def sum_of(burden: Burden) -> int:
    return sum(term.weight for term in burden.terms)
