"""Text to logical lines: words, with comments, quotes and braces taken care of.

Rule: knows no keyword. Plain lines, nearly all of a file, take the short way through `lex`;
only a line with a quote, a comment, an escape or a strange byte is read letter by letter.
"""

from __future__ import annotations

from keepalived.lang.fault import Fault, error
from keepalived.lang.place import Place
from keepalived.records import dataclass, field

MOST_BYTES = 1024
"""Of a line, its line end included; a longer one is left out."""
SURELY_SHORT = MOST_BYTES // 4
"""So few letters are never too many bytes."""
_BLANKS = " \t\f\v\r\n"
_BRACES = {"{": ("{",), "}": ("}",)}
_STRANGE = "\x00\x1c\x1d\x1e\x1f"


@dataclass(slots=True, eq=False)
class Source:
    """A file as it was read; `lines` serve the messages."""

    name: str
    lines: list[str]


class Line:
    """A logical line: its words, and the lines in its braces if it opened any.

    One that stands alone on its line of the file and has nothing odd in it is just this.
    """

    __slots__ = ("body", "number", "source", "words")
    start = 0
    """Where it starts in the line of the file, in characters."""
    raw = ""
    """The text behind the first word with quotes and escapes kept; empty: join the words."""
    cut = ""
    """What a comment sign inside the last word cut off, the sign included."""
    broken = False
    """Whether a fault has been given already, so that nobody looks any further."""

    def __init__(
        self,
        words: tuple[str, ...],
        source: Source,
        number: int,
        body: list[Line] | None = None,
    ) -> None:
        self.words = words
        self.source = source
        self.number = number
        self.body = body

    def place(self, word: int = 0) -> Place:
        """Give where a word of it stands; one past the last is the end of the line."""
        text = self.text
        if word == 0:
            return Place(self.source.name, self.number, len(text) - len(text.lstrip()) + 1)
        return scan(text, self.source, self.number)[0][0].place(word)

    @property
    def text(self) -> str:
        """Give the line of the file."""
        return self.source.lines[self.number - 1]


class OddLine(Line):
    """A line that had to be read letter by letter."""

    __slots__ = ("broken", "columns", "cut", "end", "raw", "start")

    def __init__(self, segment: _Segment, source: Source, number: int) -> None:
        super().__init__(tuple(segment.words), source, number, [] if segment.opens else None)
        self.start = segment.start
        self.raw = "".join(segment.raw).strip(_BLANKS)
        self.cut = segment.cut
        self.broken = segment.broken
        self.columns = segment.columns
        self.end = segment.end

    def place(self, word: int = 0) -> Place:
        """Give where a word of it stands; one past the last is the end of the line."""
        column = self.columns[word] if word < len(self.columns) else self.end
        return Place(self.source.name, self.number, column + 1)


class Brace(Line):
    """A brace that stands for itself: `}`, or a `{` with nothing before it."""

    __slots__ = ("_at",)

    def __init__(self, sign: str, source: Source, number: int, at: int = -1) -> None:
        """Take where it stands in its line, or -1 where nothing else stands there."""
        self.words = _BRACES[sign]
        self.source = source
        self.number = number
        self.body = None
        self._at = at

    def place(self, word: int = 0) -> Place:
        """Give where it stands."""
        at = self._at if self._at >= 0 else self.text.index(self.words[0])
        return Place(self.source.name, self.number, at + 1)


@dataclass(slots=True)
class _Segment:
    """What is gathered of one logical line."""

    start: int
    words: list[str] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    cut: str = ""
    end: int = 0
    opens: bool = False
    broken: bool = False


@dataclass(slots=True)
class Lexed:
    """The logical lines of a file, and its faults."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def lex(text: str, name: str) -> Lexed:
    """Read a whole file. A line end is LF; carriage returns do not count."""
    text = text.replace("\r", "") if "\r" in text else text
    source = Source(name, text.split("\n"))
    lexed = Lexed()
    lines, add = lexed.lines, lexed.lines.append
    strange = not text.isascii() or any(sign in text for sign in _STRANGE)
    # Large files are made by programs: most of their lines are there many times.
    seen: dict[str, tuple[str, ...]] = {}
    opened: dict[str, tuple[str, ...]] = {}
    for number, raw in enumerate(source.lines, 1):
        if raw in seen:
            words = seen[raw]
            if words:
                add(Line(words, source, number))
        elif raw in opened:
            words = opened[raw]
            add(Line(words, source, number, []) if words else Brace("}", source, number))
        elif raw.lstrip(_BLANKS)[:1] in ("#", "!") and len(raw) < SURELY_SHORT and not strange:
            seen[raw] = ()
        elif (
            (strange and not (raw.isascii() and raw.isprintable()))
            or '"' in raw
            or "!" in raw
            or "#" in raw
            or "\\" in raw
            or len(raw) >= MOST_BYTES
        ):
            found, faults = scan(raw, source, number)
            lines.extend(found)
            lexed.faults.extend(faults)
        elif "{" not in raw and "}" not in raw:
            words = seen[raw] = tuple(raw.split())
            if words:
                add(Line(words, source, number))
        elif raw.strip() == "}":
            opened[raw] = ()
            add(Brace("}", source, number))
        elif raw.count("{") == 1 and "}" not in raw and raw.split()[-1] == "{" != raw.strip():
            words = opened[raw] = tuple(raw.split()[:-1])
            add(Line(words, source, number, []))
        else:
            lines.extend(scan(raw, source, number)[0])
    return lexed


def scan(text: str, source: Source, number: int) -> tuple[list[Line], list[Fault]]:
    """Read one line of a file letter by letter, into as many logical lines as its braces make."""
    why = _unreadable(text)
    if why:
        broken = _Segment(0, ["?"], [0], opens=text.rstrip().endswith("{"), broken=True)
        fault = error(Place(source.name, number, 1), why, "shorten or clean the line", text)
        return [OddLine(broken, source, number)], [fault]
    reader = _Reader(text, source, number)
    reader.run()
    return reader.found, reader.faults


def _unreadable(text: str) -> str:
    if "\x00" in text:
        return "the line has a NUL byte in it and is left out"
    if len(text) >= SURELY_SHORT:
        size = len(text.encode("utf-8", "surrogateescape")) + 1
        if size > MOST_BYTES:
            return f"the line has {size} bytes, {MOST_BYTES} are allowed; it is left out"
    return ""


class _Reader:
    """Cuts one line of a file into words and braces."""

    def __init__(self, text: str, source: Source, number: int) -> None:
        self.text, self.source, self.number = text, source, number
        self.found: list[Line] = []
        self.faults: list[Fault] = []
        self._segment = _Segment(0)
        self._word: list[str] = []

    def run(self) -> None:
        """Read to the end of the line or to a comment."""
        text, at = self.text, 0
        while at < len(text):
            sign = text[at]
            if sign in _BLANKS:
                self._end_word(at)
                self._segment.raw.append(sign)
            elif sign == '"':
                at = self._quoted(at)
            elif sign in "{}":
                self._brace(sign, at)
            elif sign in "#!":
                if self._word:
                    self._segment.cut = text[at:].split(None, 1)[0]
                break
            else:
                if sign == "\\" and text[at + 1 : at + 2] in ("#", "!"):
                    at, sign = at + 1, text[at + 1]
                self._letter(sign, at)
            at += 1
        self._end_line(at)

    def _letter(self, sign: str, at: int) -> None:
        if not self._word:
            self._segment.columns.append(at)
        self._word.append(sign)
        self._segment.raw.append(sign)

    def _end_word(self, at: int) -> None:
        if self._word:
            self._segment.words.append("".join(self._word))
            self._word = []
            self._behind(at)

    def _behind(self, at: int) -> None:
        """Note a word's end; the raw text starts behind the first one."""
        self._segment.end = at
        if len(self._segment.words) == 1:
            self._segment.raw.clear()

    def _quoted(self, at: int) -> int:
        """Take a quoted word; it ends whatever stood right before it."""
        self._end_word(at)
        end = self.text.find('"', at + 1)
        if end < 0:
            rest = self.text[at:].rstrip()
            self._segment.broken = True
            self._segment.opens = rest.endswith("{")
            place = Place(self.source.name, self.number, at + 1)
            self.faults.append(
                error(place, "a quote is not closed; the line is left out", 'add "', self.text)
            )
            if not self._segment.words:
                self._segment.words.append(rest)
                self._segment.columns.append(at)
            return len(self.text)
        self._segment.columns.append(at)
        self._segment.words.append(self.text[at + 1 : end])
        self._segment.raw.append(self.text[at : end + 1])
        self._behind(end + 1)
        return end

    def _brace(self, sign: str, at: int) -> None:
        self._end_word(at)
        if sign == "{" and self._segment.words:
            self._segment.opens = True
            self._end_line(at + 1)
            return
        self._end_line(at)
        self.found.append(Brace(sign, self.source, self.number, at))
        self._segment = _Segment(at + 1)

    def _end_line(self, at: int) -> None:
        self._end_word(at)
        if self._segment.words:
            self.found.append(OddLine(self._segment, self.source, self.number))
        self._segment = _Segment(at)
