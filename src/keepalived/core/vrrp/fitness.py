"""Whether an instance may take part, and with which priority: its ground, trackers, and rivals.

Rule: worked out anew from what is known whenever somebody asks.
"""

from __future__ import annotations

from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.happenings import Footing
from keepalived.core.vrrp.hearing import AsMaster, as_master
from keepalived.core.vrrp.owners import OwnerContest
from keepalived.core.vrrp.priority import FREE, Burden, effective
from keepalived.core.vrrp.state import Why
from keepalived.wire.addresses import Address
from keepalived.wire.vrrp import Advert


class Fitness:
    """What bars or burdens one instance."""

    def __init__(self, config: VrrpInstance) -> None:
        self.config = config
        self.footing = Footing({})
        self.burden: Burden = FREE
        self.owners = OwnerContest()
        self.inherited: int | None = None
        """What a former life's priority was; it counts until all trackers have a result."""
        self.let_in = False
        """Whether it takes part: then it does not stop for a tracker that a reload brought."""

    @property
    def priority(self) -> int:
        """Give the priority that counts now."""
        if self.inherited is not None and self.burden.open:
            return self.inherited
        return self.owners.priority(effective(self.config.priority, self.burden))

    @property
    def fault(self) -> Why | None:
        """Say what bars it from taking part; None where nothing does."""
        if self.footing.fault is not None:
            return self.footing.fault
        if self.burden.faults:
            return Why.TRACKED
        return Why.UNTESTED if self.burden.pending and not self.let_in else None

    @property
    def detail(self) -> str:
        """Name the trackers that bar it."""
        if self.footing.fault is not None:
            return ""
        return ", ".join(self.burden.faults or self.burden.pending)

    def judge(self, now: int, interval_us: int, advert: Advert, source: Address) -> AsMaster:
        """Judge an advert as master; `interval_us` is our own interval."""
        own = self.footing.source
        assert own is not None, "a master has a source address"
        verdict = as_master((advert.priority, source), (self.priority, own))
        if verdict is not AsMaster.OWNER_BELOW:
            return verdict
        longer_us = max(interval_us, advert.interval_us)
        gives_in = self.owners.contest(now, source, interval_us, longer_us)
        return AsMaster.YIELD if gives_in else verdict
