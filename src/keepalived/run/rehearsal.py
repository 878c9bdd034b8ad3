"""A takeover that is gone through for nobody, a moment before one may come: the way is warm then.

Rule: a router made for this, links made up, and a world that does nothing; nothing real is touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from keepalived.core.host import Host
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.core.vrrp.router import Router
from keepalived.lang.net_values import AddressLine
from keepalived.linux.port import LinuxWorld
from keepalived.port.effects import Send
from keepalived.port.events import AddressSeen, Event, LinkSeen, Started, Woken
from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import Change

_LINK = "rehearsal"
_OWN, _VIRTUAL = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
_FOUND: tuple[Event, ...] = (
    LinkSeen(Link(2, _LINK, bytes(6))),
    AddressSeen(LinkAddress(_LINK, _OWN, 24)),
    Started(),
)


class _Nowhere:
    """An adapter that takes everything and does nothing."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Carry nothing out."""

    def send(self, send: Send) -> str:
        """Send nothing."""
        return ""

    def keep(self, owner: str, life: bytes) -> None:
        """Keep nothing."""


class Rehearsal:
    """A backup that nobody knows, a step before it leads."""

    def __init__(self) -> None:
        """Make one that waits."""
        virtual = (AddressLine(_VIRTUAL, 24),)
        instance = VrrpInstance(
            name=_LINK,
            interface=_LINK,
            virtual_router_id=1,
            version=3,
            virtual_ipaddress=virtual,
            garp_master_repeat=1,
        )
        self._config = RouterConfig(_LINK, (instance,))
        nowhere = _Nowhere()
        self._world = LinuxWorld(
            log=lambda severity, text: None,
            tell=lambda word: None,
            addresses=nowhere,
            conflicts=nowhere,
            endpoints=nowhere,
            lives=nowhere,
        )
        self._host = self._backup()

    def run(self) -> None:
        """Let it lead; another one waits for the next time."""
        host, self._host = self._host, self._backup()
        due = host.deadline()
        assert due is not None
        self._world.apply(host.step(due, Woken()))

    def _backup(self) -> Host:
        host = Host(Router(self._config))
        for event in _FOUND:
            self._world.apply(host.step(0, event))
        return host
