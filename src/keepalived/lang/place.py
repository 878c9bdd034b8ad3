"""Where something stands in a configuration: file, line and column.

Rule: lines and columns count from 1; 0 means that there is none to name.
"""

from __future__ import annotations

from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A point in a file."""

    file: str = ""
    line: int = 0
    column: int = 0


NOWHERE = Place()
