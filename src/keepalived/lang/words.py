"""How a frozen dataclass becomes vocabulary: one row, one keyword.

Rule: a row says everything about its keyword; nothing else in the tree says it again.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from keepalived.annotations import Any, Generic, TypeVar, dataclass_transform
from keepalived.lang.place import NOWHERE, Place
from keepalived.records import MISSING, dataclass, field, fields, replace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """The words behind a keyword, as split, and as they stand in the line."""

    words: tuple[str, ...]
    raw: str = ""
    """The same text before splitting: quotes and escapes kept."""
    cut: str = ""
    """What a comment sign inside the last word cut off, the sign included; else empty."""


@dataclass(frozen=True, slots=True)
class Bad:
    """Why a value could not be read, and which of the given words is to blame (from 0)."""

    why: str
    word: int = 0


class Value(Generic[T]):
    """What a value can be: how it is read, written, described and tried out."""

    shape: str = ""
    """The admissible form in a few characters: `1..255`, `MASTER|BACKUP`, `ADDRESS`."""
    most_words: int = 1
    """How many words it reads; as upstream, what stands behind them is passed over."""
    leads: tuple[str, ...] = ()
    """Words one of which must come first where more than one word is read; none: any may."""

    def read(self, given: Given) -> T | Bad:
        """Read the words behind a keyword."""
        raise AssertionError(f"{type(self).__name__} does not read")

    def plain(self, text: str) -> T | None:
        """Read words in their plainest form, with nothing odd about them; None: `read` them."""
        return None

    def write(self, value: T) -> str:
        """Write a value as the words that read back to it."""
        raise AssertionError(f"{type(self).__name__} does not write")

    def extent(self, rest: tuple[str, ...]) -> int | None:
        """Say how many of these words are its own; None where any option ends it."""
        return None

    def remark(self, given: Given) -> str | None:
        """Say what is odd, though readable, about what was given; None when nothing is."""
        return None

    @property
    def examples(self) -> tuple[T, ...]:
        """Give some values, the edges among them; the tests' random files are made of these."""
        raise AssertionError(f"{type(self).__name__} has no examples")


class Kind(Enum):
    """How a row lies in its block."""

    HEAD = "head"
    """The words behind the block's own name."""
    KEYWORD = "keyword"
    """`name VALUE`, the last one counts."""
    LINES = "lines"
    """`name { … }`, one value a line."""
    WORDS = "words"
    """`name { … }`, any number of one-word values a line."""
    PART = "part"
    """A block inside, at most one."""
    MANY = "many"
    """Blocks inside, as many as there are."""


@dataclass(frozen=True, slots=True)
class Row:
    """Everything about one keyword."""

    field: str
    kind: Kind
    name: str
    doc: str
    value: Value[Any] | None = None
    blocks: tuple[type, ...] = ()
    aliases: tuple[str, ...] = ()
    """Older spellings that mean the same; they bring a remark."""
    also: tuple[str, ...] = ()
    """Other spellings that are as good."""
    retired: str = ""
    """What to write today; a word so marked is read with a remark."""
    ours: bool = False
    """A word that upstream does not know."""
    required: bool = False
    always: bool = False
    """Written out even where it is the default: leaving it out means something else."""
    several: bool = False
    """A keyword that may be repeated: its field is a tuple."""
    once: bool = False
    """The first one counts and a repetition is reported (scripts)."""
    since: str = ""
    """A release that brought the word; empty when 2.2.7 has it, "post" for after 2.4.3."""
    until: str = ""
    """The last release that knows the word; empty when today's does."""
    awaits: str = ""
    """Read and bounded, but without effect until this piece of work: vrrp, lvs, operations."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the language: its name and its rows, in the order of their declaration."""

    name: str
    made: type
    doc: str
    rows: tuple[Row, ...]
    bare: str = ""
    """The field of WORDS that takes words standing in the block without a keyword; else empty."""
    aliases: tuple[str, ...] = ()
    """Older names that mean the same; they bring a remark."""


_BLOCKS: dict[type, Block] = {}
_PIECES: set[type] = set()
_FOR_DICTS = ("__dict__", "__weakref__")


def block_of(made: type) -> Block:
    """Give the block that a class stands for."""
    return _BLOCKS[made]


def _specifier(row: dict[str, object], default: object, factory: object = MISSING) -> Any:
    given: dict[str, Any] = {"metadata": {"row": row}}
    if factory is not MISSING:
        given["default_factory"] = factory
    elif default is not MISSING:
        given["default"] = default
    return field(**given)


def head(value: Value[T], *, doc: str) -> T:
    """Declare the words behind the block's name."""
    return _specifier({"kind": Kind.HEAD, "name": "", "value": value, "doc": doc}, MISSING)  # type: ignore[no-any-return]


def keyword(name: str, value: Value[T], *, doc: str, default: Any = MISSING, **more: Any) -> T:
    """Declare `name VALUE`. `more`: aliases, also, retired, ours, always, once, as in Row."""
    row = {"kind": Kind.KEYWORD, "name": name, "value": value, "doc": doc, **more}
    row["required"] = default is MISSING
    return _specifier(row, default)  # type: ignore[no-any-return]


def repeated(
    name: str, value: Value[T], *, doc: str, default: Any = (), **more: Any
) -> tuple[T, ...]:
    """Declare `name VALUE` that may stand several times, each counting."""
    row = {"kind": Kind.KEYWORD, "name": name, "value": value, "doc": doc, "several": True, **more}
    return _specifier(row, default)  # type: ignore[no-any-return]


def lines(name: str, value: Value[T], *, doc: str, default: Any = (), **more: Any) -> tuple[T, ...]:
    """Declare `name { … }` with one value a line."""
    row = {"kind": Kind.LINES, "name": name, "value": value, "doc": doc, **more}
    return _specifier(row, default)  # type: ignore[no-any-return]


def words(name: str, value: Value[T], *, doc: str, default: Any = (), **more: Any) -> tuple[T, ...]:
    """Declare `name { … }` with several one-word values a line."""
    row = {"kind": Kind.WORDS, "name": name, "value": value, "doc": doc, **more}
    return _specifier(row, default)  # type: ignore[no-any-return]


def part(made: type[T], *, doc: str, default: Any = None, **more: Any) -> T | None:
    """Declare a block inside that stands at most once."""
    row = {"kind": Kind.PART, "name": "", "blocks": (made,), "doc": doc, **more}
    return _specifier(row, default)  # type: ignore[no-any-return]


def many(*made: type[Any], doc: str, default: Any = (), **more: Any) -> tuple[Any, ...]:
    """Declare blocks inside, of one class or of several, kept in the order of the file."""
    row = {"kind": Kind.MANY, "name": "", "blocks": made, "doc": doc, **more}
    return _specifier(row, default)  # type: ignore[no-any-return]


def where(default: Place = NOWHERE) -> Place:
    """Declare the field that remembers where the block began; it takes no part in comparisons."""
    return field(default=default, compare=False, repr=False)


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(head, keyword, repeated, lines, words, part, many, where),
)
def rows(cls: type[T]) -> type[T]:
    """Mark a class of rows that blocks inherit: a large block is written in several modules.

    It is no block of its own, and nothing is made of it.
    """
    words = {name: value for name, value in vars(cls).items() if name not in _FOR_DICTS}
    # Without slots of its own a piece would give each block made with it an empty dictionary.
    piece: type[T] = type(cls.__name__, cls.__bases__, {**words, "__slots__": ()})
    _PIECES.add(piece)
    return piece


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(head, keyword, repeated, lines, words, part, many, where),
)
def block(
    name: str, *, doc: str, bare: str = "", aliases: tuple[str, ...] = ()
) -> Callable[[type[T]], type[T]]:
    """Make a class of rows into a frozen block of the language."""

    def make(cls: type[T]) -> type[T]:
        _gather(cls)
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        found = [
            _row_of(each)
            for each in fields(made)  # type: ignore[arg-type]
            if "row" in each.metadata
        ]
        for place, row in enumerate(found):
            if row.kind in (Kind.PART, Kind.MANY):
                names = "|".join(block_of(b).name for b in row.blocks)
                found[place] = replace(row, name=names)
        _BLOCKS[made] = Block(name, made, doc, tuple(found), bare, aliases)
        return made

    return make


def _row_of(each: Any) -> Row:
    """Give a field's row. It takes the place of the words that it was declared with."""
    row = each.metadata["row"]
    if not isinstance(row, Row):
        row = each.metadata["row"] = Row(field=each.name, **row)
    return row


def _gather(cls: type) -> None:
    """Take the rows of the pieces that a class inherits as its own, before those it declares."""
    own = dict(cls.__annotations__)
    gathered: dict[str, Any] = {}
    settled = {each for made in cls.__mro__[1:] if made in _BLOCKS for each in made.__mro__}
    for piece in reversed(cls.__mro__):
        if piece in _PIECES and piece not in settled:
            gathered.update(piece.__annotations__)
    for name in gathered.keys() - own.keys():
        setattr(cls, name, getattr(cls, name))
    cls.__annotations__ = {**gathered, **own}
