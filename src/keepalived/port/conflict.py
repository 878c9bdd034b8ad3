"""Attention for other hosts that say they have an address which we hold.

Rule: a resource like any other; what is seen comes back as ConflictSeen.
"""

from __future__ import annotations

from keepalived.annotations import ClassVar
from keepalived.port.rank import Rank
from keepalived.records import dataclass
from keepalived.wire.addresses import Address


@dataclass(frozen=True, slots=True)
class ConflictWatch:
    """What one instance has on a link, as long as it leads."""

    rank: ClassVar[Rank] = Rank.CONFLICT
    link: str
    owner: str
    """The instance's name: each watches for its own addresses."""
    addresses: tuple[Address, ...]
    mac: bytes
    """The link's own: what comes from it is no news."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the watch of this instance on this link."""
        return (ConflictWatch, self.link, self.owner)
