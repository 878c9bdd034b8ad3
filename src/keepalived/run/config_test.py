"""Reading the configuration file for the daemon and for `-t`, and saying what is wrong with it.

Rule: `-t` and a start come to the same verdict, by the same way.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from keepalived.config.load import Loaded, Setting, exit_class, load
from keepalived.config.root import Config
from keepalived.lang.fault import Fault, Severity
from keepalived.records import dataclass
from keepalived.run.sources import fetch
from keepalived.run.sources import setting as here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from keepalived.config.verdict import Verdict as Judged


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a file came to on this host."""

    loaded: Loaded
    faults: tuple[Fault, ...]
    plane: str = ""
    """The plane that its services will run on; empty where it has none."""

    @property
    def config(self) -> Config:
        """Give the configuration."""
        return self.loaded.config

    @property
    def fatal(self) -> bool:
        """Say whether a process that it concerns cannot run."""
        fatal = any(fault.severity is Severity.FATAL for fault in self.faults)
        return fatal or not self.loaded.sources

    @property
    def mistakes(self) -> frozenset[str]:
        """Give what was wrong beyond remarks, in words without places."""
        return frozenset(f.what for f in self.faults if f.severity is not Severity.REMARK)


def examine(
    path: str, *, plane: str = "", without_plane: bool = False, setting: Setting | None = None
) -> Verdict:
    """Read a file and hold it against this host; a plane that is given is not chosen anew."""
    from keepalived.config.host_rules import host_faults
    from keepalived.linux.facts import read_links

    loaded = load(path, fetch, setting=setting or here())
    faults = list(loaded.faults)
    if loaded.sources:
        faults += host_faults(loaded.config, read_links(), runnable=_runnable)
    if loaded.config.services and not without_plane:
        plane, found = _plane_faults(loaded.config, plane)
        faults += found
    return Verdict(loaded, tuple(faults), plane)


def read_only(path: str) -> Loaded:
    """Read a file without holding it against this host."""
    return load(path, fetch)


def examine_as(path: str, release: str) -> Judged:
    """Read a file as a release of keepalived would on this host."""
    from keepalived.config.verdict import judge
    from keepalived.linux.facts import read_links

    links = read_links()
    return judge(path, fetch, links=links, runnable=_runnable, release=release)


def _runnable(path: str) -> bool:
    return os.access(path, os.X_OK)


def _plane_faults(config: Config, plane: str) -> tuple[str, tuple[Fault, ...]]:
    from keepalived.config.plane_rules import plane_faults
    from keepalived.lang.fault import unplaced
    from keepalived.linux.planes import choose
    from keepalived.run.loop import Loop

    if not plane:
        wish = config.globals.lvs_plane if config.globals is not None else "auto"
        loop = Loop()
        chosen = choose(wish, loop)
        if isinstance(chosen, str):
            loop.close()
            return "", (unplaced(chosen),)
        plane = chosen.name
        chosen.close()
        loop.close()
    return plane, plane_faults(config, plane)


def config_test(path: str, say: Callable[[str], None], setting: Setting | None = None) -> int:
    """Examine a file, show every fault, and give the exit status."""
    verdict = examine(path, setting=setting)
    for fault in verdict.faults:
        say(fault.shown())
    return exit_class(verdict.faults)
