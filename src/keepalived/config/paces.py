"""How fast announcements may follow each other on each link, from the globals and garp_groups.

Rule: a link of a garp_group goes by it; every other link by the globals, each for itself.
"""

from __future__ import annotations

from keepalived.config.globals import Globals
from keepalived.core.vrrp.config import GarpGroup
from keepalived.core.vrrp.pacing import Pace


def paces(groups: tuple[GarpGroup, ...], settings: Globals | None) -> tuple[Pace, ...]:
    """Give the paces; nothing where no gap is asked for."""
    found = []
    for group in groups:
        links = (*((group.interface,) if group.interface else ()), *group.interfaces)
        if links:
            found.append(Pace(links, group.garp_interval_us, group.gna_interval_us))
    if settings is not None:
        others = Pace((), settings.vrrp_garp_interval_us, settings.vrrp_gna_interval_us)
        if others.arp_us or others.advert_us or found:
            found.append(others)
    return tuple(found)
