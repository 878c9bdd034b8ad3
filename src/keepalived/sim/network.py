"""The links between simulated hosts: who hears whom, how late, and how often not at all.

Rule: a segment is a wire that all its stations hear; every disturbance is one of its fields.
"""

from __future__ import annotations

from keepalived.port.brain import Dice
from keepalived.records import dataclass, field
from keepalived.wire.addresses import Address

PER_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Packet:
    """An advert or a datagram on its way, as a socket would get it."""

    protocol: int
    source: Address
    target: Address
    data: bytes
    hop_limit: int
    port: int = 0
    """Where it goes, if it is a UDP datagram: then `data` is what stands behind its header."""


@dataclass(slots=True)
class Segment:
    """An Ethernet: its stations, and what is wrong with it now."""

    name: str
    delay_us: tuple[int, int] = (50, 300)
    """Least and most time that a frame takes."""
    loss: int = 0
    """How many of a million frames are lost."""
    echo: int = 0
    """How many of a million frames arrive twice."""
    deaf: set[tuple[str, str]] = field(default_factory=set)
    """Pairs (speaker, listener) where the second does not hear the first."""
    disturbed_at: int = 0
    """When something last went wrong with it, or was put right."""

    @property
    def healthy(self) -> bool:
        """Say whether everybody hears everybody."""
        return self.loss == 0 and not self.deaf

    def carry(self, dice: Dice, speaker: str, listener: str) -> list[int]:
        """Give how long a frame takes from one station to another: twice where it is doubled."""
        least, most = self.delay_us
        lost = dice.below(PER_MILLION) < self.loss
        if lost or (speaker, listener) in self.deaf:
            return []
        times = 2 if self.echo and dice.below(PER_MILLION) < self.echo else 1
        return [least + dice.below(most - least + 1) for _ in range(times)]

    def part(self, ones: set[str], others: set[str], both_ways: bool = True) -> None:
        """Let the second set of hosts no longer hear the first one, nor the other way round."""
        self.deaf |= {(one, other) for one in ones for other in others}
        if both_ways:
            self.deaf |= {(other, one) for one in ones for other in others}

    def heal(self) -> None:
        """Put everything right."""
        self.deaf.clear()
        self.loss = self.echo = 0
