"""A loop whose brain only remembers what it was told."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from keepalived.port.effects import Operation
from keepalived.port.events import Event
from keepalived.run.loop import Loop


class Inbox:
    """The brain that remembers, and the world that has nothing to do."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.events: list[Event] = []
        self.loop.attach(self, self)

    def step(self, now: int, event: Event) -> list[Operation]:
        """Remember."""
        self.events.append(event)
        return []

    def deadline(self) -> int | None:
        """Never ask to be woken."""
        return None

    def apply(self, operations: Sequence[Operation]) -> None:
        """Have nothing to do."""

    def wait(self, count: int = 1, limit_s: float = 5.0) -> list[Event]:
        """Turn the loop until there are so many events; give them and forget them."""
        self.until(lambda: len(self.events) >= count, limit_s)
        assert len(self.events) >= count, f"only {self.events} after {limit_s} s"
        found, self.events = self.events, []
        return found

    def until(self, done: Callable[[], bool], limit_s: float) -> None:
        """Turn the loop until something is so, or the time is over."""
        end = time.monotonic() + limit_s
        self.loop.call_at(int(end * 1e6), lambda: None)
        while not done() and time.monotonic() < end:
            self.loop.turn()
