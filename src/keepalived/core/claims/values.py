"""What the options of route and rule lines can be.

Rule: values only. What may be a name of iproute2's tables is kept as written.
"""

from __future__ import annotations

from keepalived.lang.values import Int, only_word
from keepalived.lang.words import Bad, Given, Value
from keepalived.wire.addresses import family_of, parse_address


class NetworkValue(Value[str]):
    """An address with an optional prefix length, or one of some words; kept as written."""

    def __init__(self, words: tuple[str, ...] = ()) -> None:
        self._words = words
        self.shape = "|".join(("ADDRESS[/PREFIX]", *words))

    def read(self, given: Given) -> str | Bad:
        """Read the one word."""
        word = only_word(given)
        if isinstance(word, Bad) or word in self._words:
            return word
        text, slash, bits = word.partition("/")
        address = parse_address(text)
        if address is None:
            return Bad(f"'{word}' is not a network")
        most = family_of(address).bits
        if slash and not (bits.isascii() and bits.isdigit() and int(bits) <= most):
            return Bad(f"'/{bits}' is not a prefix length in 0..{most}")
        return word

    def write(self, value: str) -> str:
        """Write it."""
        return value

    @property
    def examples(self) -> tuple[str, ...]:
        """Give a network, an address and the words."""
        return ("192.168.9.0/24", "192.168.9.1", *self._words)


class FlaggedAddressValue(Value[tuple[str, str]]):
    """`[inet|inet6] ADDRESS`: the family as written, and the address."""

    shape = "[inet|inet6] ADDRESS"
    most_words = 2
    leads = ("inet", "inet6")

    def read(self, given: Given) -> tuple[str, str] | Bad:
        """Read the optional family and the address."""
        family = given.words[0] if given.words[:1] and given.words[0] in ("inet", "inet6") else ""
        words = given.words[1:] if family else given.words
        word = only_word(Given(words))
        if isinstance(word, Bad):
            return word
        if parse_address(word) is None:
            return Bad(f"'{word}' is not an IPv4 or IPv6 address", 1 if family else 0)
        if len(words) > 1:
            return Bad(f"'{words[1]}' is not an option here", len(given.words) - 1)
        return family, word

    def write(self, value: tuple[str, str]) -> str:
        """Write both."""
        return " ".join(value).strip()

    @property
    def examples(self) -> tuple[tuple[str, str], ...]:
        """Give one with and one without a family."""
        return (("", "192.168.9.1"), ("inet6", "2001:db8::9"))


class NameValue(Value[str]):
    """A number, or a name that a table of iproute2 has; kept as written."""

    def __init__(self, shape: str) -> None:
        self.shape = shape

    def read(self, given: Given) -> str | Bad:
        """Read the word."""
        return only_word(given)

    def write(self, value: str) -> str:
        """Write it."""
        return value

    @property
    def examples(self) -> tuple[str, ...]:
        """Give a number."""
        return ("100",)


class LockedValue(Value[tuple[str, bool]]):
    """`[lock] N`: the value as written, and whether the kernel may not change it."""

    most_words = 2

    def __init__(self, named: bool = False) -> None:
        self._named = named
        self.shape = "[lock] NAME" if named else "[lock] NUMBER"

    def read(self, given: Given) -> tuple[str, bool] | Bad:
        """Read both."""
        locked = given.words[:1] == ("lock",)
        words = given.words[1:] if locked else given.words
        word = only_word(Given(words))
        if isinstance(word, Bad):
            return word
        if len(words) > 1:
            return Bad(f"'{words[1]}' is not an option here", len(given.words) - 1)
        digits = word.removesuffix("ms").removesuffix("s")
        if not self._named and not (digits.isascii() and digits.isdigit()):
            return Bad(f"'{word}' is not a number", int(locked))
        return word, locked

    def write(self, value: tuple[str, bool]) -> str:
        """Write both."""
        return f"lock {value[0]}" if value[1] else value[0]

    @property
    def examples(self) -> tuple[tuple[str, bool], ...]:
        """Give one of each."""
        word = "cubic" if self._named else "1400"
        return ((word, False), (word, True))


class RangeValue(Value[tuple[int, int]]):
    """`A-B`, or one number for both."""

    def __init__(self, most: int, single: bool = True) -> None:
        self._number, self._single = Int(0, most), single
        self.shape = "A[-B]" if single else "A-B"

    def read(self, given: Given) -> tuple[int, int] | Bad:
        """Read the bounds."""
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        low, dash, high = word.partition("-")
        if not dash and not self._single:
            return Bad(f"'{word}' is not of the form A-B")
        first = self._number.read(Given((low,)))
        last = self._number.read(Given((high if dash else low,)))
        if isinstance(first, Bad) or isinstance(last, Bad) or first > last:
            return Bad(f"'{word}' is not a range within {self._number.shape}")
        return first, last

    def write(self, value: tuple[int, int]) -> str:
        """Write both bounds."""
        return f"{value[0]}-{value[1]}"

    @property
    def examples(self) -> tuple[tuple[int, int], ...]:
        """Give two."""
        return ((0, 1), (1000, self._number.most))


_TUNNEL_FLAGS = ("csum", "key", "seq")
_TUNNEL_WORDS = {
    "ip": ("id", "dst", "src", "tos", "ttl", "flags", *_TUNNEL_FLAGS),
    "ip6": ("id", "dst", "src", "tc", "hoplimit", "flags", *_TUNNEL_FLAGS),
    "mpls": ("ttl",),
    "ila": ("csum-mode",),
}


class EncapValue(Value[tuple[str, ...]]):
    """A tunnel: its kind, then its options as written."""

    shape = "ip|ip6|mpls|ila …"
    most_words = 16

    def extent(self, rest: tuple[str, ...]) -> int | None:
        """Count the kind, what it leads to, and its pairs: some have the names of a route's own."""
        kind = rest[0] if rest else ""
        taken = min(2 if kind in ("mpls", "ila") else 1, len(rest))
        while taken < len(rest) and rest[taken] in _TUNNEL_WORDS.get(kind, ()):
            taken += 1 if rest[taken] in _TUNNEL_FLAGS else 2
        return min(taken, len(rest))

    def read(self, given: Given) -> tuple[str, ...] | Bad:
        """Read the kind; the options belong to it."""
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        if word not in ("ip", "ip6", "mpls", "ila"):
            return Bad(f"'{word}' is none of ip, ip6, mpls, ila")
        if len(given.words) < 2:
            return Bad(f"{word}: a value is missing")
        return given.words

    def write(self, value: tuple[str, ...]) -> str:
        """Write them side by side."""
        return " ".join(value)

    @property
    def examples(self) -> tuple[tuple[str, ...], ...]:
        """Give some."""
        return (
            ("mpls", "100"),
            ("ip", "id", "7", "dst", "10.0.0.1", "src", "10.0.0.2", "tos", "3", "ttl", "4"),
        )


ENCAPS = EncapValue()
