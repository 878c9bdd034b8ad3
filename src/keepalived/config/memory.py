"""What each virtual server's text came to, so that a reload reads only those that changed.

Rule: only a block of which nothing was to be said is remembered; what another block, the host or
its own place in the file changes about it is asked anew each time.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Sequence

from keepalived.annotations import TYPE_CHECKING
from keepalived.core.lvs.config import VirtualServer
from keepalived.lang.bound import Bound
from keepalived.lang.fault import Fault
from keepalived.lang.sheaf import Span

if TYPE_CHECKING:
    Numbers = array[int]


class Part:
    """What is remembered of one text: the services in it, and where each one's text is."""

    def __init__(
        self,
        name: str,
        text: str | Callable[[], str],
        spans: tuple[Iterable[int], Iterable[int]],
        services: tuple[VirtualServer, ...],
    ) -> None:
        """Take the file's name, its text or what makes it, where each service begins and ends.

        Thousands of numbers stand in arrays: one process forks others, and whatever it only looks
        at must stay where it is.
        """
        self.name = name
        self._text = text
        self.begins: Numbers = array("q", spans[0])
        self.ends: Numbers = array("q", spans[1])
        self.services = services

    @property
    def text(self) -> str:
        """Give the text; the first time after an edit that takes a while."""
        if not isinstance(self._text, str):
            self._text = self._text()
        return self._text

    def edited(self, begin: int, end: int, new: str) -> Callable[[], str]:
        """Give what makes its text with something else in the place of a part of it."""
        text = self.text
        return lambda: "".join((text[:begin], new, text[end:]))

    def known(self) -> dict[str, tuple[VirtualServer, int]]:
        """Give the services by their texts, each with its number of lines."""
        found = {}
        text = self.text
        for begin, end, service in zip(self.begins, self.ends, self.services, strict=True):
            found[text[begin:end]] = (service, text.count("\n", begin, end))
        return found


class Memory:
    """All that is remembered of one reading."""

    def __init__(self, parts: Sequence[Part], whole: bool) -> None:
        self.parts = parts
        self.whole = whole
        """Whether each service of the configuration is there, in its order, and the text is one."""

    def known(self) -> dict[str, tuple[VirtualServer, int]]:
        """Give the settled services by their texts, each with its number of lines."""
        found = {}
        for part in self.parts:
            found.update(part.known())
        return found


def remember(
    services: tuple[VirtualServer, ...], bound: Bound, spans: Sequence[Span], faults: list[Fault]
) -> Memory:
    """Remember what nothing was said about; services come settled."""
    casting = bound.casting
    settled = {id(each.place): each for each in services}
    by_line: dict[int, VirtualServer] = {
        id(line): settled[place] for place, line in bound.lines.items() if place in settled
    }
    known = {id(each): each for each in casting.known} if casting is not None else {}
    told = {(fault.place.file, fault.place.line) for fault in faults} | bound.awaiting
    kept: dict[int, list[tuple[Span, VirtualServer]]] = {}
    for span in spans:
        service = by_line.get(id(span.line)) or known.get(id(getattr(span.line, "made", None)))
        if service is not None and not (told and _is_told(span, told)):
            kept.setdefault(id(span.source), []).append((span, service))
    parts = []
    for each in kept.values():
        source = each[0][0].source
        ends = ([span.begin for span, _ in each], [span.end for span, _ in each])
        parts.append(Part(source.name, source.text, ends, tuple(service for _, service in each)))
    whole = len(parts) == 1 and list(map(id, parts[0].services)) == list(map(id, services))
    return Memory(parts, whole)


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
