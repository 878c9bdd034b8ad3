"""A configuration's text in one tidy form: the same words and comments, indented by their braces.

Rule: only blanks, line ends and the place of braces change; a line whose braces may not count
(a condition, a parameter, a sequence) keeps everything but its indent.
"""

from __future__ import annotations

import re

from keepalived.lang.lexer import MOST_BYTES

INDENT = "    "
_PIECE = re.compile(
    r"""(?P<blank>[ \t\f\v]+)|(?P<quote>"[^"]*"|'[^'"#!{}]*')"""
    r"|(?P<whole>\$\{[^}\s]*\}|\\.)|(?P<brace>[{}])"
    r"|(?P<comment>[#!].*)|(?P<letter>.)",
    re.DOTALL,
)
_AS_IT_IS = ("@", "$", "~")


def tidy(text: str) -> str:
    """Give the text anew. A line end is LF; carriage returns go, as the reader drops them."""
    writer = _Writer()
    kept = False
    for raw in text.replace("\r", "").split("\n"):
        if kept:
            kept = raw.endswith("\\")
            writer.lines.append(raw.rstrip(" \t"))
        elif _defines_lines(raw):
            kept = True
            writer.verbatim(raw)
        else:
            _line(raw, writer)
    while writer.lines and not writer.lines[-1]:
        writer.lines.pop()
    return "".join(f"{line}\n" for line in writer.lines)


def _defines_lines(raw: str) -> bool:
    """Say whether a parameter begins here whose value is the lines that follow."""
    return bool(re.match(r"\s*[@$~].*=\s*\\$", raw))


def _line(raw: str, writer: _Writer) -> None:
    bare = raw.strip()
    if not bare:
        writer.blank()
    elif bare.startswith(_AS_IT_IS) or _odd(raw):
        writer.verbatim(raw)
    else:
        _pieces(bare, writer)


def _odd(raw: str) -> bool:
    """Say whether the reader refuses the line, or reads its letters otherwise than one by one."""
    size = len(raw.encode("utf-8", "surrogateescape")) + 1
    bare = re.sub(r'"[^"]*"', "", raw)
    comment = re.search(r"[#!]", bare)
    open_quote = '"' in (bare[: comment.start()] if comment else bare)
    return "\x00" in raw or size > MOST_BYTES or open_quote


def _pieces(bare: str, writer: _Writer) -> None:
    """Cut a line at its braces and its comment."""
    said = ""
    writer.begin()
    for piece in _PIECE.finditer(bare):
        kind, text = piece.lastgroup, piece[0]
        if kind == "blank":
            said += " "
        elif kind == "brace":
            writer.say(said.strip())
            said = ""
            if text == "{":
                writer.open()
            else:
                writer.close()
        elif kind == "comment":
            # What stands right behind a word is cut off it: it stays there to be seen.
            writer.say(said.strip())
            writer.comment(text.rstrip(), close=bool(said) and not said.endswith(" "))
            return
        else:
            said += text
    writer.say(said.strip())


class _Writer:
    """Takes the parts of a text and sets them line by line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._depth = 0
        self._fresh = True
        """Whether the last line is complete: nothing of the source's line is on it yet."""
        self._may_open = False
        """Whether the last line is words that a brace may still be put behind."""

    def blank(self) -> None:
        """End a paragraph; nothing at the start of a block, and never two in a row."""
        if self.lines and self.lines[-1] and not self.lines[-1].endswith("{"):
            self.lines.append("")

    def begin(self) -> None:
        """Begin a line of the source."""
        self._fresh = True

    def verbatim(self, raw: str) -> None:
        """Set a line as it is but for its indent; its braces count all the same."""
        bare = raw.strip()
        outside = re.sub(r'"[^"]*"|\$\{[^}\s]*\}|[#!].*', "", bare)
        closes = len(outside) - len(outside.lstrip("}"))
        self._depth = max(self._depth - closes, 0)
        self._set(bare)
        self._depth = max(self._depth + outside.count("{") - outside.count("}") + closes, 0)
        self._may_open = False

    def say(self, words: str) -> None:
        """Set words on a line of their own."""
        if words:
            self._set(words)
            self._fresh, self._may_open = False, True

    def open(self) -> None:
        """Put a brace behind the words before it."""
        at = len(self.lines) - 1
        while at >= 0 and not self.lines[at]:
            at -= 1
        if self._may_open and at >= 0:
            del self.lines[at + 1 :]
            self.lines[at] += " {"
        else:
            self._set("{")
        self._depth += 1
        self._fresh, self._may_open = False, False

    def close(self) -> None:
        """Set a closing brace."""
        if self.lines and not self.lines[-1]:
            self.lines.pop()
        self._depth = max(self._depth - 1, 0)
        self._set("}")
        self._fresh, self._may_open = False, False

    def comment(self, text: str, *, close: bool) -> None:
        """Put a comment behind what its line said, or on a line of its own."""
        if self._fresh:
            self._set(text)
        else:
            self.lines[-1] += text if close else f"  {text}"
        self._may_open = False

    def _set(self, text: str) -> None:
        line = INDENT * self._depth + text
        long = len(line.encode("utf-8", "surrogateescape")) + 1 > MOST_BYTES
        self.lines.append(text if long else line)
