"""PING_CHECK: a server is fit when it answers an echo request. Its words alone, so far.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.core.checks.terms import CheckWords
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.words import block, where


@block("PING_CHECK", doc="The server is fit when it answers an echo request.")
class PingCheck(CheckWords):
    """The words of PING_CHECK: the shared ones."""

    place: Place = where(default=NOWHERE)
