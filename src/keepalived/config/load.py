"""The whole way from the text of a configuration to Config and faults.

Rule: pure; never stops at a mistake, and whatever the text is, there is a verdict.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping

from keepalived.annotations import TYPE_CHECKING
from keepalived.config.absent import with_status
from keepalived.config.host import Host
from keepalived.config.pipes import checkers_globals
from keepalived.config.root import Config
from keepalived.config.rules import settle
from keepalived.lang.binder import Vocabulary, bind
from keepalived.lang.fault import Fault, Severity, exit_class
from keepalived.lang.lexer import Source
from keepalived.lang.render import render
from keepalived.lang.source import Fetch, Gathered, Setting, Unreadable, gather
from keepalived.lang.tree import nest
from keepalived.records import dataclass, replace

if TYPE_CHECKING:
    from keepalived.config.memory import Memory
    from keepalived.core.lvs.config import VirtualServer

__all__ = [
    "Fetch",
    "Loaded",
    "Setting",
    "Unreadable",
    "child_text",
    "exit_class",
    "load",
    "load_expanded",
    "load_text",
]


LARGE = 100_000
"""Letters from which on it pays to look for blocks of the same text."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a configuration came to."""

    config: Config
    faults: tuple[Fault, ...] = ()
    """In the order of files and lines; those without a place come first."""
    sources: tuple[str, ...] = ()
    """The files that were read; none when the main one could not be."""
    memory: Memory | None = None
    """What the next reading need not read again; only a large text is remembered."""

    @property
    def worst(self) -> Severity | None:
        """Give the gravest severity; None when there are no faults."""
        return max((fault.severity for fault in self.faults), default=None)


def load(
    path: str,
    fetch: Fetch,
    release: str = "",
    setting: Setting | None = None,
    host: Host | None = None,
    memory: Memory | None = None,
) -> Loaded:
    """Read the file or files of that name, and all that they include.

    With a release of keepalived's (`2.2.7`) its language is read, its way. The setting is what
    conditions and predefined parameters depend on; with a host the file is held against it.
    What is remembered of an earlier reading is not read again: such services are the same objects.
    """
    return _quickly(lambda: gather(path, fetch, setting), release, host, memory)


def _quickly(
    gathers: Callable[[], Gathered],
    release: str = "",
    host: Host | None = None,
    memory: Memory | None = None,
) -> Loaded:
    # A large file makes very many objects and no garbage: collecting would cost more than reading,
    # then and whenever it is done later.
    collecting = gc.isenabled()
    gc.disable()
    try:
        loaded = _load(gathers(), release, host, memory)
        if collecting and loaded.memory is not None:
            gc.freeze()
        return loaded
    finally:
        if collecting:
            gc.enable()


def load_text(text: str, file: str = "keepalived.conf", host: Host | None = None) -> Loaded:
    """Read a text that stands for the file of that name; it can include nothing."""
    return load(file, lambda pattern: ((file, text),) if pattern == file else (), host=host)


def load_expanded(text: str) -> Loaded:
    """Read what `child_text` gave: nothing in it stands for anything else."""
    return _quickly(lambda: Gathered([Source("", text)], sources=[""]))


def load_piece(name: str, text: str, host: Host | None) -> Loaded | None:
    """Read a piece of a file that consists of services, and remember them; None if it is odd."""
    found = _read_large(Gathered([Source(name, text)], sources=[name]), host, {})
    return None if found is None else Loaded(found[0], tuple(found[1]), (name,), found[2])


def child_text(config: Config, process: str) -> str:
    """Give the text that a reload sends to a child: the globals and the child's own blocks.

    `process` is "vrrp", "checker" or "bfd". Includes and parameters are replaced in it,
    and defaults are filled in; `load_expanded` reads it.
    """
    if process == "vrrp":
        return render(replace(config, services=()))
    if process == "bfd":
        return render(replace(config, services=(), sync_groups=(), instances=()))
    assert process == "checker", process
    settings = checkers_globals(config)
    return render(replace(config, globals=settings, sync_groups=(), instances=()))


def _load(gathered: Gathered, release: str, host: Host | None, before: Memory | None) -> Loaded:
    memory = None
    if release:
        from keepalived.config.releases import complained, read_as

        lines, misread = gathered.read()
        told = [*gathered.faults, *gathered.unmatched]
        bound = read_as(release, lines, host)
        config, clashes = settle(bound.made, bound, host)
        faults = complained([*misread, *bound.faults, *clashes], told)
    else:
        config, faults, memory = _read(gathered, host, before)
    faults = with_status(faults)
    order = {name: at for at, name in enumerate(gathered.sources)}
    faults.sort(key=lambda each: (order.get(each.place.file, -1), each.place.line))
    return Loaded(config, tuple(faults), tuple(gathered.sources), memory)


def _read(
    gathered: Gathered, host: Host | None, before: Memory | None
) -> tuple[Config, list[Fault], Memory | None]:
    """Read the text; blocks that a large one has many times are read once, unless they are odd."""
    if sum(len(piece.text) for piece in gathered.pieces) >= LARGE:
        for known in [before.known(), {}] if before is not None else [{}]:
            found = _read_large(gathered, host, known)
            if found is not None:
                return found
    vocabulary = Vocabulary(Config)
    lines, faults = gathered.read()
    tree, misplaced = nest(lines, vocabulary)
    bound = bind(tree, vocabulary)
    config, clashes = settle(bound.made, bound, host)
    return config, [*faults, *misplaced, *bound.faults, *clashes], None


def _read_large(
    gathered: Gathered, host: Host | None, known: Mapping[str, tuple[VirtualServer, int]]
) -> tuple[Config, list[Fault], Memory] | None:
    """Read a large text; None where what is wrong with it has to be looked at line by line."""
    from keepalived.config.memory import is_about, remember

    vocabulary = Vocabulary(Config)
    assert vocabulary.sheaf is not None
    lines, faults, spans = gathered.read_sheaves(vocabulary.sheaf, known)
    tree, misplaced = nest(lines, vocabulary)
    if misplaced:
        return None
    bound = bind(tree, vocabulary)
    config, clashes = settle(bound.made, bound, host)
    if bound.astray or (bound.casting is not None and bound.casting.lent_lines(clashes)):
        return None
    if clashes and bound.casting is not None and is_about(bound.casting.known, clashes):
        return None
    faults = [*faults, *bound.faults, *clashes]
    return config, faults, remember(config.services, bound, spans, faults)
