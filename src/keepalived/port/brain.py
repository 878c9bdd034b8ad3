"""The seam: three methods that the loop calls on a brain, two that it calls on the world.

Rule: time comes in as an argument, in whole microseconds of the monotonic clock.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.annotations import Protocol
from keepalived.port.effects import Effect, Operation
from keepalived.port.events import Event

Snapshot = dict[str, object]
"""Plain data (dicts, lists, texts, numbers), ready to be written as JSON."""


class Brain(Protocol):
    """The pure half of one process, before its ledger."""

    def step(self, now: int, event: Event) -> Sequence[Effect]:
        """Take one event in; give what is to be done, in order."""

    def deadline(self) -> int | None:
        """Say when to be woken next, if nothing happens before."""

    def snapshot(self, now: int) -> Snapshot:
        """Show the state to an operator."""


class Dice(Protocol):
    """Chance, handed in: the real world's or the seed's."""

    def below(self, limit: int) -> int:
        """Give a number from 0 to limit - 1."""


class World(Protocol):
    """An adapter: carries operations out and never waits or raises for what the world may do."""

    def apply(self, operations: Sequence[Operation]) -> None:
        """Carry out one step's operations in their order; refusals come back as events."""
