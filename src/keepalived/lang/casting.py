"""Blocks made like another one of the same text, without their lines being looked at.

Rule: only where nothing was to be said about that one; what is made is what binding would make.
"""

from __future__ import annotations

from collections.abc import Collection

from keepalived.annotations import Any, Protocol
from keepalived.lang.fault import Fault, Faults
from keepalived.lang.lexer import Line
from keepalived.lang.place import Place
from keepalived.lang.sheaf import Known, Lump, Sheaf
from keepalived.lang.vocabulary import Entry
from keepalived.records import copier


class Mould:
    """What a block came to: another one of the same text differs in its heading and its place."""

    def __init__(self, entry: Entry, made: Any, of: Lump, also: tuple[str, ...]) -> None:
        """Take what it is the entry of, what was made, of which line, and what else may differ."""
        plan = entry.inner
        assert plan is not None and plan.head is not None and plan.head.value is not None
        self.read = plan.head.value.plain
        self.copy = copier(made, plan.head.field, "place", *also)
        """Takes the value of the heading, the place, and what else differs."""
        self.of: Lump | None = of
        """The line that opened the block it was made of, until it is used the first time."""
        self.awaits = False
        """Whether there are words in it that are remarked on only where they stand first."""


class Binding(Protocol):
    """What is needed of a binder."""

    faults: Faults
    lines: dict[int, Line]
    awaiting: set[tuple[str, int]]

    def block(self, entry: Entry, line: Line, values: dict[str, Any]) -> None:
        """Bind a block line by line."""


class Casting:
    """All that was made in moulds, on one walk over a tree."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding
        self._late: dict[int, Line] = {}
        self.borrowed: set[tuple[str, int]] = set()
        """File and number of lines that stand for others of the same text too."""
        self.sheaves: list[tuple[Sheaf, Any, tuple[Any, ...]]] = []
        """Sheaves with what was made of each, and of the blocks in it."""
        self.known: list[Any] = []
        """What was made at another time."""

    def take(self, entry: Entry, line: Line, found: list[Any], values: dict[str, Any]) -> bool:
        """Bind a block, into a list; False if it has to be bound as any other."""
        if isinstance(line, Known):
            self.known.append(line.made)
            found.append(line.made)
            return True
        if not (isinstance(line, Lump) and entry.can_be_cast):
            return False
        twin = line.twin
        if not twin.tried:
            twin.tried = True
            twin.mould = self._first(entry, line, found, values)
            return True
        if twin.mould is None:
            return False
        if isinstance(line, Sheaf):
            made = self._sheaf(twin.mould, line)
        else:
            made = self._lump(twin.mould, line)
        if made is not None:
            found.append(made)
        return made is not None

    def lent_lines(self, faults: Collection[Fault]) -> bool:
        """Say whether a fault is about lines that stand for others of the same text too."""
        return any((fault.place.file, fault.place.line) in self.borrowed for fault in faults)

    def line_of(self, thing: Any) -> Line | None:
        """Give the line that opened a block of a sheaf; None for other blocks."""
        if not self._late:
            for sheaf, _, made in self.sheaves:
                lumps = [line for line in sheaf.body if isinstance(line, Lump)]
                for lump, each in zip(lumps, made, strict=True):
                    self._late[id(each.place)] = lump
        return self._late.get(id(thing.place))

    def _first(
        self, entry: Entry, line: Lump, found: list[Any], values: dict[str, Any]
    ) -> Mould | None:
        """Bind the first block of a text line by line; give a mould if it is good for one."""
        binding, count = self._binding, len(found)
        faults, awaiting = len(binding.faults), len(binding.awaiting)
        binding.block(entry, line, values)
        if len(binding.faults) != faults or len(found) == count:
            return None
        also: tuple[str, ...] = ()
        if isinstance(line, Sheaf):
            assert entry.inner is not None
            also = (entry.inner.entries[line.inner].field,)
        mould = Mould(entry, found[-1], line, also)
        mould.awaits = len(binding.awaiting) != awaiting
        return mould

    def _lump(self, mould: Mould, line: Lump) -> Any:
        """Make a block; None if its heading is odd."""
        value = mould.read(" ".join(line.words[1:]))
        if value is None:
            return None
        place = line.place()
        self._binding.lines[id(place)] = line
        if mould.awaits:
            self._binding.awaiting.add((line.source.name, line.number))
        self._lend(mould)
        return mould.copy(value, place)

    def _sheaf(self, outer: Mould, sheaf: Sheaf) -> Any:
        """Make a block and those in it; None if one of them has no mould or an odd heading."""
        value, source = outer.read(sheaf.heads[0]), sheaf.source
        if value is None:
            return None
        made: list[Any] = []
        numbers, row, awaits = source.numbers, sheaf.row, outer.awaits
        place_at = copier(Place(source.name), "line", "column")
        before = sheaf.shapes[0]
        height, column = before.height, before.column
        for head, shape in zip(sheaf.heads[1:], sheaf.shapes[1:], strict=True):
            if shape is not before:
                mould: Mould | None = shape.twin.mould
                if mould is None:
                    return None
                awaits = awaits or mould.awaits
                self._lend(mould)
                read, copy, before = mould.read, mould.copy, shape
            at = read(head)
            if at is None:
                return None
            row += height
            made.append(copy(at, place_at(numbers[row] if numbers else row + 1, column)))
            height, column = shape.height, shape.column
        place = sheaf.place()
        self._binding.lines[id(place)] = sheaf
        if awaits:
            self._binding.awaiting.add((source.name, sheaf.number))
        inner = tuple(made)
        thing = outer.copy(value, place, inner)
        self.sheaves.append((sheaf, thing, inner))
        return thing

    def _lend(self, mould: Mould) -> None:
        """Note that lines stand for other blocks' too: what is said of them has no one place."""
        of, mould.of = mould.of, None
        if of is not None:
            for row in range(of.row + 1, of.row + 2 + of.twin.text.count("\n")):
                self.borrowed.add((of.source.name, of.source.number(row)))
