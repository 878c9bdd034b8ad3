"""The priority that counts: the configured one, and what trackers add to it or take from it.

Rule: a sum with named terms, worked out anew each time, never a running total.
"""

from __future__ import annotations

from keepalived.core.vrrp.dialect import OWNER_PRIORITY
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """What one tracker adds (or, below zero, takes)."""

    name: str
    weight: int


@dataclass(frozen=True, slots=True)
class Burden:
    """What trackers make of an instance at a moment."""

    terms: tuple[Term, ...] = ()
    faults: tuple[str, ...] = ()
    """The trackers that bar it, each with how it stands."""
    pending: tuple[str, ...] = ()
    """Unweighted trackers that have no result yet: the instance is held out without a word."""
    open: bool = False
    """Whether a tracker with a weight has no result yet, so that the sum is not whole."""


FREE = Burden()


def effective(base: int, burden: Burden) -> int:
    """Give the priority that counts; an owner's never changes, others stay within 1 and 254."""
    if base == OWNER_PRIORITY or not burden.terms:
        return base
    return min(max(base + sum(term.weight for term in burden.terms), 1), OWNER_PRIORITY - 1)


def sum_text(base: int, burden: Burden) -> str:
    """Write how the priority came about: `100 = 110 base - 10 script chk`."""
    terms = [f" {'+' if t.weight >= 0 else '-'} {abs(t.weight)} {t.name}" for t in burden.terms]
    return f"{effective(base, burden)} = {base} base{''.join(terms)}"
