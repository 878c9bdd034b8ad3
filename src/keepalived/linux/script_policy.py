"""Whom the site's programs run as, and which of them are too weak to be given root's rights.

Rule: looked up once; what a path is like is looked at each time, for it may have been changed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from keepalived.records import dataclass

OTHERS = stat.S_IWGRP | stat.S_IWOTH


def _unheard(text: str) -> None:
    """Take what nobody asked for."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for every script that does not say better itself."""

    user: str = ""
    group: str = ""
    secure: bool = False
    """What others than root can change is not run as root, and nothing runs as root unasked."""
    further_groups: bool = False
    """Scripts get the further groups of their user, even where nobody asked for them."""
    complain: Callable[[str], None] = _unheard
    """Takes a line about a script that is not run."""

    def owner(self, user: str, group: str) -> tuple[str, str]:
        """Give the user and the group of a script that asks for these."""
        if not user:
            user, group = self.user, self.group
        if self.further_groups and not group.startswith(":"):
            group = f":{group}"
        return user, group


def weakness(path: str) -> str:
    """Give the file or folder on a program's path that others than root can change; else nothing.

    Links are followed first: the folders of both ways count.
    """
    ways = {os.path.abspath(path), os.path.realpath(path)}
    for way in sorted(ways):
        while True:
            found = os.lstat(way)
            sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
            open_to_all = found.st_mode & OTHERS and not stat.S_ISLNK(found.st_mode)
            if found.st_uid != 0 or (open_to_all and not sticky):
                return way
            if way == "/":
                break
            way = os.path.dirname(way)
    return ""
