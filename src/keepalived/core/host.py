"""A brain and its ledger: the whole pure half of one process.

Rule: what goes in is an event, what comes out is what an adapter can carry out, in order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from keepalived.core.ledger import Key, Ledger
from keepalived.port.brain import Brain, Snapshot
from keepalived.port.effects import Effect, Hold, Operation, Send
from keepalived.port.events import (
    AddressGone,
    DatagramHeard,
    Event,
    LinkGone,
    Lost,
    Refused,
    Started,
)
from keepalived.port.resources import (
    FrameEndpoint,
    HeldAddress,
    HeldLink,
    Install,
    Remove,
    Replace,
    Resource,
    Setting,
    VrrpEndpoint,
)

CROWD = 500
"""Operations of a start from which on adverts do not wait for addresses and announcements."""


class Host:
    """Runs a brain's steps and turns its wishes into changes."""

    def __init__(self, brain: Brain, found: Collection[Resource] = ()) -> None:
        """Take what a previous life left in the kernel as `found`."""
        self.brain = brain
        self.ledger = Ledger()
        self.ledger.adopt(found)

    def deadline(self) -> int | None:
        """Say when to be woken next."""
        return self.brain.deadline()

    @property
    def ended(self) -> bool:
        """Say whether a brain that was told to stop waits for nothing more."""
        return self.brain.deadline() is None

    def snapshot(self, now: int) -> Snapshot:
        """Show the state to an operator."""
        return self.brain.snapshot(now)

    def step(self, now: int, event: Event) -> list[Operation]:
        """Take one event in; give the operations that follow from it."""
        if isinstance(event, DatagramHeard):
            # The most frequent event by far, and nothing of the ledger's.
            effects = self.brain.step(now, event)
            return self._carry(effects) if effects else []
        if isinstance(event, AddressGone):
            gone = event.address
            held = self.ledger.find((HeldAddress, gone.link, gone.address, gone.prefix))
            if isinstance(held, HeldAddress) and held.tracked:
                self.ledger.lost(held)
                event = Lost(held)
        elif isinstance(event, Lost):
            self.ledger.lost(event.resource)
        elif isinstance(event, LinkGone):
            # What was done to a link went with it; one of its name that comes is another one.
            for each in self.ledger.held():
                if isinstance(each, HeldLink | Setting) and each.link == event.name:
                    self.ledger.lost(each)
        elif isinstance(event, Refused):
            self.ledger.refused(event.change)
        operations = self._carry(self.brain.step(now, event))
        if isinstance(event, Started):
            operations.extend(self.ledger.settle())
            if len(operations) > CROWD:
                return _adverts_first(operations)
        return operations

    def _carry(self, effects: Sequence[Effect]) -> list[Operation]:
        operations: list[Operation] = []
        holds = 0
        for effect in effects:
            if isinstance(effect, Hold):
                holds += 1
                operations.extend(self.ledger.hold(effect.owner, effect.resources))
            else:
                operations.append(effect)
        return _mended(operations) if holds > 1 else operations


def _adverts_first(operations: list[Operation]) -> list[Operation]:
    """Let the adverts of many out before the addresses, and all addresses before announcements.

    Each part keeps its order. Own links have addresses without which no advert leaves.
    """
    parts: tuple[list[Operation], ...] = ([], [], [])
    for op in operations:
        resource = op.resource if isinstance(op, Install) else None
        if isinstance(resource, HeldLink) or isinstance(op, Remove):
            return operations
        sockets = isinstance(resource, (VrrpEndpoint, FrameEndpoint))
        if isinstance(op, Send):
            place = 2 if isinstance(op.endpoint, FrameEndpoint) else 0
        else:
            place = 0 if sockets else 1
        parts[place].append(op)
    return [*parts[0], *parts[1], *parts[2]]


def _mended(operations: list[Operation]) -> list[Operation]:
    """Spare what one owner lets go and another takes in the same step: it must not blink.

    What comes of all that a step does to such a resource stands where the last of it stood.
    """
    removed: dict[Key, Resource] = {}
    moved: dict[Key, int] = {}
    for place, op in enumerate(operations):
        if isinstance(op, Remove):
            removed.setdefault(op.resource.key, op.resource)
            if op.resource.key in moved:
                moved[op.resource.key] = place
        elif isinstance(op, Install) and op.resource.key in removed:
            moved[op.resource.key] = place
    if not moved:
        return operations
    kept: list[Operation] = []
    for place, op in enumerate(operations):
        key = op.resource.key if isinstance(op, (Install, Remove)) else None
        if key not in moved:
            kept.append(op)
        elif place == moved[key]:
            kept += _outcome(removed[key], op)
    return kept


def _outcome(before: Resource, last: Operation) -> list[Operation]:
    """Give what leads from what was there to what the last operation leaves there."""
    if isinstance(last, Remove):
        return [Remove(before)]
    assert isinstance(last, Install)
    return [] if last.resource == before else [Replace(before, last.resource)]
