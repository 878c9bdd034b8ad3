"""Logical lines to a tree of blocks, with a place for every brace that is missing or too many.

Rule: what may stand in what is asked from a `Grammar`, and only to name the right place.
"""

from __future__ import annotations

from collections.abc import Collection

from keepalived.annotations import Protocol
from keepalived.lang.fault import Fault, Faults, error
from keepalived.lang.lexer import Brace, Line

MOST_UP = 16
"""How many blocks upwards a `}` that is missing is looked for, besides the top level."""


class Grammar(Protocol):
    """What the tree has to know of a vocabulary."""

    @property
    def opens(self) -> Collection[str]:
        """Words that have a block behind them wherever they stand."""

    def holds(self, block: str, word: str) -> bool:
        """Say whether a word may stand in the block of that name; the file's own is ""."""


def nest(lines: list[Line], grammar: Grammar) -> tuple[list[Line], list[Fault]]:
    """Put lines into the bodies of those that opened a block; give the top level's."""
    first = _Nest(grammar, 0)
    first.take(lines)
    if not first.faults:
        return first.top, []
    for line in first.lent:
        line.body = None
    surplus = 0
    for line in lines:
        if line.body is not None:
            line.body.clear()
            surplus += 1
        elif isinstance(line, Brace):
            surplus += 1 if line.words[0] == "{" else -1
        elif first.opened_itself(line):
            surplus += 1
    again = _Nest(grammar, surplus)
    again.take(lines)
    return again.top, again.faults


class _Nest:
    """One walk over the lines."""

    def __init__(self, grammar: Grammar, surplus: int) -> None:
        self.top: list[Line] = []
        self.faults = Faults()
        self.lent: list[Line] = []
        self._grammar = grammar
        self._surplus = surplus
        """By how many the file's `{` outnumber its `}`, as far as not yet explained."""
        self._guessed: set[int] = set()
        self._stack: list[Line | None] = []
        """The open blocks; None is a `{` that belongs to nobody."""
        self._bodies: list[list[Line]] = [self.top]

    def opened_itself(self, line: Line) -> bool:
        """Say whether the line was taken as opening a block although its brace is missing."""
        return id(line) in self._guessed

    def take(self, lines: list[Line]) -> None:
        """Walk to the end of the file."""
        body, opens = self.top, self._grammar.opens
        for at, line in enumerate(lines):
            if line.whole:
                body.append(line)
            elif line.__class__ is Brace:
                if line.words[0] == "}":
                    self._close(line, lines, at)
                else:
                    self._open_alone(line, lines, at)
                body = self._bodies[-1]
            elif line.body is not None:
                body = self._home(line)
                body.append(line)
                self._push(line, line.body)
                body = line.body
            elif line.words[0] in opens and self._guess(line, lines, at):
                body = self._bodies[-1]
            else:
                body.append(line)
        self._end()

    def _push(self, line: Line | None, body: list[Line]) -> None:
        self._stack.append(line)
        self._bodies.append(body)

    def _name(self, depth: int) -> str | None:
        """Give the name of the block at a depth; None where it is none of the grammar's."""
        if depth < 0:
            return ""
        line = self._stack[depth]
        return None if line is None else line.words[0]

    def _home(self, line: Line) -> list[Line]:
        """Find the body that a block belongs in: higher up if a `}` is missing before it."""
        if self._surplus > 0 and self._stack:
            word = line.words[0]
            deepest = len(self._stack) - 1
            for depth in (*range(deepest, max(deepest - MOST_UP, -1), -1), -1):
                name = self._name(depth)
                if name is not None and self._grammar.holds(name, word):
                    self._close_down_to(depth, line)
                    break
        return self._bodies[-1]

    def _close_down_to(self, depth: int, line: Line) -> None:
        while len(self._stack) - 1 > depth and self._surplus > 0:
            opener = self._stack.pop()
            self._bodies.pop()
            self._surplus -= 1
            name = f"{opener.words[0]} of line {opener.number}" if opener else "a block"
            self.faults.append(
                error(
                    line.place(),
                    f"a }} is missing before this: {name} is not closed",
                    "close it",
                    line.text,
                )
            )

    def _guess(self, line: Line, lines: list[Line], at: int) -> bool:
        """Take a word that always has a block as if its `{` were there, if there is none."""
        follower = lines[at + 1] if at + 1 < len(lines) else None
        if isinstance(follower, Brace) and follower.words[0] == "{":
            return False
        inside = self._name(len(self._stack) - 1)
        if inside is None or not self._grammar.holds(inside, line.words[0]):
            return False
        self.faults.append(
            error(
                line.place(len(line.words)),
                f"{line.words[0]}: a {{ is missing",
                "put { at the end of the line",
                line.text,
            )
        )
        line.body = []
        self.lent.append(line)
        self._guessed.add(id(line))
        self._bodies[-1].append(line)
        self._push(line, line.body)
        return True

    def _open_alone(self, brace: Line, lines: list[Line], at: int) -> None:
        """Give a `{` on a line of its own to the words before it."""
        owner = lines[at - 1] if at else None
        if owner is not None and owner.body is None and not isinstance(owner, Brace):
            owner.body = []
            self.lent.append(owner)
            if self._surplus > 0 and self._stack and self._bodies[-1][-1:] == [owner]:
                self._bodies[-1].pop()
                self._home(owner).append(owner)
            self._push(owner, owner.body)
            return
        self.faults.append(
            error(
                brace.place(), "a { with nothing before it; it is left out", "remove it", brace.text
            )
        )
        if self._surplus > 0:
            self._surplus -= 1
        else:
            self._push(None, self._bodies[-1])

    def _close(self, brace: Line, lines: list[Line], at: int) -> None:
        if self._stack and not (self._surplus < 0 and self._closes_too_early(lines, at)):
            self._stack.pop()
            self._bodies.pop()
            return
        self._surplus += 1
        if self.faults.full:
            return
        self.faults.append(
            error(brace.place(), "a } too many; it is left out", "remove it", brace.text)
        )

    def _closes_too_early(self, lines: list[Line], at: int) -> bool:
        """Say whether what follows would be right if this `}` were not there, and wrong with it."""
        follower = lines[at + 1] if at + 1 < len(lines) else None
        if follower is None or isinstance(follower, Brace):
            return False
        inside, outside = self._name(len(self._stack) - 1), self._name(len(self._stack) - 2)
        word = follower.words[0]
        return (
            inside is not None
            and self._grammar.holds(inside, word)
            and not (outside is not None and self._grammar.holds(outside, word))
        )

    def _end(self) -> None:
        missing = [line for line in self._stack if line is not None]
        if missing:
            line = missing[-1]
            many = f"{len(missing)} }} are" if len(missing) > 1 else "a } is"
            self.faults.append(
                error(
                    line.place(),
                    f"{many} missing at the end: {line.words[0]} is not closed",
                    "close it",
                    line.text,
                )
            )
