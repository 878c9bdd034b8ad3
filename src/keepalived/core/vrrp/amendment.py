"""A reload that gives few instances another configuration: which, and that nothing else follows.

Rule: when in doubt everything is adopted anew; that comes to the same, and takes longer.
"""

from __future__ import annotations

from keepalived.core.vrrp.claims import lines_of, places_of
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.core.vrrp.entries import entries_of
from keepalived.core.vrrp.ground import key_of
from keepalived.records import replace
from keepalived.wire.addresses import family_of


def amended(before: RouterConfig, after: RouterConfig) -> tuple[int, ...] | None:
    """Give the places of the instances that changed; None where more than they changed.

    Each is still what it was, where it was: only it has to hear of its configuration.
    """
    if len(before.instances) != len(after.instances):
        return None
    pairs = zip(before.instances, after.instances, strict=True)
    places = [place for place, (old, new) in enumerate(pairs) if old is not new and old != new]
    if any(not _alike(before.instances[at], after.instances[at], after) for at in places):
        return None
    same = replace(before, instances=()) == replace(after, instances=())
    return tuple(places) if same else None


def _alike(old: VrrpInstance, new: VrrpInstance, whole: RouterConfig) -> bool:
    """Say whether an instance stands on the same links, and watches and shows the same."""
    return (
        old.holdings == new.holdings
        and new.holdings.own is None
        and (old.name, key_of(old), places_of(old)) == (new.name, key_of(new), places_of(new))
        and old.promote_secondaries == new.promote_secondaries
        and old.track_src_ip == new.track_src_ip
        and _families(old) == _families(new)
        and entries_of(old, whole.needed) == entries_of(new, whole.needed)
    )


def _families(config: VrrpInstance) -> set[object]:
    return {family_of(line.address) for line in lines_of(config)}
