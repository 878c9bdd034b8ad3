"""What a value can be: numbers, words, switches, times, scripts.

Rule: a value reads, writes, states its shape and gives examples; it knows no keyword.
"""

from __future__ import annotations

from keepalived.lang.words import Bad, Given, Value
from keepalived.records import dataclass


def only_word(given: Given) -> str | Bad:
    """Give the first word, which must be there."""
    if not given.words:
        return Bad("a value is missing")
    return given.words[0]


class Text(Value[str]):
    """One word, or a quoted text."""

    def __init__(self, shape: str = "TEXT", most: int | None = None) -> None:
        self.shape = shape
        self._most = most

    def read(self, given: Given) -> str | Bad:
        """Read the word; `most` is what counts of it, in bytes."""
        word = only_word(given)
        if isinstance(word, Bad) or self._most is None:
            return word
        return word[: self._most]

    def remark(self, given: Given) -> str | None:
        """Name what was cut off."""
        if self._most is not None and given.words and len(given.words[0]) > self._most:
            return f"only the first {self._most} characters count: {given.words[0][: self._most]!r}"
        return None

    def write(self, value: str) -> str:
        """Quote where the word would not stand alone."""
        plain = value and not any(c in ' \t"{}#!$\\' for c in value)
        return value if plain else f'"{value}"'

    @property
    def examples(self) -> tuple[str, ...]:
        """Give short and long words."""
        return ("a", "web-1.example.org"[: self._most or 99])


class Int(Value[int]):
    """A whole number in a range, decimal."""

    def __init__(self, least: int, most: int, alone: int | None = None) -> None:
        """Take the range, and what the keyword means with nothing behind it, if it may."""
        self.least, self.most = least, most
        self._alone = alone
        self.shape = f"{least}..{most}" if alone is None else f"[{least}..{most}]"

    def read(self, given: Given) -> int | Bad:
        """Read digits with an optional minus."""
        if self._alone is not None and not given.words:
            return self._alone
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        digits = word.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            return Bad(f"'{word}' is not a whole number in {self.shape}")
        number = int(word)
        if not self.least <= number <= self.most:
            return Bad(f"{word} is out of range {self.shape}")
        return number

    def write(self, value: int) -> str:
        """Write decimal digits."""
        return str(value)

    @property
    def examples(self) -> tuple[int, ...]:
        """Give the edges and a middle."""
        return (self.least, self.most, (self.least + self.most) // 2)


class HexDigits(Value[str]):
    """So many hexadecimal digits, such as a digest; small letters are what is kept."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.shape = f"{count} hex digits"

    def read(self, given: Given) -> str | Bad:
        """Read the digits."""
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        digits = word.lower()
        if len(digits) != self._count or not set(digits) <= set("0123456789abcdef"):
            return Bad(f"'{word}' is not {self.shape}, it has {len(word)}")
        return digits

    def write(self, value: str) -> str:
        """Write the digits."""
        return value

    @property
    def examples(self) -> tuple[str, ...]:
        """Give two of the right length."""
        return (("0123456789abcdef" * self._count)[: self._count], "f" * self._count)


class Seconds(Value[int]):
    """A time in seconds with up to six decimals; the value is in microseconds."""

    def __init__(self, least_us: int, most_us: int) -> None:
        self.least_us, self.most_us = least_us, most_us
        self.shape = f"{seconds_text(least_us)}..{seconds_text(most_us)} seconds"

    def read(self, given: Given) -> int | Bad:
        """Read `N` or `N.NNNNNN`."""
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        whole, _, decimals = word.partition(".")
        if not (whole + decimals).isdigit() or not word.isascii() or len(decimals) > 6:
            return Bad(f"'{word}' is not a time in seconds, {self.shape}")
        number = int(whole or "0") * 1_000_000 + int((decimals + "000000")[:6])
        if not self.least_us <= number <= self.most_us:
            return Bad(f"{word} is out of range {self.shape}")
        return number

    def write(self, value: int) -> str:
        """Write as few decimals as say it exactly."""
        return seconds_text(value)

    @property
    def examples(self) -> tuple[int, ...]:
        """Give the edges and a common one."""
        return (self.least_us, self.most_us, min(max(3_000_000, self.least_us), self.most_us))


def seconds_text(value_us: int) -> str:
    """Write microseconds as seconds, without trailing zeros."""
    whole, rest = divmod(value_us, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".") if rest else str(whole)


class Choice(Value[str]):
    """One of some words."""

    def __init__(self, *choices: str, fold: bool = False) -> None:
        self.choices = choices
        self._fold = fold
        self.shape = "|".join(choices)

    def read(self, given: Given) -> str | Bad:
        """Read one of the words; `fold` takes any case."""
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        for choice in self.choices:
            if word == choice or (self._fold and word.lower() == choice.lower()):
                return choice
        return Bad(f"'{word}' is none of {self.shape}")

    def write(self, value: str) -> str:
        """Write the word."""
        return value

    @property
    def examples(self) -> tuple[str, ...]:
        """Give them all."""
        return self.choices


class Switch(Value[bool]):
    """A keyword alone means on; `on|true|yes` and `off|false|no` say it."""

    shape = "[on|off]"

    def read(self, given: Given) -> bool | Bad:
        """Read the optional word."""
        if not given.words:
            return True
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        if word in ("on", "true", "yes"):
            return True
        if word in ("off", "false", "no"):
            return False
        return Bad(f"'{word}' is none of on, true, yes, off, false, no")

    def write(self, value: bool) -> str:
        """Write on or off."""
        return "on" if value else "off"

    @property
    def examples(self) -> tuple[bool, ...]:
        """Give both."""
        return (True, False)


@dataclass(frozen=True, slots=True)
class Command:
    """A script with its arguments, and whom to run it as."""

    argv: tuple[str, ...]
    user: str = ""
    group: str = ""
