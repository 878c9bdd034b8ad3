"""Options in a line, in any order: a table of them reads words to pairs and writes pairs to words.

Rule: a table says what each option takes; what a line means is its own block's.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.lang.words import Bad, Given, Value
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """An option in a line: its word, how many words it takes, and what it means."""

    name: str
    value: Value[Any] | None
    doc: str
    also: tuple[str, ...] = ()


Options = tuple[tuple[str, object], ...]
"""Options by name, in the order of their table; one without a value has True."""


class Pieces:
    """A table of options in any order: reads words to pairs and writes pairs to words."""

    def __init__(self, *pieces: Piece) -> None:
        self.pieces = pieces
        self._by_name = {name: each for each in pieces for name in (each.name, *each.also)}
        self._order = {each.name: at for at, each in enumerate(pieces)}

    @property
    def shape(self) -> str:
        """Give all options in a line."""
        return " ".join(
            f"[{each.name} {each.value.shape}]" if each.value else f"[{each.name}]"
            for each in self.pieces
        )

    def knows(self, word: str) -> bool:
        """Say whether a word is one of the options."""
        return word in self._by_name

    def read(self, words: tuple[str, ...], at: int) -> Options | Bad:
        """Read from a word on; the last of a repeated option counts."""
        found: dict[str, object] = {}
        while at < len(words):
            taken = self.take(words, at)
            if isinstance(taken, Bad):
                return taken
            name, found[name], at = taken
        return self.ordered(found)

    def take(self, words: tuple[str, ...], at: int) -> tuple[str, object, int] | Bad:
        """Read one option; give its name, its value and where the next one begins."""
        piece = self._by_name.get(words[at])
        if piece is None:
            return Bad(f"'{words[at]}' is not an option here", at)
        if piece.value is None:
            return piece.name, True, at + 1
        taken = self._taken(piece.value, words[at + 1 :])
        value = piece.value.read(Given(words[at + 1 : at + 1 + taken]))
        if isinstance(value, Bad):
            return Bad(f"{words[at]}: {value.why}", min(at + 1 + value.word, len(words) - 1))
        return piece.name, value, at + 1 + taken

    def ordered(self, found: dict[str, object]) -> Options:
        """Give options in the order of the table."""
        return tuple(sorted(found.items(), key=lambda pair: self._order[pair[0]]))

    def _taken(self, value: Value[Any], rest: tuple[str, ...]) -> int:
        """Say how many words the value takes: up to its most, none that is an option after one."""
        own = value.extent(rest)
        if own is not None:
            return own
        taken = min(1, len(rest))
        most = 1 if value.leads and rest[:1] and rest[0] not in value.leads else value.most_words
        while taken < min(most, len(rest)) and not self.knows(rest[taken]):
            taken += 1
        return taken

    def write(self, options: Options) -> str:
        """Write them in the order of the table."""
        texts = []
        for name, held in options:
            value = self._by_name[name].value
            texts.append(f"{name} {value.write(held)}".rstrip() if value else name)
        return " ".join(texts)

    @property
    def examples(self) -> tuple[Options, ...]:
        """Give each option alone with each of its examples, and then all at once."""
        single: list[Options] = [
            ((each.name, held),)
            for each in self.pieces
            for held in (each.value.examples if each.value else (True,))
        ]
        whole = tuple(
            (each.name, each.value.examples[0] if each.value else True) for each in self.pieces
        )
        return (*single, whole)


class PiecesValue(Value[Options]):
    """Options alone, in any order, at least one."""

    most_words = 99

    def __init__(self, *pieces: Piece) -> None:
        self._pieces = Pieces(*pieces)
        self.shape = self._pieces.shape

    def read(self, given: Given) -> Options | Bad:
        """Read the pairs."""
        return self._pieces.read(given.words, 0) if given.words else Bad("a value is missing")

    def write(self, value: Options) -> str:
        """Write the pairs."""
        return self._pieces.write(value)

    @property
    def examples(self) -> tuple[Options, ...]:
        """Give each alone, and all at once."""
        return self._pieces.examples


def option(options: Options, name: str) -> object | None:
    """Give the value of an option, None where it is not given."""
    return next((held for each, held in options if each == name), None)
