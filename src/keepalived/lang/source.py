"""Files to one run of logical lines, with `include` lines replaced by what they name.

Rule: reads no file; a function that does is handed in, so that a test's files are a dict.
"""

from __future__ import annotations

from collections.abc import Callable

from keepalived.lang.fault import Fault, error, remark, unplaced
from keepalived.lang.lexer import Line, lex
from keepalived.records import dataclass, field

MOST_DEEP = 32
"""Of includes inside one another; a file that includes itself ends there."""
_NEEDS_MATCH = {"includem": "plain", "includew": "any", "includeb": "any", "includea": "any"}
INCLUDES = frozenset(("include", "includer", *_NEEDS_MATCH))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why what a pattern names could not be read."""

    why: str


Fetch = Callable[[str], "tuple[tuple[str, str], ...] | Unreadable"]
"""A glob pattern in, the names and texts of its files out, sorted; none when nothing matches."""


@dataclass(slots=True)
class Gathered:
    """All lines of all files in the order in which they count."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    """The names of the files, in the order of their reading."""


def gather(path: str, fetch: Fetch) -> Gathered:
    """Read the main file, or files: the path is a pattern too."""
    gathered = Gathered()
    found = fetch(path)
    if isinstance(found, Unreadable):
        gathered.faults.append(unplaced(f"cannot read {path}: {found.why}"))
    elif not found:
        gathered.faults.append(unplaced(f"there is no configuration file {path}"))
    else:
        for name, text in found:
            _file(name, text, fetch, gathered, 0)
    return gathered


def _file(name: str, text: str, fetch: Fetch, gathered: Gathered, depth: int) -> None:
    gathered.sources.append(name)
    lexed = lex(text, name)
    gathered.faults.extend(lexed.faults)
    if "include" not in text:
        gathered.lines.extend(lexed.lines)
        return
    for line in lexed.lines:
        if line.words[0] in INCLUDES and not line.broken:
            _include(line, fetch, gathered, depth)
        else:
            gathered.lines.append(line)


def _include(line: Line, fetch: Fetch, gathered: Gathered, depth: int) -> None:
    """Take in what one include line names; how strict it is depends on its last letter."""
    word = line.words[0]
    if len(line.words) != 2 or line.body is not None:
        _complain(line, gathered, f"{word} wants one file name or pattern", 5)
        return
    if depth >= MOST_DEEP:
        _complain(line, gathered, f"includes are more than {MOST_DEEP} deep", 5)
        return
    pattern = line.words[1]
    if not pattern.startswith("/"):
        name = line.source.name
        pattern = name[: name.rfind("/") + 1] + pattern
    found = fetch(pattern)
    if isinstance(found, Unreadable):
        status = 0 if word == "include" else 6
        _complain(line, gathered, f"cannot read {pattern}: {found.why}", status)
    elif not found:
        wild = any(sign in pattern for sign in "*?[")
        needs = _NEEDS_MATCH.get(word, "") == "any" or (word in _NEEDS_MATCH and not wild)
        _complain(line, gathered, f"nothing matches {pattern}", 6 if needs else 0)
    else:
        for name, text in found:
            _file(name, text, fetch, gathered, depth + 1)


def _complain(line: Line, gathered: Gathered, what: str, status: int) -> None:
    place = line.place(1)
    gathered.faults.append(
        error(place, what, "", line.text, status) if status else remark(place, what, "", line.text)
    )
