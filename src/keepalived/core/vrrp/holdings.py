"""What an instance's words come to on this host: its own links, the routes and rules it holds.

Rule: settled once, when the configuration meets the host's names and links; values from then on.
"""

from __future__ import annotations

from keepalived.port.resources import HeldLink
from keepalived.port.routing import HeldRoute, HeldRule
from keepalived.port.sync import SyncDaemon
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything about an instance that depends on the host it runs on."""

    own: HeldLink | None = None
    """The link of its own that adverts use; on a virtual MAC its addresses go, too."""
    links: tuple[HeldLink, ...] = ()
    """All links of its own; those for single addresses among them."""
    routes: tuple[HeldRoute, ...] = ()
    rules: tuple[HeldRule, ...] = ()
    sync: SyncDaemon | None = None
    """The connection synchronisation that follows its state."""
    unknown: tuple[str, ...] = ()
    """What the host does not know: routes and rules that cannot be held."""


NOTHING = Holdings()
