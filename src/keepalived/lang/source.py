"""Files to pieces of text in the order in which they count, every include and parameter replaced.

Rule: reads no file; a function that does is handed in, so that a test's files are a dict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keepalived.annotations import TYPE_CHECKING, Any
from keepalived.lang.fault import Fault, Faults, error, remark, unplaced
from keepalived.lang.lexer import Line, Source, lex_source
from keepalived.lang.place import Place
from keepalived.records import dataclass, field

if TYPE_CHECKING:
    from keepalived.lang.macros import Macros
    from keepalived.lang.sheaf import Span

MOST_DEEP = 32
"""Of includes inside one another."""
MOST_FILES = 5_000
"""Names asked for in all; each counts as often as it is."""
MOST_LINES = 3_000_000
"""Of all files."""
MOST_BRACES = 200
"""Names that the braces of one pattern may come to."""
READABLE, MATCH, WILD, BRACES = 1, 2, 4, 8
"""What must hold, or the configuration is unfit: files can be read; the name matches; also one
with wildcards does; every one of its braces does."""
ALL = READABLE | MATCH | WILD | BRACES
_STRICT = {
    "include": 0,
    "includer": READABLE,
    "includem": READABLE | MATCH,
    "includew": READABLE | MATCH | WILD,
    "includeb": READABLE | BRACES,
    "includea": ALL,
}
_CHECKS = {
    "read": READABLE,
    "readable": READABLE,
    "match": MATCH,
    "wildcard_match": WILD,
    "brace_match": BRACES,
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why what a pattern names could not be read."""

    why: str


Fetch = Callable[[str], "tuple[tuple[str, str | Unreadable], ...] | Unreadable"]
"""A glob pattern in, the names and texts of its files out, sorted; none when nothing matches."""


def _no_chance(least: int, most: int) -> int:
    return least


def _no_seed(seed: int) -> None:
    """Take a seed where there is no chance."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a configuration is read on: whatever else it depends on but its text."""

    config_id: str = ""
    """What `@ID` compares with and `${_INSTANCE}` stands for; by default the host's short name."""
    folder: str = ""
    """The current directory: file names that are not absolute are relative to it."""
    environment: Mapping[str, str] = field(default_factory=dict)
    draw: Callable[[int, int], int] = _no_chance
    """Gives a random number between two, both included."""
    sow: Callable[[int], None] = _no_seed
    """Takes a seed: the numbers that are drawn from then on follow from it."""
    strict: bool = False
    """Every include is as strict as `includea`."""


@dataclass(slots=True)
class Gathered:
    """All text of all files in the order in which it counts."""

    pieces: list[Source] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    sources: list[str] = field(default_factory=list)
    """The names of the files, in the order of their reading."""
    unmatched: list[Fault] = field(default_factory=list)
    """Patterns with wildcards that nothing matched: no fault, but a release may tell of them."""

    def read(self) -> tuple[list[Line], list[Fault]]:
        """Give all logical lines, and every fault so far."""
        lines: list[Line] = []
        faults = list(self.faults)
        for piece in self.pieces:
            lexed = lex_source(piece)
            lines.extend(lexed.lines)
            faults.extend(lexed.faults)
        return lines, faults

    def read_sheaves(
        self, names: tuple[str, str], known: Mapping[str, tuple[Any, int]]
    ) -> tuple[list[Line], list[Fault], list[Span]]:
        """Give the same, with sheaves for blocks of the first name that have the second in them.

        What is known is what such texts came to before, and how many lines each has.
        """
        from keepalived.lang.sheaf import lex_sheaves

        lines: list[Line] = []
        faults = list(self.faults)
        spans: list[Span] = []
        for piece in self.pieces:
            lexed, its = lex_sheaves(piece, names, known)
            lines.extend(lexed.lines)
            faults.extend(lexed.faults)
            spans.extend(its)
        return lines, faults, spans


def gather(path: str, fetch: Fetch, setting: Setting | None = None) -> Gathered:
    """Read the main file, or files: the path is a pattern too."""
    gathering = _Gathering(fetch, setting or Setting())
    found, _ = gathering.fetch(path)
    if not found:
        gathering.gathered.faults.append(unplaced(f"there is no configuration file {path}"))
    for name, text in found:
        if isinstance(text, Unreadable):
            gathering.gathered.faults.append(unplaced(f"cannot read {name}: {text.why}"))
        else:
            gathering.file(name, text)
    return gathering.gathered


class _Piece:
    """Gathers lines of one file until an include ends the piece."""

    def __init__(self, name: str) -> None:
        self.name = name
        slash = name.rfind("/")
        self.folder = name[: slash + 1]
        self.lines: list[str] = []
        self.numbers: list[int] = []
        self.number = 0
        self.text = ""

    def add(self, line: str) -> None:
        """Take a line that comes of the one at hand."""
        self.lines.append(line)
        self.numbers.append(self.number)

    def end(self) -> Source | None:
        """Give what was gathered, and begin anew."""
        if not self.lines:
            return None
        source = Source(self.name, "\n".join(self.lines), self.numbers)
        self.lines, self.numbers = [], []
        return source


class _Gathering:
    """The walk through the files."""

    def __init__(self, fetch: Fetch, setting: Setting) -> None:
        self.gathered = Gathered()
        self._fetch = fetch
        self._setting = setting
        self._macros: Macros | None = None
        self._open: list[str] = []
        """The files that are being read, each included by the one before."""
        self._level = ALL if setting.strict else 0
        self._lines_in_all = 0
        self._asked = 0
        """How many names have been asked for."""

    def fetch(self, pattern: str) -> tuple[list[tuple[str, str | Unreadable]], int]:
        """Give the files of a pattern, its braces in turn, and how many of these came to nothing.

        One with wildcards that came to nothing does not count.
        """
        found: list[tuple[str, str | Unreadable]] = []
        missing = 0
        for each in spread(pattern):
            self._asked += 1
            files = self._fetch(each) if self._asked <= MOST_FILES else ()
            if isinstance(files, Unreadable):
                files = ((each, files),)
            found.extend(files)
            missing += not files and not _wild(each)
        return found, missing

    def file(self, name: str, text: str) -> None:
        """Read one file, and all that it includes."""
        self.gathered.sources.append(name)
        text = text.replace("\r", "") if "\r" in text else text
        self._lines_in_all += text.count("\n")
        if self._lines_in_all > MOST_LINES:
            what = f"{name} is left out: there are more than {MOST_LINES} lines in all"
            self.gathered.faults.append(unplaced(what))
            return
        if self._macros is None and not stands_for_more(text):
            self.gathered.pieces.append(Source(name, text))
            return
        level = self._level
        if self._macros is None:
            # Most configurations go without it, and so without the module `re`.
            from keepalived.lang.macros import Macros

            self._macros = Macros(self._setting)
        if "random_seed" in text:
            self._sow(text)
        self._open.append(name)
        self._lines(_Piece(name), text, self._macros)
        self._open.pop()
        self._level = level

    def _lines(self, piece: _Piece, text: str, macros: Macros) -> None:
        folder = self._pwd(piece.folder)

        def complain(what: str, remedy: str) -> None:
            self._complain(piece, what, remedy, 5)

        for number, raw in enumerate(text.split("\n"), 1):
            if macros.defining or "$" in raw or raw.lstrip()[:1] in ("@", "~"):
                piece.number, piece.text = number, raw
                for made in macros.expand(raw, folder, complain):
                    self._line(made, piece)
            elif "include" in raw:
                piece.number, piece.text = number, raw
                self._line(raw, piece)
            else:
                piece.lines.append(raw)
                piece.numbers.append(number)
        self._flush(piece)

    def _sow(self, text: str) -> None:
        """Begin the random numbers of this file with the seed that it has."""
        for raw in text.split("\n"):
            words = raw.split()
            if words[:1] == ["random_seed"] and len(words) > 1 and words[1].isdecimal():
                self._setting.sow(int(words[1]))

    def _pwd(self, folder: str) -> str:
        here = self._setting.folder
        return (folder if folder.startswith("/") else f"{here}/{folder}").rstrip("/") or "/"

    def _flush(self, piece: _Piece) -> None:
        source = piece.end()
        if source is not None:
            self.gathered.pieces.append(source)

    def _line(self, text: str, piece: _Piece) -> None:
        """Take a line, or take in what it includes."""
        if "include" in text:
            from keepalived.lang.macros import include_in, without_comment

            found = include_in(text)
            if found is not None:
                before, word, pattern = found
                if before:
                    piece.add(before)
                self._flush(piece)
                self._include(word, pattern, piece)
                return
            words = without_comment(text).split()
            if words[:1] == ["include_check"]:
                self._set_level(words[1:])
        piece.add(text)

    def _set_level(self, words: list[str]) -> None:
        """Follow `include_check`: a word replaces what held before, with a sign it changes it."""
        level = self._level if any(word[0] in "+-" for word in words) else 0
        for word in words:
            check = _CHECKS.get(word.lstrip("+-"), 0)
            level = level & ~check if word.startswith("-") else level | check
        self._level = level if words else ALL
        if self._setting.strict:
            self._level = ALL

    def _include(self, word: str, pattern: str, piece: _Piece) -> None:
        """Take in what one include line names; how strict it is depends on its last letter."""
        if not pattern:
            self._complain(piece, f"{word} wants a file name or pattern", "", 5)
            return
        level = self._level | _STRICT[word]
        full = pattern if pattern.startswith("/") else piece.folder + pattern
        found, missing = self.fetch(full)
        if not found:
            self._nothing(pattern, level, piece)
        elif missing and self._asked <= MOST_FILES:
            status = 6 if level & BRACES else 0
            self._complain(piece, f"not all of {pattern} is there", "", status)
        for name, text in found:
            if isinstance(text, Unreadable):
                status = 6 if level & READABLE else 0
                self._complain(piece, f"cannot read {name}: {text.why}", "", status)
            elif name in self._open:
                self._complain(piece, f"{name} includes itself", "remove one include", 5)
            elif len(self._open) >= MOST_DEEP or len(self.gathered.sources) >= MOST_FILES:
                what = f"includes are more than {MOST_DEEP} deep, or more than {MOST_FILES} in all"
                self._complain(piece, what, "", 5)
            else:
                self.file(name, text)
        if self._asked > MOST_FILES:
            self._complain(piece, f"more than {MOST_FILES} names are to be included", "", 5)

    def _nothing(self, pattern: str, level: int, piece: _Piece) -> None:
        if _wild(pattern):
            what = f"nothing matches {pattern}"
            if level & WILD:
                self._complain(piece, what, "", 6)
            else:
                self.gathered.unmatched.append(remark(_start(piece), what, "", piece.text))
            return
        status = 6 if level & (BRACES if "{" in pattern else MATCH) else 0
        self._complain(piece, f"there is no {pattern} to include", "check the name", status)

    def _complain(self, piece: _Piece, what: str, remedy: str, status: int) -> None:
        place, text = _start(piece), piece.text
        if status:
            self.gathered.faults.append(error(place, what, remedy, text, status))
        else:
            self.gathered.faults.append(remark(place, what, remedy, text))


def _start(piece: _Piece) -> Place:
    return Place(piece.name, piece.number, len(piece.text) - len(piece.text.lstrip()) + 1)


def spread(pattern: str) -> list[str]:
    """Give the patterns that one with braces stands for: `a{b,c}` is `ab` and `ac`."""
    done: list[str] = []
    waiting = [pattern]
    while waiting:
        each = waiting.pop(0)
        inside = _outermost(each) if len(done) + len(waiting) < MOST_BRACES else None
        if inside is None:
            done.append(each)
            continue
        begin, end, choices = inside
        waiting[:0] = [each[:begin] + choice + each[end:] for choice in choices]
    return done


def _outermost(pattern: str) -> tuple[int, int, list[str]] | None:
    """Find the first braces that are paired, and what their outermost commas part."""
    begin = pattern.find("{")
    while begin >= 0:
        choices, depth = [""], 0
        for at in range(begin + 1, len(pattern)):
            sign = pattern[at]
            if sign == "}" and not depth:
                if at > begin + 1:
                    return begin, at + 1, choices
                break
            depth += (sign == "{") - (sign == "}")
            if sign == "," and not depth:
                choices.append("")
            else:
                choices[-1] += sign
        begin = pattern.find("{", begin + 1)
    return None


def stands_for_more(text: str) -> bool:
    """Say whether a text may include others, or have lines that stand for others."""
    return "include" in text or _has_macros(text)


def _has_macros(text: str) -> bool:
    """Say whether any line may stand for another one: a `$`, or `@` or `~` at its beginning."""
    if "$" in text:
        return True
    for sign in ("@", "~"):
        at = text.find(sign)
        while at >= 0:
            if not text[text.rfind("\n", 0, at) + 1 : at].strip():
                return True
            at = text.find(sign, at + 1)
    return False


def _wild(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")
