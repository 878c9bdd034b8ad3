"""Blocks' rows made ready for binding: which words there are, and where each may stand.

Rule: knows no keyword; a release's dialect may change or take away rows before they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from keepalived.annotations import Any
from keepalived.lang.words import Block, Kind, Row, block_of
from keepalived.records import dataclass, replace

SEVERAL = (Kind.LINES, Kind.WORDS, Kind.MANY)
"""Kinds of which there may be many, as a tuple."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A word of a block: its row, and the block that it opens if it does."""

    row: Row
    inner: Plan | None
    field: str
    keyword: bool
    read: dict[tuple[str, ...], Any]
    """Values read before, by their words: the same words are read once a file."""

    @property
    def can_be_cast(self) -> bool:
        """Say whether it is a block that others of its text can be made like."""
        plan = self.inner
        if plan is None or self.row.kind is not Kind.MANY:
            return False
        return plan.has_place and plan.head is not None

    @property
    def inner_name(self) -> str:
        """Give the name of the block that it opens."""
        return "" if self.inner is None else self.inner.block.name


Dialect = Callable[[Row], "Row | None"]
"""What becomes of a row in the language of a release; None where it is not known."""


class Plan:
    """A block made ready for binding."""

    def __init__(self, block: Block, plans: dict[type, Plan], dialect: Dialect | None) -> None:
        plans[block.made] = self
        if dialect is not None:
            spoken = tuple(row for each in block.rows if (row := dialect(each)) is not None)
            block = replace(block, rows=spoken, bare="")
        self.block = block
        self.made: Callable[..., Any] = block.made
        self.head = next((row for row in block.rows if row.kind is Kind.HEAD), None)
        self.bare = next((row for row in block.rows if row.field == block.bare), None)
        self.each = next(
            (row for row in block.rows if row.kind is Kind.LINES and not row.name), None
        )
        self.entries: dict[str, Entry] = {}
        self.has_place = "place" in getattr(block.made, "__dataclass_fields__", {})
        self.lists = [row.field for row in block.rows if row.kind in SEVERAL]
        self.wanted = [row for row in block.rows if row.required and row.kind is Kind.KEYWORD]
        for row in block.rows:
            if row.kind in (Kind.PART, Kind.MANY):
                for made in row.blocks:
                    inner = plans.get(made) or Plan(block_of(made), plans, dialect)
                    entry = Entry(row, inner, row.field, False, {})
                    for name in (inner.block.name, *inner.block.aliases):
                        self.entries[name] = entry
            elif row.kind is not Kind.HEAD and row is not self.each:
                entry = Entry(row, None, row.field, row.kind is Kind.KEYWORD, {})
                for name in (row.name, *row.aliases, *row.also):
                    self.entries[name] = entry


class Vocabulary:
    """All words of a language, from its outermost block; the tree's grammar too.

    With a dialect it is the language of a release: strict about what is only odd in ours.
    """

    def __init__(self, root: type, dialect: Dialect | None = None) -> None:
        plans: dict[type, Plan] = {}
        self.strict = dialect is not None
        self.root = Plan(block_of(root), plans, dialect)
        self._homes: dict[str, tuple[str, ...]] = {}
        self._today = {
            alias: plan.block.name for plan in plans.values() for alias in plan.block.aliases
        }
        opens: set[str] = set()
        alone: set[str] = set()
        for plan in plans.values():
            for name, entry in plan.entries.items():
                self._homes[name] = (*self._homes.get(name, ()), plan.block.name)
                (alone if entry.keyword else opens).add(name)
        self.opens = frozenset(opens - alone)
        self.sheaf = next(self._sheaves(), None)
        """A block of which a file may have many, and the name of one of which that has many."""

    def _sheaves(self) -> Iterator[tuple[str, str]]:
        for outer in self.root.entries.values():
            inner = outer.inner
            for name, entry in inner.entries.items() if inner is not None else ():
                if outer.can_be_cast and entry.can_be_cast:
                    yield outer.inner_name, name

    def holds(self, block: str, word: str) -> bool:
        """Say whether a word may stand in the block of that name; the file's own is ""."""
        return self._today.get(block, block) in self._homes.get(word, ())

    def homes(self, word: str) -> tuple[str, ...]:
        """Give the names of the blocks that a word may stand in."""
        return self._homes.get(word, ())
