"""Switches of the kernel's network under /proc/sys: set while they are held, then as they were.

Rule: what was there before is remembered and comes back, unless somebody else changed it meanwhile.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

from keepalived.port.events import Refused
from keepalived.port.reactor import Reactor
from keepalived.port.resources import Change, Install, Remove, Replace, Setting
from keepalived.wire.addresses import Family

Found = list[tuple[str, int, int]]
"""Files that were written: path, value before, value since."""


class Settings:
    """The switches that are held."""

    def __init__(self, reactor: Reactor, root: str = "/proc/sys/net") -> None:
        self._reactor = reactor
        self._root = root
        self._written: dict[tuple[object, ...], Found] = {}

    def apply(self, changes: Sequence[Change]) -> None:
        """Set and restore, in order; what cannot be set is refused."""
        for change in changes:
            match change:
                case Install(Setting() as setting):
                    self._set(change, setting)
                case Remove(Setting() as setting):
                    self._restore(setting)
                case Replace(Setting() as old, Setting() as new):
                    self._restore(old)
                    self._set(change, new)
                case _:
                    raise AssertionError(f"not a setting: {change}")

    def _set(self, change: Change, setting: Setting) -> None:
        written: Found = []
        try:
            if setting.link == "all" and setting.name == "rp_filter":
                self._pass_down(setting, written)
            _write(self._path(setting, setting.link), setting.value, written)
        except OSError as problem:
            number = problem.errno or errno.EIO
            if number == errno.ENOENT and setting.link:
                # It went with its link, or this kernel has no such family: nothing to switch.
                number = 0
            if number:
                why = f"{setting.name} of {setting.link or 'the host'}: {os.strerror(number)}"
                self._reactor.post(Refused(change, number, why))
        self._written[setting.key] = written

    def _pass_down(self, setting: Setting, written: Found) -> None:
        """Give every link what counts for all of them: it is about to count no more.

        The kernel takes the greater of a link's own value and that of all.
        """
        for_all = _read(self._path(setting, "all"))
        if for_all <= setting.value:
            return
        for name in sorted(os.listdir(f"{self._root}/ipv4/conf")):
            path = self._path(setting, name)
            if name != "all" and _read(path) < for_all:
                _write(path, for_all, written)

    def _restore(self, setting: Setting) -> None:
        for path, before, since in reversed(self._written.pop(setting.key, [])):
            try:
                if _read(path) == since:
                    _write(path, before, [])
            except OSError:
                continue  # it went with its link

    def _path(self, setting: Setting, link: str) -> str:
        family = "ipv4" if setting.family is Family.INET else "ipv6"
        where = f"conf/{link}/" if link else ""
        return f"{self._root}/{family}/{where}{setting.name}"


def _read(path: str) -> int:
    with open(path) as file:
        return int(file.read())


def _write(path: str, value: int, written: Found) -> None:
    before = _read(path)
    if before == value:
        return
    with open(path, "w") as file:
        file.write(f"{value}\n")
    written.append((path, before, value))
