"""Logical lines to blocks the way keepalived's own reader does it, one brace after another.

Rule: guesses nothing. An unknown word opens no block, so that the `}` behind it closes the block
around it; what follows is read one level too far out, and is complained about line by line.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import copy

from keepalived.lang.binder import Plan, Vocabulary
from keepalived.lang.fault import Fault, error, unplaced
from keepalived.lang.lexer import Brace, Line


def flatten(
    lines: list[Line], vocabulary: Vocabulary, skipped: Collection[str] = ()
) -> tuple[list[Line], list[Fault], dict[int, Line]]:
    """Put lines into blocks; give the top level's, and a fault for every brace that is odd.

    The third is the closing brace of each block, by the identity of the line that opened it.

    Blocks of the top level named in `skipped` are passed over, up to the brace that balances
    theirs: so does a process that a block does not concern. The lines given are left as they are.
    """
    walk = _Walk(vocabulary, skipped)
    walk.take(lines)
    return walk.top, walk.faults, walk.ends


class _Walk:
    """One walk over the lines."""

    def __init__(self, vocabulary: Vocabulary, skipped: Collection[str]) -> None:
        self.top: list[Line] = []
        self.faults: list[Fault] = []
        self.ends: dict[int, Line] = {}
        self._skipped = skipped
        self._deep = 0
        """How many braces are open in a block that is passed over."""
        self._stack: list[tuple[Plan | None, list[Line]]] = [(vocabulary.root, self.top)]
        """The open blocks with their bodies; one without a plan lists values."""
        self._openers: list[Line] = []

    def take(self, lines: list[Line]) -> None:
        """Walk to the end of the file."""
        taken = False
        for at, line in enumerate(lines):
            if taken:
                taken = False
            elif self._deep:
                self._pass_over(line)
            elif isinstance(line, Brace):
                self._brace(line)
            else:
                follower = lines[at + 1] if at + 1 < len(lines) else None
                brace = isinstance(follower, Brace) and follower.words[0] == "{"
                taken = self._line(line, follower, brace)
        missing = len(self._stack) - 1 + self._deep
        if missing:
            what = f"{missing} }} missing at the end, or as many {{ too many"
            self.faults.append(unplaced(what, "close every block", 5))

    def _pass_over(self, line: Line) -> None:
        if line.body is not None or line.words[0] == "{":
            self._deep += 1
        elif isinstance(line, Brace):
            self._deep -= 1

    def _brace(self, brace: Line) -> None:
        if brace.words[0] == "{":
            self._unexpected(brace)
        elif len(self._stack) > 1:
            self._stack.pop()
            self.ends[id(self._openers.pop())] = brace
        else:
            self._complain(brace, "a } too many; it is left out", "remove it")

    def _line(self, line: Line, follower: Line | None, brace: bool) -> bool:
        """Take a line; True when the brace behind it went with it."""
        plan, body = self._stack[-1]
        entry = plan.entries.get(line.words[0]) if plan is not None and not line.broken else None
        opens = brace or line.body is not None
        if entry is None or entry.keyword:
            if line.body is not None and entry is not None:
                self._unexpected(line)
            elif line.body is not None and plan is None:
                self._complain(line, "a list of values has no blocks in it", "remove the {")
            body.append(_without_body(line))
            return False
        if len(self._stack) == 1 and line.words[0] in self._skipped:
            self._deep = 1 if opens else 0
            return brace
        if not opens and follower is not None:
            self._complain(follower, f"{line.words[0]}: a {{ is missing before this", "add {")
        opened = copy(line)
        opened.body = []
        body.append(opened)
        self._stack.append((entry.inner, opened.body))
        self._openers.append(opened)
        return brace

    def _unexpected(self, line: Line) -> None:
        self._complain(line, "a { where no block begins; it is left out", "remove it")

    def _complain(self, line: Line, what: str, remedy: str) -> None:
        self.faults.append(error(line.place(), what, remedy, line.text))


def _without_body(line: Line) -> Line:
    if line.body is None:
        return line
    bare = copy(line)
    bare.body = None
    return bare
