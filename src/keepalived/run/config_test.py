"""Reading the configuration file for the daemon and for `-t`, and saying what is wrong with it.

Rule: `-t` and a start come to the same verdict, by the same way.
"""

from __future__ import annotations

import os
from collections.abc import Collection

from keepalived.annotations import TYPE_CHECKING
from keepalived.config.host import Host
from keepalived.config.load import Loaded, Setting, load
from keepalived.config.root import Config
from keepalived.lang.fault import Fault, Severity
from keepalived.port.facts import Link
from keepalived.records import dataclass
from keepalived.run.keys import read_key
from keepalived.run.sources import fetch
from keepalived.run.sources import setting as here

if TYPE_CHECKING:
    from keepalived.config.memory import Memory


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
    path: str,
    *,
    plane: str = "",
    without_plane: bool = False,
    setting: Setting | None = None,
    release: str = "",
    memory: Memory | None = None,
) -> Verdict:
    """Read a file and hold it against this host; a plane that is given is not chosen anew.

    With a release of keepalived's it is read as that would, and no plane is asked. What is
    remembered of an earlier reading is not read again.
    """
    from keepalived.linux.facts import read_links

    loaded = load(path, fetch, release, setting or here(), host_of(read_links()), memory)
    if not loaded.config.services or without_plane or release:
        return Verdict(loaded, loaded.faults, plane)
    chosen, found = _plane_faults(loaded.config, plane)
    if found and memory is not None:
        # What is remembered may stand on other lines by now.
        return examine(path, plane=plane, setting=setting)
    return Verdict(loaded, (*loaded.faults, *found), chosen)


def read_only(path: str) -> Loaded:
    """Read a file without holding it against this host."""
    return load(path, fetch, setting=here())


def host_of(links: Collection[Link]) -> Host:
    """Give what a file is held against here, with these links."""
    from keepalived.linux.facts import read_names

    return Host(links, _found, _account, _resolves, _namespace, read_key, read_names)


def _resolves(name: str) -> bool:
    """Say whether a host's name has an address; a long name, or one never asked for, has none."""
    import socket

    try:
        return bool(socket.getaddrinfo(name, None))
    except (OSError, UnicodeError):
        return False


def _namespace(name: str) -> bool:
    return os.path.exists(f"/run/netns/{name}")


def _found(program: str) -> bool:
    """Say whether a program is there, by its path or in PATH."""
    if "/" in program:
        return os.path.isfile(program)
    folders = os.environ.get("PATH", os.defpath).split(":")
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in folders)


def _account(user: str) -> bool:
    """Say whether there is a user of that name or number."""
    import pwd

    try:
        pwd.getpwnam(user)
    except KeyError:
        return user.isdecimal()
    return True


def _plane_faults(config: Config, plane: str) -> tuple[str, tuple[Fault, ...]]:
    from keepalived.config.plane_rules import plane_faults
    from keepalived.lang.fault import unplaced
    from keepalived.linux.planes import choose
    from keepalived.run.loop import Loop

    if not plane:
        wish = config.globals.lvs_plane if config.globals is not None else "auto"
        loop = Loop()
        chosen = choose(wish, loop, config.net_namespace_ipvs)
        if isinstance(chosen, str):
            loop.close()
            return "", (unplaced(chosen),)
        plane = chosen.name
        chosen.close()
        loop.close()
    return plane, plane_faults(config, plane)
