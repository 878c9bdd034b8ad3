"""The kernel of one simulated host: its links, addresses and sockets, and what it refuses.

Rule: it answers changes as Linux would; a refusal is an errno, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from errno import EADDRNOTAVAIL, EEXIST, ENODEV, EPERM
from os import strerror

from keepalived.port.events import Refused
from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import (
    Change,
    Detour,
    FileWatch,
    HeldAddress,
    HeldLink,
    Install,
    ProcessWatch,
    Remove,
    Replace,
    Resource,
    Setting,
    VrrpEndpoint,
)
from keepalived.port.routing import HeldRoute, HeldRule
from keepalived.records import replace
from keepalived.wire.addresses import Address


class Kernel:
    """What one host holds."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self.addresses: dict[tuple[str, object, int], LinkAddress] = {}
        self.held: dict[tuple[object, ...], Resource] = {}
        self._changes = 0
        self._ears: dict[tuple[Address, int], list[VrrpEndpoint]] = {}
        self._ears_of = (0, 0)
        """What `held` was when the ears were sorted."""
        self.refuses: Callable[[Resource], bool] = lambda resource: False
        """What it refuses out of spite (EPERM), for as long as the fault lasts."""

    def ears(self, target: Address, protocol: int) -> list[VrrpEndpoint]:
        """Give the sockets that hear what is sent there."""
        mark = (id(self.held), self._changes)
        if mark != self._ears_of:
            self._ears, self._ears_of = {}, mark
            for each in self.held.values():
                if isinstance(each, VrrpEndpoint):
                    self._ears.setdefault((each.group, each.protocol), []).append(each)
        return self._ears.get((target, protocol), [])

    def change(self, change: Change) -> Refused | None:
        """Carry out one change, or say why not."""
        self._changes += 1
        match change:
            case Install():
                errno = self._install(change.resource)
            case Remove():
                errno = self._remove(change.resource)
            case Replace():
                errno = self._remove(change.old) or self._install(change.new)
        return Refused(change, errno, strerror(errno)) if errno else None

    def _install(self, resource: Resource) -> int:
        if self.refuses(resource):
            return EPERM
        if isinstance(resource, FileWatch | ProcessWatch):
            self.held[resource.key] = resource
            return 0
        if isinstance(resource, HeldLink):
            return self._make_link(resource)
        if isinstance(resource, Detour | Setting):
            self.held[resource.key] = resource
            return 0
        link = getattr(resource, "link", "")
        if link and link not in self.links:
            return ENODEV
        if isinstance(resource, HeldAddress):
            spot = (resource.link, resource.address, resource.prefix)
            if spot in self.addresses:
                return EEXIST
            self.addresses[spot] = LinkAddress(*spot, ours=True)
        assert resource.key not in self.held, "the ledger never installs twice"
        self.held[resource.key] = resource
        return 0

    def _make_link(self, resource: HeldLink) -> int:
        parent = self.links.get(resource.parent)
        if parent is None:
            return ENODEV
        there = self.links.get(resource.link)
        if there is not None:
            # What a crash left is taken as it is.
            alike = (there.parent, there.mac) == (parent.index, resource.mac or parent.mac)
            if alike:
                self.held[resource.key] = resource
            return 0 if alike else EEXIST
        number = max(link.index for link in self.links.values()) + 1
        self.links[resource.link] = replace(
            parent,
            index=number,
            name=resource.link,
            mac=resource.mac or parent.mac,
            kind=resource.kind.value,
            parent=parent.index,
        )
        self.held[resource.key] = resource
        return 0

    def base(self, name: str) -> str:
        """Name the link below one; its own name where there is none."""
        link = self.links[name]
        below = (each.name for each in self.links.values() if each.index == link.parent)
        return next(below, name)

    def upon(self, name: str) -> list[str]:
        """Name the links upon one."""
        index = self.links[name].index if name in self.links else 0
        return [each.name for each in self.links.values() if index and each.parent == index]

    def _remove(self, resource: Resource) -> int:
        if isinstance(resource, HeldLink):
            self.links.pop(resource.link, None)
        if isinstance(resource, HeldAddress):
            spot = (resource.link, resource.address, resource.prefix)
            if self.addresses.pop(spot, None) is None:
                return EADDRNOTAVAIL
        gone = self.held.pop(resource.key, None) is not None
        goes_unseen = isinstance(resource, Detour | Setting | HeldRoute | HeldRule | HeldLink)
        return 0 if gone or goes_unseen else ENODEV

    def take_away(self, resource: HeldAddress) -> LinkAddress | None:
        """Let somebody delete an address of ours by hand."""
        gone = self.addresses.pop((resource.link, resource.address, resource.prefix), None)
        self.held.pop(resource.key, None)
        return gone

    def forget_link(self, name: str) -> list[LinkAddress]:
        """Let a link vanish with all that sits on it; give the addresses that went."""
        self.links.pop(name, None)
        gone = [each for each in self.addresses.values() if each.link == name]
        self.addresses = {k: each for k, each in self.addresses.items() if each.link != name}
        self.held = {k: r for k, r in self.held.items() if getattr(r, "link", "") != name}
        return gone

    def virtual_addresses(self) -> set[tuple[str, object, int]]:
        """Give the addresses that a daemon put here."""
        return {spot for spot, each in self.addresses.items() if each.ours}
