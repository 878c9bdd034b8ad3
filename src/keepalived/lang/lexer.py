"""Text to logical lines: words, with comments, quotes and braces taken care of.

Rule: knows no keyword. Plain lines, nearly all of a file, take the short way through `Short`;
only a line with a quote, a comment, an escape or a strange byte is read by `letters`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from keepalived.annotations import TYPE_CHECKING
from keepalived.lang.fault import Faults
from keepalived.lang.place import Place
from keepalived.records import dataclass, field

if TYPE_CHECKING:
    from keepalived.lang.letters import OddLine

MOST_BYTES = 1024
"""Of a line, its line end included; a longer one is left out."""
SURELY_SHORT = MOST_BYTES // 4
"""So few letters are never too many bytes."""
NEAR, LARGE, OFTEN = 1_000, 100_000, 100
"""So many lines are walked to one of so large a text, and so often, before all are parted."""
BLANKS = " \t\f\v\r\n"
_BRACES = {"{": ("{",), "}": ("}",)}
_STRANGE = "\x00\x1c\x1d\x1e\x1f"


class Source:
    """A text as it is read, or a piece of it; its lines serve the messages."""

    __slots__ = ("_asked", "_lines", "marks", "name", "numbers", "text")

    def __init__(self, name: str, text: str, numbers: Sequence[int] = ()) -> None:
        """Take the file's name, and the numbers that the lines have there if they are others."""
        self.name = name
        self.text = text.replace("\r", "") if "\r" in text else text
        self.numbers = numbers
        self.marks: list[tuple[int, int]] = [(0, 0)]
        """Some lines, from 0, and where each begins in the text."""
        self._lines: list[str] | None = None
        self._asked = 0

    def line(self, row: int) -> str:
        """Give a line, from 0; of a large text only what is near it is looked at."""
        if self._lines is None:
            place = bisect_right(self.marks, row, key=itemgetter(0)) - 1
            before, at = self.marks[place]
            self._asked += 1
            if row - before < NEAR and len(self.text) > LARGE and self._asked < OFTEN:
                for _ in range(row - before):
                    at = self.text.index("\n", at) + 1
                end = self.text.find("\n", at)
                return self.text[at : end if end >= 0 else len(self.text)]
            self._lines = self.text.split("\n")
        return self._lines[row]

    def number(self, row: int) -> int:
        """Give the number in the file, from 1, of a line of the text, from 0."""
        return self.numbers[row] if self.numbers else row + 1


class Line:
    """A logical line: its words, and the lines in its braces if it opened any.

    One that stands alone on its line of the file and has nothing odd in it is just this.
    """

    __slots__ = ("body", "row", "source", "words")
    start = 0
    """Where it starts in the line of the file, in characters."""
    raw = ""
    """The text behind the first word with quotes and escapes kept; empty: join the words."""
    cut = ""
    """What a comment sign inside the last word cut off, the sign included."""
    broken = False
    """Whether a fault has been given already, so that nobody looks any further."""
    whole = False
    """Whether it stands for a whole block whose braces are paired: none of them follows it."""

    def __init__(
        self, words: tuple[str, ...], source: Source, row: int, body: list[Line] | None = None
    ) -> None:
        self.words = words
        self.source = source
        self.row = row
        self.body = body

    def place(self, word: int = 0) -> Place:
        """Give where a word of it stands; one past the last is the end of the line."""
        text = self.text
        if word == 0:
            return Place(self.source.name, self.number, len(text) - len(text.lstrip()) + 1)
        from keepalived.lang.letters import scan

        return scan(text, self.source, self.row)[0][0].place(word)

    def gives(self, *names: str) -> bool:
        """Say whether a line in its braces begins with one of these words."""
        return any(each.words[0] in names for each in self.body or ())

    @property
    def number(self) -> int:
        """Give the number of the line in its file, from 1."""
        return self.source.number(self.row)

    @property
    def text(self) -> str:
        """Give the line of the file, as it is after everything in it was replaced."""
        return self.source.line(self.row)


class Brace(Line):
    """A brace that stands for itself: `}`, or a `{` with nothing before it."""

    __slots__ = ("_at",)

    def __init__(self, sign: str, source: Source, row: int, at: int = -1) -> None:
        """Take where it stands in its line, or -1 where nothing else stands there."""
        self.words = _BRACES[sign]
        self.source = source
        self.row = row
        self.body = None
        self._at = at

    def place(self, word: int = 0) -> Place:
        """Give where it stands."""
        at = self._at if self._at >= 0 else self.text.index(self.words[0])
        return Place(self.source.name, self.number, at + 1)


@dataclass(slots=True)
class Lexed:
    """The logical lines of a file, and its faults."""

    lines: list[Line] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)


def lex(text: str, name: str) -> Lexed:
    """Read a whole text. A line end is LF; carriage returns do not count."""
    return lex_source(Source(name, text))


def lex_source(source: Source) -> Lexed:
    """Read a source."""
    short = Short(source)
    short.read(source.text, 0)
    return short.lexed


class Short:
    """The short way: lines that have been there already, and lines without anything odd."""

    def __init__(self, source: Source) -> None:
        self.lexed = Lexed()
        self._source = source
        self._seen: dict[str, tuple[str, ...]] = {}
        self._opened: dict[str, tuple[str, ...]] = {}
        self._odd = ""
        """The odd line that was read last, if it may be read again without letters."""
        self._oddly: OddLine | None = None

    def read(self, text: str, first: int) -> None:
        """Read a piece of the source that begins with this row."""
        source, seen, opened = self._source, self._seen, self._opened
        add = self.lexed.lines.append
        strange = not text.isascii() or any(sign in text for sign in _STRANGE)
        for row, raw in enumerate(text.split("\n"), first):
            if raw in seen:
                words = seen[raw]
                if words:
                    add(Line(words, source, row))
            elif raw in opened:
                words = opened[raw]
                add(Line(words, source, row, []) if words else Brace("}", source, row))
            elif raw.lstrip(BLANKS)[:1] in ("#", "!") and len(raw) < SURELY_SHORT and not strange:
                seen[raw] = ()
            elif (
                (strange and not (raw.isascii() and raw.isprintable()))
                or '"' in raw
                or "!" in raw
                or "#" in raw
                or "\\" in raw
                or len(raw) >= MOST_BYTES
            ):
                self._letters(raw, row)
            elif "{" not in raw and "}" not in raw:
                words = seen[raw] = tuple(raw.split())
                if words:
                    add(Line(words, source, row))
            elif raw.strip() == "}":
                opened[raw] = ()
                add(Brace("}", source, row))
            elif raw.count("{") == 1 and "}" not in raw and raw.split()[-1] == "{" != raw.strip():
                words = opened[raw] = tuple(raw.split()[:-1])
                add(Line(words, source, row, []))
            else:
                self._letters(raw, row)

    def _letters(self, text: str, row: int) -> None:
        from keepalived.lang.letters import OddLine, scan

        if text == self._odd:
            # Loops make such lines by the ten thousand.
            assert self._oddly is not None
            self.lexed.lines.append(self._oddly.again(row))
            return
        found, faults = scan(text, self._source, row)
        self._odd = ""
        odd = found[0] if len(found) == 1 else None
        silent = not faults or self.lexed.faults.full
        if silent and isinstance(odd, OddLine) and odd.body is None:
            self._odd, self._oddly = text, odd
        self.lexed.lines.extend(found)
        for fault in faults:
            self.lexed.faults.append(fault)
