"""What a file comes to on a host, for our own language or for that of an older release.

Rule: pure; files and facts are handed in, so that a verdict is a function of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from keepalived.config.host_rules import host_faults
from keepalived.config.load import Fetch, Loaded, exit_class, load
from keepalived.lang.fault import Fault
from keepalived.port.facts import Link
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """A file's faults, its own and those it has on this host."""

    loaded: Loaded
    faults: tuple[Fault, ...]

    @property
    def status(self) -> int:
        """Give what a configuration test exits with: 0, 4, 5 or 6."""
        return exit_class(self.faults)


def judge(
    path: str,
    fetch: Fetch,
    *,
    links: Collection[Link],
    runnable: Callable[[str], bool] | None = None,
    release: str = "",
) -> Verdict:
    """Read a file and hold it against a host; with a release, as that release would."""
    loaded = load(path, fetch, release)
    faults = list(loaded.faults)
    if loaded.sources:
        faults += host_faults(loaded.config, links, runnable)
    return Verdict(loaded, tuple(faults))
