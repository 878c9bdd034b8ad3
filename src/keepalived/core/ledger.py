"""Who holds what in the kernel; the difference to what should be there, as ordered changes.

Rule: nothing but this module turns wishes into changes. Becoming master, losing a server, reload,
shutdown and recovery after a crash all come through `hold`.
"""

from __future__ import annotations

from collections.abc import Collection

from keepalived.port.resources import Change, Install, Remove, Replace, Resource

Key = tuple[object, ...]


class Ledger:
    """What each owner wants held, and what is believed to be in the kernel."""

    def __init__(self) -> None:
        self._wanted: dict[str, dict[Key, Resource]] = {}
        self._holders: dict[Key, list[str]] = {}
        self._kernel: dict[Key, Resource] = {}

    def adopt(self, found: Collection[Resource]) -> None:
        """Take in what a previous life left; `settle` removes what nobody came to hold."""
        for resource in found:
            self._kernel[resource.key] = resource

    def settle(self) -> list[Change]:
        """Give the removals of everything that is there and that nobody holds."""
        strays = [r for key, r in self._kernel.items() if key not in self._holders]
        for stray in strays:
            del self._kernel[stray.key]
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
        gone = [key for key in before if key not in after]
        changes = [change for key in gone if (change := self._let_go(owner, key))]
        changes.sort(key=lambda change: -_rank(change))
        added = [change for r in after.values() if (change := self._take(owner, r))]
        added.sort(key=_rank)
        return changes + added

    def _let_go(self, owner: str, key: Key) -> Change | None:
        holders = self._holders[key]
        holders.remove(owner)
        held = self._kernel.get(key)
        if not holders:
            del self._holders[key]
            self._kernel.pop(key, None)
            return None if held is None else Remove(held)
        heir = self._wanted[holders[0]][key]
        return self._put(heir, held)

    def _take(self, owner: str, resource: Resource) -> Change | None:
        holders = self._holders.setdefault(resource.key, [])
        if owner not in holders:
            holders.append(owner)
        if holders[0] != owner:
            resource = self._wanted[holders[0]][resource.key]
        return self._put(resource, self._kernel.get(resource.key))

    def _put(self, resource: Resource, held: Resource | None) -> Change | None:
        if held == resource:
            return None
        self._kernel[resource.key] = resource
        return Install(resource) if held is None else Replace(held, resource)

    def is_held(self, resource: Resource) -> bool:
        """Say whether this very resource is held and believed to be in the kernel."""
        return resource.key in self._holders and self._kernel.get(resource.key) == resource

    def find(self, key: Key) -> Resource | None:
        """Give the held resource of a key; None where nobody holds it or it is not there."""
        return self._kernel.get(key) if key in self._holders else None

    def lost(self, resource: Resource) -> None:
        """Forget that something is in the kernel; holding it again installs it again."""
        self._kernel.pop(resource.key, None)

    def refused(self, change: Change) -> None:
        """Take back the belief that a change was carried out."""
        if isinstance(change, Install):
            self.lost(change.resource)
        elif isinstance(change, Replace) and self._kernel.get(change.new.key) == change.new:
            self._kernel[change.old.key] = change.old

    def owners(self, resource: Resource) -> tuple[str, ...]:
        """Name who holds it, the one whose attributes count first."""
        return tuple(self._holders.get(resource.key, ()))


def _rank(change: Change) -> int:
    return change.new.rank if isinstance(change, Replace) else change.resource.rank
