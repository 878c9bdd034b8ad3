"""What an instance counts: adverts, transitions, refusals by their kind.

Rule: numbers that only grow; nobody decides by them.
"""

from __future__ import annotations

from keepalived.core.vrrp.refusal import Refusal


class Counters:
    """The counters of one instance, since the daemon started."""

    def __init__(self) -> None:
        self.adverts_heard = 0
        self.adverts_sent = 0
        self.zero_heard = 0
        self.zero_sent = 0
        self.became_master = 0
        self.released_master = 0
        self.addresses_differed = 0
        self.intervals_differed = 0
        self.addresses_duplicated = 0
        self.refused: dict[Refusal, int] = {}

    def refuse(self, refusal: Refusal) -> None:
        """Count a packet that was not taken."""
        self.refused[refusal] = self.refused.get(refusal, 0) + 1

    def plain(self) -> dict[str, object]:
        """Show all counters, as plain data."""
        return {
            "adverts_heard": self.adverts_heard,
            "adverts_sent": self.adverts_sent,
            "zero_heard": self.zero_heard,
            "zero_sent": self.zero_sent,
            "became_master": self.became_master,
            "released_master": self.released_master,
            "addresses_differed": self.addresses_differed,
            "intervals_differed": self.intervals_differed,
            "addresses_duplicated": self.addresses_duplicated,
            "refused": {each.counter: count for each, count in self.refused.items()},
        }
