"""What each virtual server's text came to, so that a reload reads only those that changed.

Rule: only a block of which nothing was to be said is remembered; what another block, the host or
its own place in the file changes about it is asked anew each time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from keepalived.core.lvs.config import VirtualServer
from keepalived.lang.bound import Bound
from keepalived.lang.fault import Fault
from keepalived.lang.sheaf import Span


class Memory:
    """The texts of one reading; kept as they lay in the files until somebody asks."""

    def __init__(self, kept: Sequence[tuple[Span, VirtualServer]]) -> None:
        self._kept = kept

    def known(self) -> dict[str, tuple[VirtualServer, int]]:
        """Give the settled services by their texts, each with its number of lines."""
        return {span.text: (service, span.height) for span, service in self._kept}


def remember(
    services: Collection[VirtualServer], bound: Bound, spans: Sequence[Span], faults: list[Fault]
) -> Memory:
    """Remember what nothing was said about; services come settled."""
    casting = bound.casting
    settled = {id(each.place): each for each in services}
    by_line: dict[int, VirtualServer] = {
        id(line): settled[place] for place, line in bound.lines.items() if place in settled
    }
    known = {id(each): each for each in casting.known} if casting is not None else {}
    told = {(fault.place.file, fault.place.line) for fault in faults} | bound.awaiting
    kept = []
    for span in spans:
        service = by_line.get(id(span.line)) or known.get(id(getattr(span.line, "made", None)))
        if service is not None and not (told and _is_told(span, told)):
            kept.append((span, service))
    return Memory(kept)


def is_about(services: Collection[VirtualServer], faults: Collection[Fault]) -> bool:
    """Say whether a fault is about one of these services: they do not know where they stand now."""
    places = {id(fault.place) for fault in faults}
    return any(
        id(service.place) in places or any(id(each.place) in places for each in service.servers)
        for service in services
    )


def _is_told(span: Span, told: set[tuple[str, int]]) -> bool:
    name, number = span.source.name, span.source.number
    return any((name, number(row)) in told for row in range(span.row, span.row + span.height))
