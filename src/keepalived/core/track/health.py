"""What is known of a thing that is watched, and what follows from that for a priority.

Rule: pure functions of a weight and a state; whoever watches adds them up.
"""

from __future__ import annotations

from enum import Enum

from keepalived.lang.option_values import Weight

LEAST, MOST = -254, 253
"""What one file may add to a priority."""


class Health(Enum):
    """How a thing stands that is either well or not."""

    UNKNOWN = "unknown"
    """It has not been seen yet."""
    UP = "up"
    DOWN = "down"
    UNUSABLE = "unusable"
    """It cannot be found out: it counts for nothing."""


def weighed(weight: Weight, up: bool) -> int:
    """Give what a thing adds to a priority: a weight above 0 while well, one below 0 while not."""
    counts = weight.number if (weight.number > 0) is up else 0
    return -counts if weight.reverse else counts


def bars(weight: Weight, up: bool) -> bool:
    """Say whether a thing without a weight is a fault now."""
    return weight.number == 0 and up is weight.reverse


def file_weighed(weight: Weight, number: int) -> int:
    """Give what a file's number adds to a priority; -254 is a fault as well."""
    product = number * weight.number
    return min(max(-product if weight.reverse else product, LEAST), MOST)


def file_bars(weight: Weight, number: int) -> bool:
    """Say whether a file's number is a fault: with weight 0, any but 0 (reverse: 0)."""
    if weight.number == 0:
        return (number == 0) is weight.reverse
    return file_weighed(weight, number) == LEAST
