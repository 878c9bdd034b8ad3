"""The times of BFD, in whole microseconds (RFC 5880 section 6.8).

Rule: numbers from numbers; who waits for them is the session's business.
"""

from __future__ import annotations

from keepalived.port.brain import Dice

SECOND_US = 1_000_000
LEAST_CUT, MOST_CUT = 10, 25
"""An interval is cut by so many hundredths at least, and so many at most (section 6.8.7): never
less than 10, which a multiplier of 1 asks for."""
_FINENESS = 1_000


def interval_us(desired_us: int, peer_accepts_us: int) -> int:
    """Give the time between packets to a peer; 0 where the peer wants none (section 6.8.7)."""
    return max(desired_us, peer_accepts_us) if peer_accepts_us else 0


def jittered_us(full_us: int, dice: Dice) -> int:
    """Cut an interval by chance, so that ends and sessions do not fall into step."""
    span = (MOST_CUT - LEAST_CUT) * _FINENESS
    cut = LEAST_CUT * _FINENESS + dice.below(span + 1)
    return full_us - full_us * cut // (100 * _FINENESS)


def detection_us(multiplier: int, accepts_us: int, peer_desires_us: int) -> int:
    """Give how long a silence of the peer is borne: its own count of its own interval (6.8.4)."""
    return multiplier * max(accepts_us, peer_desires_us)
