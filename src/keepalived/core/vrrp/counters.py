"""What an instance counts: adverts, transitions, refusals by their kind.

Rule: numbers that only grow; nobody decides by them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from keepalived.core.vrrp.admit import Refusal


@dataclass(slots=True)
class Counters:
    """The counters of one instance, since the daemon started."""

    adverts_heard: int = 0
    adverts_sent: int = 0
    zero_heard: int = 0
    zero_sent: int = 0
    became_master: int = 0
    released_master: int = 0
    addresses_differed: int = 0
    refused: dict[Refusal, int] = field(default_factory=dict)

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
            "refused": {each.counter: count for each, count in self.refused.items()},
        }
