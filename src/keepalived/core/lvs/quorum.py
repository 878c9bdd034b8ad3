"""Whether a service has enough live weight to serve.

Rule: pure arithmetic over weights; what follows from it is the table's business.
"""

from __future__ import annotations

from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Quorum:
    """The weight that must be alive, and the play around it that stops flapping."""

    needed: int = 1
    hysteresis: int = 0

    def holds(self, weight: int, held: bool) -> bool:
        """Say whether the quorum holds now, given whether it held."""
        if held:
            return weight > 0 and weight >= self.needed - self.hysteresis
        return weight >= self.needed + self.hysteresis
