"""The words of telling: which script is called for which state, and where mail goes.

Rule: a script is a Command; the first one given counts.
"""

from __future__ import annotations

from keepalived.lang.values import Command
from keepalived.lang.words import Bad, Given, Value
from keepalived.records import dataclass

_NAMED = {
    **dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True)),
    "E": "\x1b",
}
_OCTAL, _HEX = frozenset("01234567"), frozenset("0123456789abcdefABCDEF")


class Script(Value[Command]):
    """A program with its arguments: `PATH`, or `"PATH ARG…"`, then optionally user and group."""

    shape = '"PATH [ARG…]" [USER [GROUP]]'
    most_words = 3

    def read(self, given: Given) -> Command | Bad:
        """Split twice: into command, user and group, then the command into its arguments."""
        if not given.words:
            return Bad("a script is missing")
        pieces = _pieces(given.raw or " ".join(given.words))
        if isinstance(pieces, Bad):
            return pieces
        if not pieces:
            return Bad("the script has no name")
        command, *owner = pieces
        argv = _arguments(command)
        if isinstance(argv, Bad):
            return argv
        if not argv or not argv[0]:
            return Bad("the script has no name")
        if any("\0" in each for each in argv):
            return Bad("an argument has a NUL byte in it")
        return Command(tuple(argv), *owner[:2])

    def write(self, value: Command) -> str:
        """Write the command in double quotes, and arguments that need it in single ones."""
        command = " ".join(_protected(each) for each in value.argv)
        owner = " ".join(each for each in (value.user, value.group) if each)
        return f'"{command}" {owner}'.rstrip()

    @property
    def examples(self) -> tuple[Command, ...]:
        """Give one without and some with arguments, blanks and quotes among them."""
        return (
            Command(("/bin/true",)),
            Command(("/bin/echo", "a", "b"), "nobody", "nogroup"),
            Command(("/bin/echo", "two words", "", 'a"b', "it's", "back\\slash", "x#y!{z}")),
        )


def _pieces(raw: str) -> list[str] | Bad:
    """Cut at blanks outside quotes of either kind; pieces that touch are one, escapes are kept."""
    pieces: list[str] = []
    piece: list[str] | None = None
    quote, at = "", 0
    while at < len(raw):
        sign = raw[at]
        if sign == "\\" and at + 1 < len(raw):
            piece = [*(piece or []), raw[at : at + 2]]
            at += 2
            continue
        if quote:
            if sign == quote:
                quote = ""
            else:
                assert piece is not None
                piece.append(sign)
        elif sign in "\"'":
            quote, piece = sign, piece or []
        elif sign in " \t\f\v\r\n":
            if piece is not None:
                pieces.append("".join(piece))
            piece = None
        else:
            piece = piece or []
            piece.append(sign)
        at += 1
    if quote:
        return Bad(f"a {quote} is not closed")
    return pieces if piece is None else [*pieces, "".join(piece)]


def _arguments(command: str) -> list[str] | Bad:
    """Cut the command into its arguments, with escapes and quotes taken for what they mean."""
    found: list[str] = []
    word: list[str] | None = None
    quote, at = "", 0
    while at < len(command):
        sign = command[at]
        at += 1
        if sign == "\\" and at < len(command):
            letter, at = _escaped(command, at)
            word = [*(word or []), letter]
        elif quote and sign == quote:
            quote = ""
        elif quote:
            assert word is not None
            word.append(sign)
        elif sign in "\"'":
            quote, word = sign, word or []
        elif sign in " \t\f\v\r\n":
            if word is not None:
                found.append("".join(word))
            word = None
        else:
            word = [*(word or []), sign]
    if quote:
        return Bad(f"a {quote} is not closed")
    return found if word is None else [*found, "".join(word)]


def _escaped(text: str, at: int) -> tuple[str, int]:
    """Read what stands behind a backslash; give the letter and where to go on."""
    sign = text[at]
    if sign in _NAMED:
        return _NAMED[sign], at + 1
    if sign in _OCTAL:
        end = at
        while end < min(len(text), at + 3) and text[end] in _OCTAL:
            end += 1
        return chr(int(text[at:end], 8) & 0xFF), end
    if sign == "x" and text[at + 1 : at + 2] in _HEX:
        end = at + 1
        while end < min(len(text), at + 3) and text[end] in _HEX:
            end += 1
        return chr(int(text[at + 1 : end], 16)), end
    if sign == "c" and at + 1 < len(text):
        return chr(ord(text[at + 1]) & 0x1F), at + 2
    return sign, at + 1


def _protected(word: str) -> str:
    """Write an argument so that it survives both splits."""
    odd = {'"': "\\x22", "'": "\\x27", "\\": "\\x5c", "\n": "\\n", "\r": "\\r"}
    safe = "".join(odd.get(each, each) for each in word)
    plain = word and not any(each in " \t\f\v\r\n'" for each in word)
    return safe if plain else f"'{safe}'"


@dataclass(frozen=True, slots=True)
class MailConfig:
    """Where mail goes and how: what the process that delivers it runs on."""

    server: str
    port: int
    timeout_us: int
    sender: str
    recipients: tuple[str, ...]
    router_id: str
    greeting: str = ""
    """The name we greet with; empty for the host's."""
