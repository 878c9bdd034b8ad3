"""What an instance watches, entry by entry: a kind, a name, and the weight that counts.

Rule: lists made one; what they name is looked after elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.vrrp.config import Needed, VrrpInstance
from keepalived.lang.option_values import Weight
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that an instance watches."""

    kind: str
    """interface, script, file, process, bfd or static."""
    name: str
    weight: Weight

    @property
    def spot(self) -> tuple[str, str]:
        """Give what it is, whatever its weight."""
        return (self.kind, self.name)

    @property
    def text(self) -> str:
        """Name it as the status does."""
        return f"{self.kind} {self.name}"


def entries_of(instance: VrrpInstance, needed: Sequence[Needed] = ()) -> tuple[Entry, ...]:
    """Give everything that an instance watches; what a static thing needs is a link, too."""
    lists = (
        ("interface", instance.track_interface),
        ("script", instance.track_script),
        ("file", instance.track_file),
        ("process", instance.track_process),
        ("bfd", instance.track_bfd),
    )
    found = [
        Entry(kind, each.name, each.weight or Weight(0)) for kind, named in lists for each in named
    ]
    for thing in needed:
        if instance.name in thing.instances:
            link = [Entry("interface", thing.link, Weight(0))] if thing.link else []
            found += [*link, Entry("static", thing.text, Weight(0))]
    return tuple(dict.fromkeys(found))
