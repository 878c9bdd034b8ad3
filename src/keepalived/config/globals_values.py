"""What values of `global_defs` can be: relays, masks, buffers, the sync daemon, timeouts.

Rule: as in `lang.values`; each reads and writes one form.
"""

from __future__ import annotations

from keepalived.core.vrrp.lines import GroupAddressValue
from keepalived.lang.pieces import Options, Piece, Pieces, PiecesValue
from keepalived.lang.values import Int, Text, only_word
from keepalived.lang.words import Bad, Given, Value

MONTH_S = 31 * 86_400
_MODES = ("R", "W", "X")
UMASK_NAMES = frozenset(f"I{mode}{who}" for who in ("USR", "GRP", "OTH") for mode in _MODES) | {
    "IRWXU",
    "IRWXG",
    "IRWXO",
}


class HostPort(Value[tuple[str, int]]):
    """`HOST [PORT]`: a name or an address, port 25 by default."""

    shape = "HOST [PORT]"
    most_words = 2

    def read(self, given: Given) -> tuple[str, int] | Bad:
        """Read the host and the optional port."""
        if not given.words:
            return Bad(f"expected {self.shape}")
        if len(given.words) == 1:
            return (given.words[0], 25)
        port = Int(1, 65535).read(Given(given.words[1:2]))
        return Bad(f"port {port.why}", 1) if isinstance(port, Bad) else (given.words[0], port)

    def write(self, value: tuple[str, int]) -> str:
        """Write both."""
        return f"{value[0]} {value[1]}"

    @property
    def examples(self) -> tuple[tuple[str, int], ...]:
        """Give an address and a name."""
        return (("192.168.200.20", 25), ("mail.example.org", 2525))


class UmaskValue(Value[str]):
    """A file mode mask: a number, or names of bits joined by `|`."""

    shape = "NUMBER | IRGRP|IWGRP…"

    def read(self, given: Given) -> str | Bad:
        """Read either form; it is kept as written."""
        word = only_word(given)
        if isinstance(word, Bad):
            return word
        text = "".join(given.words) if "|" in "".join(given.words) else word
        if all(each in UMASK_NAMES for each in text.split("|")):
            return text
        try:
            number = int(text, 16) if text[:2] in ("0x", "0X") else _octal_or_decimal(text)
        except ValueError:
            return Bad(f"'{text}' is neither a mask nor names such as IWGRP")
        return text if 0 <= number <= 0o777 else Bad(f"'{text}' is more than 0777")

    def write(self, value: str) -> str:
        """Write it as it stood."""
        return value

    @property
    def examples(self) -> tuple[str, ...]:
        """Give all forms."""
        return ("077", "18", "0x3f", "IRGRP|IWOTH")


def umask_number(text: str) -> int:
    """Give the mask that a text which `UmaskValue` read stands for."""
    if text[:1] != "I":
        return int(text, 16) if text[:2] in ("0x", "0X") else _octal_or_decimal(text)
    number = 0
    for name in text.split("|"):
        shift = {"U": 6, "G": 3, "O": 0}[name.removeprefix("IRWX")[0] if "RWX" in name else name[2]]
        number |= (7 if "RWX" in name else {"R": 4, "W": 2, "X": 1}[name[1]]) << shift
    return number


def _octal_or_decimal(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text, 8) if text.startswith("0") else int(text)


class IncludeCheckValue(Value[tuple[str, ...]]):
    """What plain `include` insists on: words, each perhaps with a sign before it."""

    shape = "[[+|-]readable|match|wildcard_match|brace_match…]"
    most_words = 8
    _words = ("readable", "read", "match", "wildcard_match", "brace_match")

    def read(self, given: Given) -> tuple[str, ...] | Bad:
        """Read the words; none means all."""
        for at, word in enumerate(given.words):
            if word.lstrip("+-") not in self._words:
                return Bad(f"'{word}' is none of {', '.join(self._words)}", at)
        return given.words or ("readable", "match", "wildcard_match", "brace_match")

    def write(self, value: tuple[str, ...]) -> str:
        """Write them side by side."""
        return " ".join(value)

    @property
    def examples(self) -> tuple[tuple[str, ...], ...]:
        """Give some."""
        return (("read",), ("+match", "-read"))


class RxBufsValue(Value[str]):
    """`MTU`, `ADVERT` or a number of bytes."""

    shape = "MTU|ADVERT|BYTES"

    def read(self, given: Given) -> str | Bad:
        """Read either; it is kept as written."""
        word = only_word(given)
        if isinstance(word, Bad) or word in ("MTU", "ADVERT"):
            return word
        number = Int(1, 2**31 - 1).read(Given((word,)))
        return Bad(f"'{word}' is none of {self.shape}") if isinstance(number, Bad) else word

    def write(self, value: str) -> str:
        """Write the word."""
        return value

    @property
    def examples(self) -> tuple[str, ...]:
        """Give all forms."""
        return ("MTU", "ADVERT", "65536")


def lvs_timeouts() -> PiecesValue:
    """Give the value of `lvs_timeouts`."""
    return PiecesValue(
        Piece("tcp", Int(0, MONTH_S), "Seconds of an established connection."),
        Piece("tcpfin", Int(0, MONTH_S), "Seconds after its end was seen."),
        Piece("udp", Int(0, MONTH_S), "Seconds of a UDP flow."),
    )


class SyncDaemonValue(Value[Options]):
    """`IF [[inst] VI] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]`."""

    most_words = 14
    shape = (
        "INTERFACE [[inst] INSTANCE] [id 0..255] [maxlen 1..65507] [port 1..65535]"
        " [ttl 1..255] [group ADDRESS]"
    )
    _pieces = Pieces(
        Piece("interface", Text("INTERFACE"), "The link it uses."),
        Piece("inst", Text("INSTANCE"), "The instance whose state it follows."),
        Piece("id", Int(0, 255), "Its number."),
        Piece("maxlen", Int(1, 65507), "The longest packet."),
        Piece("port", Int(1, 65535), "Its port."),
        Piece("ttl", Int(1, 255), "How far packets go."),
        Piece("group", GroupAddressValue(), "The group it sends to."),
    )

    def read(self, given: Given) -> Options | Bad:
        """Read the link, the instance with or without its word, and the options."""
        if not given.words:
            return Bad("an interface is missing")
        words = ("interface", *given.words)
        if len(words) > 2 and not self._pieces.knows(words[2]):
            words = (*words[:2], "inst", *words[2:])
            if len(words) > 4 and words[4].isdigit():
                words = (*words[:4], "id", *words[4:])
        found = self._pieces.read(words, 0)
        if isinstance(found, Bad):
            return Bad(found.why, min(max(found.word - 1, 0), len(given.words) - 1))
        return found

    def write(self, value: Options) -> str:
        """Write the link first, then the options."""
        return self._pieces.write(value).removeprefix("interface ")

    @property
    def examples(self) -> tuple[Options, ...]:
        """Give the shortest and the longest form."""
        short: Options = (("interface", "eth0"),)
        return (short, (*short, ("inst", "VI_1")), self._pieces.examples[-1])
