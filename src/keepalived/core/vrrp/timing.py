"""The times of VRRP version 2, in whole microseconds (RFC 3768 section 6.1).

Rule: numbers from numbers; who waits for them is the machine's business.
"""

from __future__ import annotations

SECOND_US = 1_000_000
ADVERTS_MISSED = 3
"""How many intervals of silence a backup bears."""


def interval_s(advert_int_us: int) -> int:
    """Give the whole seconds that version 2 can say: rounded to nearest, 1 to 255."""
    return min(max((advert_int_us + SECOND_US // 2) // SECOND_US, 1), 255)


def skew_us(priority: int) -> int:
    """Give the skew of a priority; it does not depend on the interval."""
    return (256 - priority) * SECOND_US // 256


def master_down_us(interval_us: int, priority: int) -> int:
    """Give how long a backup of this priority waits for an advert."""
    return ADVERTS_MISSED * interval_us + skew_us(priority)


def next_beat(due: int, now: int, interval_us: int) -> int:
    """Give the beat after one that was due: without drift, and without catching up a stall."""
    following = due + interval_us
    return following if following > now else now + interval_us
