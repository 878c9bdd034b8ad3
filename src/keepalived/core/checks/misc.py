"""MISC_CHECK: a server is fit when a program of the site's says so by its exit status."""

from __future__ import annotations

from keepalived.core.checks.terms import DAY_US
from keepalived.core.notify.config import Script
from keepalived.lang.place import Place
from keepalived.lang.values import Command, Int, Seconds
from keepalived.lang.words import block, keyword, where


@block("MISC_CHECK", doc="The server is fit when this program exits with 0.")
class MiscCheck:
    """The words of MISC_CHECK."""

    misc_path: Command | None = keyword(
        "misc_path", Script(), default=None, doc="The program with its arguments."
    )
    misc_timeout_us: int | None = keyword(
        "misc_timeout",
        Seconds(0, DAY_US),
        default=None,
        doc="After this it is ended and has failed; by default the delay_loop.",
    )
    retry: int | None = keyword(
        "retry",
        Int(0, 2**31 - 1),
        default=None,
        doc="How many more tries there are before the server is down.",
    )
    delay_before_retry_us: int | None = keyword(
        "delay_before_retry", Seconds(1, DAY_US), default=None, doc="Time before such a try."
    )
    place: Place = where()
