"""Blocks with blocks of few texts in them, as programs write them: cut by those texts, not read.

Rule: what is cut stands for the very lines that `lexer` would read; whatever is odd in any way, a
quote, a comment, a brace elsewhere than at a line's end, is left to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from keepalived.annotations import Any
from keepalived.lang.lexer import SURELY_SHORT, Brace, Lexed, Line, Short, Source
from keepalived.lang.place import Place
from keepalived.records import dataclass

ODD = ('"', "#", "!", "\\")
OPENS = " {\n"
"""What ends the first line of a block."""
MOST_SEEN = 2_000
"""Different texts; a file with more of them does not repeat itself."""


class Twin:
    """A text that blocks share: of what is between braces, or of what stands before the blocks."""

    __slots__ = ("mould", "text", "tried", "words")

    def __init__(self, text: str, words: frozenset[str]) -> None:
        self.text = text
        self.words = words
        """The first words of its lines, but for those in blocks."""
        self.mould: Any = None
        """What a binder made of it, and can make again; None until then."""
        self.tried = False
        """Whether a binder has made anything of it."""


class Shape:
    """All that follows a heading up to the next one."""

    __slots__ = ("column", "height", "last", "twin")

    def __init__(self, twin: Twin, height: int, column: int, last: bool) -> None:
        self.twin = twin
        self.height = height
        """In lines, that of the heading included."""
        self.column = column
        """Where the next heading stands in its line, from 1."""
        self.last = last
        """Whether the block around is closed behind it."""


class Lump(Line):
    """A block whose lines have not been looked at: whoever knows its text knows them."""

    __slots__ = ("_body", "column", "twin")
    whole = True

    def __init__(
        self, words: tuple[str, ...], source: Source, row: int, twin: Twin, column: int
    ) -> None:
        self.words = words
        self.column = column
        self.source = source
        self.row = row
        self.twin = twin
        self._body: list[Line] | None = None

    def place(self, word: int = 0) -> Place:
        """Give where a word of its first line stands."""
        if word:
            return super().place(word)
        return Place(self.source.name, self.source.number(self.row), self.column)

    def gives(self, *names: str) -> bool:
        """Say whether a line in it begins with one of these words."""
        return not self.twin.words.isdisjoint(names)

    @property
    def body(self) -> list[Line]:  # type: ignore[override]
        """Read the lines, now that somebody wants them."""
        if self._body is None:
            self._body = []
            short = Short(self.source)
            short.read(self.twin.text, self.row + 1)
            _fold(short.lexed.lines, self._body)
        return self._body


class Sheaf(Lump):
    """A block that consists of plain lines and, after them, of lumps."""

    __slots__ = ("begin", "heads", "inner", "length", "shapes")

    def __init__(
        self,
        source: Source,
        row: int,
        span: tuple[int, int],
        names: tuple[str, str],
        heads: list[str],
        shapes: list[Shape],
    ) -> None:
        """Take where it stands: its row, where it begins in the text and how long it is there.

        Of headings the first one is its own; of shapes, too.
        """
        outer, self.inner = names
        super().__init__((outer, *heads[0].split()), source, row, shapes[0].twin, 1)
        self.begin, self.length = span
        self.heads = heads
        self.shapes = shapes

    @property
    def height(self) -> int:
        """Count its lines."""
        return sum([shape.height for shape in self.shapes])

    def gives(self, *names: str) -> bool:
        """Say whether a line in it begins with one of these words."""
        return super().gives(*names) or self.inner in names

    @property
    def body(self) -> list[Line]:  # type: ignore[override]
        """Give the lines, with a lump for each block."""
        if self._body is None:
            source, row = self.source, self.row
            short = Short(source)
            short.read(self.twin.text, row + 1)
            body = self._body = short.lexed.lines
            before = self.shapes[0]
            for head, shape in zip(self.heads[1:], self.shapes[1:], strict=True):
                row += before.height
                words = (self.inner, *head.split())
                body.append(Lump(words, source, row, shape.twin, before.column))
                before = shape
        return self._body


class Known(Line):
    """A block that was read before, at another time: what was made of it then."""

    __slots__ = ("made",)
    whole = True

    def __init__(self, name: str, source: Source, row: int, made: Any) -> None:
        super().__init__((name,), source, row)
        self.made = made


@dataclass(slots=True)
class Span:
    """A piece of a source that is one block, and blank lines and comments behind it."""

    source: Source
    begin: int
    end: int
    row: int
    height: int
    """In lines."""
    line: Line
    """What opens the block."""

    @property
    def text(self) -> str:
        """Give the piece itself."""
        return self.source.text[self.begin : self.end]


def lex_sheaves(
    source: Source, names: tuple[str, str], known: Mapping[str, tuple[Any, int]]
) -> tuple[Lexed, list[Span]]:
    """Read a source; blocks of the first name that consist of ones of the second come as sheaves.

    Those whose text is known come as what was made of it. With that stands how many lines it has.
    """
    cutter = _Cutter(source, names)
    short, text = Short(source), source.text
    lines, faults = short.lexed.lines, short.lexed.faults
    spans: list[Span] = []
    begins = [*_begins(text, f"{names[0]} "), len(text)]
    row = text.count("\n", 0, begins[0])
    source.marks = [(0, 0)]
    short.read(text[: begins[0]], 0)
    for begin, end in pairwise(begins):
        piece = text[begin:end]
        first, odd, top = len(lines), len(faults), row
        source.marks.append((row, begin))
        before = known.get(piece)
        sheaf = cutter.cut(piece, begin, row) if before is None else None
        if before is not None:
            lines.append(Known(names[0], source, row, before[0]))
            row += before[1]
        elif sheaf is not None:
            lines.append(sheaf)
            row += sheaf.height
            piece = piece[sheaf.length :]
        if piece and before is None:
            short.read(piece, row)
            row += piece.count("\n")
        if len(faults) == odd and _is_one_block(lines, first):
            spans.append(Span(source, begin, end, top, row - top, lines[first]))
    return short.lexed, spans


def _is_one_block(lines: list[Line], first: int) -> bool:
    """Say whether the lines from there on are one block."""
    if lines[first].whole:
        return len(lines) == first + 1
    depth = 0
    for at in range(first, len(lines)):
        if at > first and not depth:
            return False
        line = lines[at]
        if isinstance(line, Brace):
            depth += 1 if line.words[0] == "{" else -1
        elif line.body is not None:
            depth += 1
    return not depth


def _begins(text: str, name: str) -> Iterator[int]:
    """Give where lines begin with a name."""
    if text.startswith(name):
        yield 0
    mark = "\n" + name
    at = text.find(mark)
    while at >= 0:
        yield at + 1
        at = text.find(mark, at + 1)


class _Cutter:
    """Cuts blocks of one name into shapes that it has seen."""

    def __init__(self, source: Source, names: tuple[str, str]) -> None:
        self._source = source
        self._names = names
        self._openings: dict[str, Shape | None] = {}
        self._shapes: dict[str, Shape | None] = {}
        self._twins: dict[str, Twin] = {}

    def cut(self, text: str, begin: int, row: int) -> Sheaf | None:
        """Cut a text that begins with such a block; None where it has to be read."""
        outer, inner = self._names
        opening, *pieces = text.split(f"{inner} ")
        head, opens, rest = opening.partition(OPENS)
        before = self._shape(rest, self._openings) if opens and pieces else None
        if before is None:
            return None
        heads, shapes = [head[len(outer) + 1 :]], [before]
        seen, length = self._shapes, len(text)
        tail, cut = OPENS, 0
        for piece in pieces:
            if cut and piece.endswith(tail):
                # Most are like the one before.
                heads.append(piece[:cut])
                shapes.append(before)
                continue
            head, _, rest = piece.partition(OPENS)
            shape = seen.get(rest) or self._shape(rest, seen)
            if shape is None and len(heads) == len(pieces):
                # Something else may stand behind it.
                end = rest.find("\n}\n") + 3
                shape = self._shape(rest[:end], seen)
                length -= len(rest) - end
            if shape is None or before.last:
                return None
            heads.append(head)
            shapes.append(shape)
            before, tail = shape, OPENS + rest
            cut = 0 if shape.last else -len(tail)
        plain = _are_plain(heads, SURELY_SHORT // 2)
        if not (before.last and plain) or "{" in (text := "".join(heads)) or "}" in text:
            return None
        return Sheaf(self._source, row, (begin, length), self._names, heads, shapes)

    def _shape(self, rest: str, seen: dict[str, Shape | None]) -> Shape | None:
        if rest not in seen and len(seen) < MOST_SEEN:
            learn = self._opening if seen is self._openings else self._closed
            lines = rest.split("\n")
            seen[rest] = learn(lines) if _are_plain(lines, SURELY_SHORT) else None
        return seen.get(rest)

    def _opening(self, lines: list[str]) -> Shape | None:
        """Learn what stands before the first block: lines without any brace."""
        text = "\n".join(lines)
        if "{" in text or "}" in text or lines[-1].strip():
            return None
        return Shape(Twin(text, _first_words(lines)), len(lines), len(lines[-1]) + 1, last=False)

    def _closed(self, lines: list[str]) -> Shape | None:
        """Learn a block from behind its opening brace, and what stands behind it."""
        end = _end(lines)
        after = [line.strip() for line in lines[end + 1 :]]
        last = [each for each in after if each] == ["}"]
        if not after or (any(after) and not last):
            return None
        text = "\n".join(lines[:end])
        twin = self._twins.get(text)
        if twin is None:
            twin = self._twins[text] = Twin(text, _first_words(lines[:end]))
        return Shape(twin, len(lines), len(lines[-1]) + 1, last)


def _end(lines: list[str]) -> int:
    """Find the line that closes the block around; the last one where one is odd before it."""
    depth = 1
    for at, line in enumerate(lines):
        text = line.strip()
        if text == "}":
            depth -= 1
            if not depth:
                return at
        elif "{" in text:
            if text.count("{") > 1 or "}" in text or not text.endswith((" {", "\t{")):
                break
            depth += 1
        elif "}" in text:
            break
    return len(lines) - 1


def _first_words(lines: list[str]) -> frozenset[str]:
    """Give the words that lines begin with, but for those in blocks."""
    words: set[str] = set()
    depth = 0
    for line in lines:
        text = line.strip()
        if text == "}":
            depth -= 1
            continue
        if text and not depth:
            words.add(text.split()[0])
        depth += text.endswith("{")
    return frozenset(words)


def _are_plain(lines: list[str], most: int) -> bool:
    text = "".join(lines).replace("\t", "")
    return (
        text.isascii()
        and text.isprintable()
        and not any(sign in text for sign in ODD)
        and max(map(len, lines)) < most
    )


def _fold(lines: list[Line], top: list[Line]) -> None:
    """Put the lines of a lump, whose braces are known to be paired, into blocks."""
    bodies = [top]
    for line in lines:
        if isinstance(line, Brace):
            assert len(bodies) > 1 and line.words[0] == "}", line.text
            bodies.pop()
        else:
            bodies[-1].append(line)
            if line.body is not None:
                bodies.append(line.body)
