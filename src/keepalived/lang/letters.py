"""One line of a file to logical lines, letter by letter: quotes, comments, escapes, any braces.

Rule: knows no keyword; every odd line comes through here, so that a mistake has its column.
"""

from __future__ import annotations

from keepalived.lang.fault import Fault, error
from keepalived.lang.lexer import BLANKS, MOST_BYTES, SURELY_SHORT, Brace, Line, Source
from keepalived.lang.place import Place
from keepalived.records import dataclass, field


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


class OddLine(Line):
    """A line that had to be read letter by letter."""

    __slots__ = ("broken", "columns", "cut", "end", "raw", "start")

    def __init__(self, segment: _Segment, source: Source, row: int) -> None:
        super().__init__(tuple(segment.words), source, row, [] if segment.opens else None)
        self.start = segment.start
        self.raw = "".join(segment.raw).strip(BLANKS)
        self.cut = segment.cut
        self.broken = segment.broken
        self.columns = segment.columns
        self.end = segment.end

    def again(self, row: int) -> OddLine:
        """Give the same line as it stands on another row."""
        other = OddLine.__new__(OddLine)
        other.words, other.source, other.row, other.body = self.words, self.source, row, None
        other.start, other.raw, other.cut = self.start, self.raw, self.cut
        other.broken = self.broken
        other.columns, other.end = self.columns, self.end
        return other

    def place(self, word: int = 0) -> Place:
        """Give where a word of it stands; one past the last is the end of the line."""
        column = self.columns[word] if word < len(self.columns) else self.end
        return Place(self.source.name, self.number, column + 1)


def scan(text: str, source: Source, row: int) -> tuple[list[Line], list[Fault]]:
    """Read one line of a file letter by letter, into as many logical lines as its braces make."""
    why = _unreadable(text)
    if why:
        broken = _Segment(0, ["?"], [0], opens=text.rstrip().endswith("{"), broken=True)
        fault = error(Place(source.name, source.number(row), 1), why, "shorten or clean it", text)
        return [OddLine(broken, source, row)], [fault]
    reader = _Reader(text, source, row)
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

    def __init__(self, text: str, source: Source, row: int) -> None:
        self.text, self.source, self.row = text, source, row
        self.found: list[Line] = []
        self.faults: list[Fault] = []
        self._segment = _Segment(0)
        self._word: list[str] = []

    def run(self) -> None:
        """Read to the end of the line or to a comment."""
        text, at = self.text, 0
        while at < len(text):
            sign = text[at]
            if sign in BLANKS:
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
                follower = text[at + 1 : at + 2] if sign == "\\" else ""
                if follower in ("#", "!"):
                    at, sign = at + 1, follower
                self._letter(sign, at)
                if follower == "\\":
                    at += 1
                    self._letter(follower, at)
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
            place = Place(self.source.name, self.source.number(self.row), at + 1)
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
        self.found.append(Brace(sign, self.source, self.row, at))
        self._segment = _Segment(at + 1)

    def _end_line(self, at: int) -> None:
        self._end_word(at)
        if self._segment.words:
            self.found.append(OddLine(self._segment, self.source, self.row))
        self._segment = _Segment(at)
