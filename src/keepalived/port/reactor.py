"""What an adapter may ask of the loop that it runs in: readiness, timers, a place for events.

Rule: callbacks run on the loop, never in the middle of a brain's step; they return at once.
"""

from __future__ import annotations

from collections.abc import Callable

from keepalived.annotations import Protocol
from keepalived.port.events import Event


class Timer(Protocol):
    """A call to come."""

    def cancel(self) -> None:
        """Do not make it; harmless once made."""


class Reactor(Protocol):
    """The loop, as adapters see it."""

    def now(self) -> int:
        """Read the monotonic clock, in whole microseconds."""

    def watch(self, descriptor: int, on_ready: Callable[[], None]) -> None:
        """Call back while the descriptor is readable (level-triggered)."""

    def unwatch(self, descriptor: int) -> None:
        """Stop watching; call before closing it."""

    def call_at(self, when: int, call: Callable[[], None]) -> Timer:
        """Call once, at this time or a little later (the loop's slack)."""

    def post(self, event: Event) -> None:
        """Hand an event to the brain; it is taken in after the callback returns, in order."""
