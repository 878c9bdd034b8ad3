"""Two routers that both say they own the addresses: which of them gives in, and when.

Rule: the higher address bears with the other for two adverts and a little more; if that one is
still heard then, it goes on with 254, until the other one is gone or says something else.
"""

from __future__ import annotations

from keepalived.core.vrrp.dialect import OWNER_PRIORITY
from keepalived.wire.addresses import Address


class OwnerContest:
    """An owner's quarrel with another one, if there is one."""

    def __init__(self) -> None:
        self._rival: Address | None = None
        self._until = 0
        self._quiet_us = 0
        self._heard_at = 0
        self._lowered = False

    def priority(self, effective: int) -> int:
        """Give the priority that counts: one below an owner's for one that gave in."""
        lowered = self._lowered and effective == OWNER_PRIORITY
        return OWNER_PRIORITY - 1 if lowered else effective

    def contest(self, now: int, rival: Address, own_us: int, longer_us: int) -> bool:
        """Hear, as master of a higher address, another owner; say whether to give in now.

        `own_us` is our advert interval, `longer_us` the longer one of both.
        """
        if rival != self._rival or now - self._heard_at > self._quiet_us:
            self._rival = rival
            self._quiet_us = 2 * own_us + longer_us * 6 // 5
            self._until = now + self._quiet_us
        self._heard_at = now
        self._lowered = now >= self._until
        return self._lowered

    def heard(self, source: Address, priority: int) -> None:
        """Hear, as backup, a master: if the rival says something else now, the quarrel is over."""
        if source == self._rival and 0 < priority < OWNER_PRIORITY:
            self.forget()

    def forget(self) -> None:
        """The rival is gone, or we changed: an owner is an owner again."""
        self._rival, self._lowered = None, False
