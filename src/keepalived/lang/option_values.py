"""What a value can be when its words are optional, several, or a name with a weight.

Rule: as in `values`; a value knows no keyword.
"""

from __future__ import annotations

from keepalived.annotations import TypeVar
from keepalived.lang.values import Int, only_word
from keepalived.lang.words import Bad, Given, Value
from keepalived.records import dataclass

T = TypeVar("T")


class Flag(Value[bool]):
    """A keyword that stands alone and means on."""

    shape = "(alone)"
    most_words = 0

    def read(self, given: Given) -> bool | Bad:
        """Take the keyword as given."""
        return True

    def write(self, value: bool) -> str:
        """Write nothing: the keyword says it."""
        return ""

    @property
    def examples(self) -> tuple[bool, ...]:
        """Give the one there is."""
        return (True,)


class Optional(Value[T]):
    """Another value, or nothing behind the keyword, which means something as well."""

    def __init__(self, inner: Value[T], alone: T) -> None:
        self._inner, self._alone = inner, alone
        self.shape = f"[{inner.shape}]"
        self.most_words = inner.most_words

    def read(self, given: Given) -> T | Bad:
        """Read the inner value, if anything is given."""
        return self._inner.read(given) if given.words else self._alone

    def write(self, value: T) -> str:
        """Write nothing where that reads back."""
        return "" if value == self._alone else self._inner.write(value)

    @property
    def examples(self) -> tuple[T, ...]:
        """Give the inner value's and the bare one."""
        return (self._alone, *self._inner.examples)


class Several(Value[tuple[T, ...]]):
    """As many values on the line as there are, at least `least`."""

    def __init__(self, inner: Value[T], least: int = 1, most: int = 999) -> None:
        self._inner, self._least, self._most = inner, least, most
        self.shape = f"{inner.shape}…" if least else f"[{inner.shape}…]"
        self.most_words = most

    def read(self, given: Given) -> tuple[T, ...] | Bad:
        """Read each word by itself."""
        if len(given.words) < self._least:
            return Bad("a value is missing")
        found: list[T] = []
        for at, word in enumerate(given.words[: self._most]):
            value = self._inner.read(Given((word,)))
            if isinstance(value, Bad):
                return Bad(value.why, at)
            found.append(value)
        return tuple(found)

    def write(self, value: tuple[T, ...]) -> str:
        """Write them side by side."""
        return " ".join(self._inner.write(each) for each in value)

    @property
    def examples(self) -> tuple[tuple[T, ...], ...]:
        """Give one, and several."""
        bare: tuple[tuple[T, ...], ...] = () if self._least else ((),)
        some = self._inner.examples[: self._most]
        whole = (some * self._least)[: max(self._least, len(some))]
        return (*bare, *((some[:1],) if self._least < 2 else ()), whole)


class Between(Value[tuple[int, int]]):
    """`N` or `N-M`: the bounds of a range, both in it."""

    def __init__(self, least: int, most: int) -> None:
        self._number = Int(least, most)
        self.shape = f"{self._number.shape}[-{most}]"

    def read(self, given: Given) -> tuple[int, int] | Bad:
        """Read one number or two."""
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        low, dash, high = word.partition("-")
        first = self._number.read(Given((low,)))
        last = self._number.read(Given((high if dash else low,)))
        if isinstance(first, Bad):
            return first
        if isinstance(last, Bad):
            return last
        return (first, last) if first <= last else Bad(f"'{word}' ends before it begins")

    def write(self, value: tuple[int, int]) -> str:
        """Write one number where they are equal."""
        return str(value[0]) if value[0] == value[1] else f"{value[0]}-{value[1]}"

    @property
    def examples(self) -> tuple[tuple[int, int], ...]:
        """Give one number, and the whole range."""
        least, most = self._number.least, self._number.most
        return ((least, least), (least, most))


@dataclass(frozen=True, slots=True)
class Owner:
    """A user and perhaps a group; `:` before the group asks for supplementary groups too."""

    user: str
    group: str = ""


class OwnerValue(Value[Owner]):
    """`USER [[:]GROUP]`."""

    shape = "USER [[:]GROUP]"
    most_words = 2

    def read(self, given: Given) -> Owner | Bad:
        """Read one or two names."""
        return Owner(*given.words[:2]) if given.words else Bad("a user is missing")

    def write(self, value: Owner) -> str:
        """Write what there is."""
        return f"{value.user} {value.group}".rstrip()

    @property
    def examples(self) -> tuple[Owner, ...]:
        """Give one with and one without a group."""
        return (Owner("root"), Owner("nobody", ":nogroup"))


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a thing that is watched counts, and whether it counts the other way round."""

    number: int
    reverse: bool = False


class WeightValue(Value[Weight]):
    """`N [reverse]`, or with `noreverse` as well."""

    most_words = 2

    def __init__(self, most: int, least: int | None = None, noreverse: bool = False) -> None:
        self._number = Int(-most if least is None else least, most)
        self._words = ("reverse", "noreverse") if noreverse else ("reverse",)
        self.shape = f"{self._number.shape} [{'|'.join(self._words)}]"

    def read(self, given: Given) -> Weight | Bad:
        """Read the number and the direction."""
        number = self._number.read(given)
        if isinstance(number, Bad):
            return number
        if given.words[1:2] and given.words[1] not in self._words:
            return Bad(f"'{given.words[1]}' is not {' or '.join(self._words)}", 1)
        return Weight(number, given.words[1:2] == ("reverse",))

    def write(self, value: Weight) -> str:
        """Write the direction where it is the other one."""
        return f"{value.number} reverse" if value.reverse else str(value.number)

    @property
    def examples(self) -> tuple[Weight, ...]:
        """Give the edges."""
        return (Weight(self._number.least), Weight(self._number.most, True), Weight(0))


@dataclass(frozen=True, slots=True)
class Tracked:
    """A name in a track block; no weight means that of what is named."""

    name: str
    weight: Weight | None = None


class TrackedValue(Value[Tracked]):
    """`NAME [weight N [reverse|noreverse]]`."""

    most_words = 4

    def __init__(self, name: str, most: int, noreverse: bool = True) -> None:
        self._weight = WeightValue(most, noreverse=noreverse)
        self.shape = f"{name} [weight {self._weight.shape}]"

    def read(self, given: Given) -> Tracked | Bad:
        """Read the name, then its weight."""
        if not given.words:
            return Bad("a name is missing")
        if len(given.words) == 1:
            return Tracked(given.words[0])
        if given.words[1] != "weight":
            return Bad(f"'{given.words[1]}' is not weight", 1)
        weight = self._weight.read(Given(given.words[2:4]))
        if isinstance(weight, Bad):
            return Bad(f"weight: {weight.why}", min(2 + weight.word, len(given.words) - 1))
        return Tracked(given.words[0], weight)

    def write(self, value: Tracked) -> str:
        """Write the name and its weight."""
        if value.weight is None:
            return value.name
        return f"{value.name} weight {self._weight.write(value.weight)}"

    @property
    def examples(self) -> tuple[Tracked, ...]:
        """Give one with and one without a weight."""
        return (Tracked("one"), *(Tracked("two", each) for each in self._weight.examples))


LONGEST_US = 2**32 - 1
"""The longest time where no other limit is named: 4294.967295 seconds."""
COUNT_MOST = 2**32 - 1
NUMBER_MOST = 2**31 - 1


class Milliseconds(Value[int]):
    """A time in milliseconds with up to three decimals; the value is in microseconds."""

    def __init__(self, least_us: int, most_us: int) -> None:
        self._least_us, self._most_us = least_us, most_us
        self.shape = f"{self.write(least_us)}..{self.write(most_us)} milliseconds"

    def read(self, given: Given) -> int | Bad:
        """Read `N` or `N.NNN`."""
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        whole, _, decimals = word.partition(".")
        if not (whole + decimals).isdigit() or not word.isascii() or len(decimals) > 3:
            return Bad(f"'{word}' is not a time in {self.shape}")
        value_us = int(whole or "0") * 1_000 + int((decimals + "000")[:3])
        if not self._least_us <= value_us <= self._most_us:
            return Bad(f"{word} is out of range {self.shape}")
        return value_us

    def write(self, value: int) -> str:
        """Write as few decimals as say it exactly."""
        whole, rest = divmod(value, 1_000)
        return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)

    @property
    def examples(self) -> tuple[int, ...]:
        """Give the edges, and one between whole milliseconds."""
        return (self._least_us, self._most_us, self._least_us + 1)


class HexBytes(Value[str]):
    """Bytes in hex digits with blanks anywhere; a digit before a blank is a byte of its own."""

    shape = "HEX DIGITS"
    most_words = 999

    def __init__(self, wild: bool = False) -> None:
        self._digits = "0123456789abcdefABCDEF" + ("xX" if wild else "")
        self.shape = "HEX DIGITS, x FOR ANY" if wild else self.shape

    def read(self, given: Given) -> str | Bad:
        """Read pairs of digits from all words."""
        found = ""
        for at, group in enumerate(given.words):
            for word in group.split():
                if any(each not in self._digits for each in word):
                    return Bad(f"'{word}' is not made of hex digits", at)
                found += word if len(word) % 2 == 0 else f"{word[:-1]}0{word[-1]}"
        return found.lower() or Bad("a value is missing")

    def write(self, value: str) -> str:
        """Write the digits."""
        return value

    @property
    def examples(self) -> tuple[str, ...]:
        """Give short and long ones."""
        return ("00ff", "0123456789abcdef" * 2, *(("xx0f",) if "x" in self._digits else ()))
