"""The order in which things that are held are put into the kernel, and taken out of it.

Rule: lower ranks are built first and removed last.
"""

from __future__ import annotations

from enum import IntEnum


class Rank(IntEnum):
    """The storey of the tower a resource stands on."""

    DETOUR = 4
    """It stands before the link can say a word."""
    LINK = 5
    SETTING = 7
    WATCH = 8
    ENDPOINT = 10
    BARRIER = 25
    ADDRESS = 30
    ROUTE = 34
    RULE = 36
    MASQUERADE = 40
    SERVICE = 50
    SERVER = 60
    SYNC = 70
    CONFLICT = 80
