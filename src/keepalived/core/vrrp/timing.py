"""The times of VRRP, in whole microseconds (RFC 3768 section 6.1, RFC 9568 section 6.1).

Rule: numbers from numbers; who waits for them is the machine's business.
"""

from __future__ import annotations

SECOND_US = 1_000_000
ADVERTS_MISSED = 3
"""How many intervals of silence a backup bears, unless it is told otherwise."""


def skew_us(version: int, priority: int, interval_us: int) -> int:
    """Give the skew of a priority. In version 2 it does not depend on the master's interval."""
    if version == 2:
        return (256 - priority) * SECOND_US // 256
    return (256 - priority) * (interval_us // 10_000) * 625 // 16


def master_down_us(
    version: int, priority: int, interval_us: int, adverts: int = ADVERTS_MISSED
) -> int:
    """Give how long a backup of this priority waits for an advert of a master's interval."""
    return adverts * interval_us + skew_us(version, priority, interval_us)


MOST_ROUNDS = 1000
"""Of an announcement; whoever asks for more means for ever, and would keep the process busy."""


def next_beat(due: int, now: int, interval_us: int) -> int:
    """Give the beat after one that was due: without drift, and without catching up a stall."""
    following = due + interval_us
    return following if following > now else now + interval_us
