"""The kernel's threads that tell another director of connections, or hear of them.

Rule: a frozen value; which of the two runs follows the instance that it belongs to.
"""

from __future__ import annotations

from keepalived.annotations import ClassVar
from keepalived.port.rank import Rank
from keepalived.records import dataclass
from keepalived.wire.addresses import Address


@dataclass(frozen=True, slots=True)
class SyncDaemon:
    """One of the two threads of the load balancer's connection synchronisation."""

    rank: ClassVar[Rank] = Rank.SYNC
    leads: bool
    """True for the one that tells, false for the one that hears."""
    link: str
    number: int
    """The syncid; a hearing thread takes what carries the same one."""
    packet_bytes: int | None = None
    """The longest packet (sync_maxlen); None is the kernel's default."""
    port: int = 0
    ttl: int = 0
    group: Address | None = None
    """None is the kernel's own, 224.0.0.81."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the one that tells, or the one that hears."""
        return (SyncDaemon, self.leads)
