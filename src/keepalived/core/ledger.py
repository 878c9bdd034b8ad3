"""Who holds what in the kernel; the difference to what should be there, as ordered changes.

Rule: nothing but this module turns wishes into changes. Becoming master, losing a server, reload,
shutdown and recovery after a crash all come through `hold`.
"""

from __future__ import annotations

from collections.abc import Collection

from keepalived.port.resources import Change, Install, Remove, Replace, Resource

Key = tuple[object, ...]


class _Cell:
    """What is known under one key: who holds it, the one whose attributes count first."""

    __slots__ = ("holders", "there")

    def __init__(self) -> None:
        self.holders: tuple[str, ...] = ()
        self.there: Resource | None = None
        """What is believed to be in the kernel."""


class Ledger:
    """What each owner wants held, and what is believed to be in the kernel."""

    def __init__(self) -> None:
        self._wanted: dict[str, dict[Key, Resource]] = {}
        self._cells: dict[Key, _Cell] = {}
        """One for each key that is held or there: hashing a key is most of the ledger's work."""

    def adopt(self, found: Collection[Resource]) -> None:
        """Take in what a previous life left; `settle` removes what nobody came to hold."""
        for resource in found:
            self._cells.setdefault(resource.key, _Cell()).there = resource

    def settle(self) -> list[Change]:
        """Give the removals of everything that is there and that nobody holds."""
        strays = [r for cell in self._cells.values() if (r := cell.there) and not cell.holders]
        for stray in strays:
            del self._cells[stray.key]
        strays.sort(key=lambda r: -r.rank)
        return [Remove(stray) for stray in strays]

    def hold(self, owner: str, resources: Collection[Resource]) -> list[Change]:
        """Set what an owner holds. Of two owners of one key the first one's attributes count."""
        before = self._wanted.get(owner, {})
        after = {resource.key: resource for resource in resources}
        if after:
            self._wanted[owner] = after
        else:
            self._wanted.pop(owner, None)
        gone = [key for key in before if key not in after] if after else before
        changes = [change for key in gone if (change := self._let_go(owner, key))]
        changes.sort(key=lambda change: -_rank(change))
        alone = (owner,)
        added = [change for key, r in after.items() if (change := self._take(alone, key, r))]
        added.sort(key=_rank)
        return changes + added

    def _let_go(self, owner: str, key: Key) -> Change | None:
        cell = self._cells[key]
        cell.holders = tuple(each for each in cell.holders if each != owner)
        if not cell.holders:
            del self._cells[key]
            return None if cell.there is None else Remove(cell.there)
        return _put(cell, self._wanted[cell.holders[0]][key])

    def _take(self, alone: tuple[str], key: Key, resource: Resource) -> Change | None:
        """Let an owner hold a key; it comes as the tuple that a thousand cells can share."""
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = _Cell()
        if not cell.holders:
            cell.holders = alone
        elif alone[0] not in cell.holders:
            cell.holders += alone
        if cell.holders[0] != alone[0]:
            resource = self._wanted[cell.holders[0]][key]
        return _put(cell, resource)

    def is_held(self, resource: Resource) -> bool:
        """Say whether this very resource is held and believed to be in the kernel."""
        return self.find(resource.key) == resource

    def find(self, key: Key) -> Resource | None:
        """Give the held resource of a key; None where nobody holds it or it is not there."""
        cell = self._cells.get(key)
        return cell.there if cell is not None and cell.holders else None

    def held(self) -> tuple[Resource, ...]:
        """Give everything that somebody holds and that is believed to be in the kernel."""
        return tuple(r for cell in self._cells.values() if (r := cell.there) and cell.holders)

    def lost(self, resource: Resource) -> None:
        """Forget that something is in the kernel; holding it again installs it again."""
        cell = self._cells.get(resource.key)
        if cell is None:
            return
        cell.there = None
        if not cell.holders:
            del self._cells[resource.key]

    def refused(self, change: Change) -> None:
        """Take back the belief that a change was carried out."""
        if isinstance(change, Install):
            self.lost(change.resource)
        elif isinstance(change, Replace):
            cell = self._cells.get(change.new.key)
            if cell is not None and cell.there == change.new:
                cell.there = change.old

    def owners(self, resource: Resource) -> tuple[str, ...]:
        """Name who holds it, the one whose attributes count first."""
        cell = self._cells.get(resource.key)
        return () if cell is None else cell.holders


def _put(cell: _Cell, resource: Resource) -> Change | None:
    held, cell.there = cell.there, resource
    if held == resource:
        return None
    return Install(resource) if held is None else Replace(held, resource)


def _rank(change: Change) -> int:
    return change.new.rank if isinstance(change, Replace) else change.resource.rank
