"""Waits for something to become true, with a bound, and says how long it took.

Rule: nothing in the laboratory sleeps and hopes; it asks again and again until the bound is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class NotInTime(AssertionError):
    """What was waited for did not come; the message says what, how long, and what was seen last."""


def until(look: Callable[[], T], bound_s: float, what: str, pause_s: float = 0.05) -> T:
    """Call `look` until its answer is true and give that answer; NotInTime after `bound_s`.

    `look` may raise AssertionError to say in words what is still wrong.
    """
    begin = time.monotonic()
    while True:
        try:
            answer = look()
            seen = repr(answer)
            if answer:
                return answer
        except AssertionError as why:
            seen = str(why)
        if time.monotonic() - begin > bound_s:
            raise NotInTime(f"not within {bound_s:g} s: {what}; last seen: {seen}")
        time.sleep(pause_s)
