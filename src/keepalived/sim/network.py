"""The links between simulated hosts: who hears whom, how late, and how often not at all.

Rule: a segment is a wire that all its stations hear; every disturbance is one of its fields.
"""

from __future__ import annotations

from keepalived.port.brain import Dice
from keepalived.records import dataclass, field

PER_MILLION = 1_000_000


@dataclass(slots=True)
class Segment:
    """An Ethernet: its stations, and what is wrong with it now."""

    name: str
    delay_us: tuple[int, int] = (50, 300)
    """Least and most time that a frame takes."""
    loss: int = 0
    """How many of a million frames are lost."""
    deaf: set[tuple[str, str]] = field(default_factory=set)
    """Pairs (speaker, listener) where the second does not hear the first."""
    disturbed_at: int = 0
    """When something last went wrong with it, or was put right."""

    @property
    def healthy(self) -> bool:
        """Say whether everybody hears everybody."""
        return self.loss == 0 and not self.deaf

    def carry(self, dice: Dice, speaker: str, listener: str) -> int | None:
        """Give how long a frame takes from one station to another; None where it is lost."""
        least, most = self.delay_us
        delay = least + dice.below(most - least + 1)
        lost = dice.below(PER_MILLION) < self.loss
        return None if lost or (speaker, listener) in self.deaf else delay

    def part(self, ones: set[str], others: set[str], both_ways: bool = True) -> None:
        """Let the second set of hosts no longer hear the first one, nor the other way round."""
        self.deaf |= {(one, other) for one in ones for other in others}
        if both_ways:
            self.deaf |= {(other, one) for one in ones for other in others}

    def heal(self) -> None:
        """Put everything right."""
        self.deaf.clear()
        self.loss = 0
