"""A named pipe that operators' programs read what happens from.

Rule: a frozen value, held like an address: made where it lacks, taken away if we made it.
"""

from __future__ import annotations

from keepalived.annotations import ClassVar
from keepalived.port.rank import Rank
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe in the file system."""

    rank: ClassVar[Rank] = Rank.WATCH
    path: str
    user: str = ""
    """Whose it is to be; empty is ours."""
    group: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: the pipe of this path."""
        return (Pipe, self.path)
