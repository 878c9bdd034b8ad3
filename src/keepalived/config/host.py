"""What a file is held against: the links, scripts and accounts of a host.

Rule: facts are handed in; one that is not known is not asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from keepalived.lang.source import Unreadable
from keepalived.port.facts import Link
from keepalived.port.names import Names
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Host:
    """What there is on a host, as far as a configuration may name it."""

    links: Collection[Link]
    found: Callable[[str], bool] | None = None
    """Whether a program is there, by its path or by its name."""
    account: Callable[[str], bool] | None = None
    """Whether there is a user of that name."""
    resolves: Callable[[str], bool] | None = None
    """Whether a host's name has an address."""
    namespace: Callable[[str], bool] | None = None
    """Whether there is a network namespace of that name."""
    secret: Callable[[str], str | Unreadable] | None = None
    """What the file of a key holds, or why it cannot be used."""
    names: Callable[[str, str], Names] | None = None
    """What iproute2's files call tables and the like, by the folders of its tables."""
