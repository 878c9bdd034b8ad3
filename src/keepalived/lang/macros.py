"""Lines to the lines that they stand for: conditions, parameters, sequences and lists.

Rule: each definition counts from where it stands on, through all files. Chance, environment and the
id are handed in; what would never end, or end too large, ends with a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from keepalived.lang.source import Setting

BLANKS = " \t\f\v\r\n"
MOST_ROUNDS = 100
"""Of replacing parameters in one line."""
MOST_LETTERS = 16_384
"""Of a line while its parameters are replaced; a lexer refuses it long before."""
MOST_NESTED = 64
"""Bodies and loops inside one another."""
USUAL_LETTERS = 256
"""Of a line; one that is made counts once more for each so many of its own."""
MOST_MADE = 60_000
"""Lines and turns of loops that all definitions of a configuration come to."""
MOST_USES = 1_000_000
"""Parameters replaced in all."""
MOST_ENDLESS = 50
"""Lines whose parameters have no end, until nothing is replaced any more."""
_WHOLE = 2**63 - 1
_COMMENT = re.compile(r'(?:[^"#!\\]++|\\.?|"[^"]*+(?:"|$))*+', re.ASCII | re.DOTALL)
_DEFINITION = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_USE = re.compile(
    r"\$\{([A-Za-z0-9_]+)(?:[ \t]+([^{}]*))?\}|\$([A-Za-z0-9_]+)(?=[ \t,)]|\Z)", re.ASCII
)
_SEQUENCE = re.compile(r"~SEQ(x?)[ \t]*\(([^()]*)\)(.*)", re.DOTALL)
_LIST = re.compile(r"~LST[ \t]*\(([^()]*)\)(.*)", re.DOTALL)
_ITEM = re.compile(r"[ \t]*(?:\{([^{}]*)\}|([^{},]*?))[ \t]*(?:,|\Z)")
_INCLUDE = re.compile(r"(.*[{}])?[ \t]*(include[rmwba]?)(?:[ \t]+(.*))?", re.DOTALL)
_NUMBER = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))")

Complain = Callable[[str, str], None]
"""Takes what is wrong with the line at hand, and the remedy."""
_Item = str | dict[str, str]


class Macros:
    """The definitions so far."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._named: dict[str, str | tuple[str, ...]] = {}
        self._defining: tuple[str, list[str]] | None = None
        self._made = 0
        self._uses = 0
        self._endless = 0
        self._full = False

    @property
    def defining(self) -> bool:
        """Say whether the next line belongs to a definition of several lines."""
        return self._defining is not None

    def expand(self, raw: str, folder: str, complain: Complain) -> Iterator[str]:
        """Give the lines that a line stands for, one by one: an include may come between them.

        A line without anything to replace comes out as it is.
        """
        if self._defining is not None:
            self._define_more(raw)
            return
        if self._full:
            return
        text = without_comment(raw).strip(BLANKS)
        if not text:
            return
        stack: list[Iterator[_Item]] = [iter((text,))]
        while stack:
            item = next(stack[-1], None)
            if item is None:
                stack.pop()
            elif isinstance(item, dict):
                self._named.update(item)
            elif self._defining is not None:
                self._define_more(item)
            else:
                found = self._resolved(item, folder, stack, complain)
                if found:
                    # A long one is as much work as several.
                    self._made += len(found) // USUAL_LETTERS
                    yield raw if found == text else found
            if len(stack) > MOST_NESTED:
                complain("parameters and loops are too deep in one another", "")
                return
            if self._full:
                return

    def _resolved(
        self, text: str, folder: str, stack: list[Iterator[_Item]], complain: Complain
    ) -> str | None:
        """Follow one line to its end; None where nothing is left, or the stack has the rest."""
        text = without_comment(text).strip(BLANKS)
        for _ in range(MOST_ROUNDS):
            if text.startswith("@"):
                text = self._kept(text)
            defined = _DEFINITION.match(text)
            if defined is not None:
                self._define(defined[1], defined[2])
                return None
            if text.startswith(("~SEQ", "~LST")):
                loop = self._loop(text, folder, complain)
                if loop is not None:
                    stack.append(loop)
                return None
            replaced, body = self._replaced(text, folder, complain)
            if replaced is None:
                return text
            if body:
                stack.append(self._counted((replaced + body[0], *body[1:]), complain))
                return None
            if len(replaced) > MOST_LETTERS:
                break
            text = without_comment(replaced).strip(BLANKS) if "$" in replaced else replaced.strip()
        complain("parameters stand for one another without end; the line is left out", "")
        self._endless += 1
        if self._endless >= MOST_ENDLESS:
            self._give_up("too many lines have parameters without end", complain)
        return None

    def _kept(self, text: str) -> str:
        """Give what is behind a condition that holds; else nothing."""
        word, *rest = text[1:].split(None, 1)[:2] or [""]
        if text[1:2] in BLANKS:
            return ""
        wanted = word != self._setting.config_id or not rest
        if word.startswith("^"):
            wanted = word[1:] == self._setting.config_id or not rest
        return "" if wanted else rest[0]

    def _define(self, name: str, value: str) -> None:
        value = value.strip(BLANKS)
        if value.endswith("\\"):
            first = value[:-1].strip(BLANKS)
            self._defining = (name, [first] if first else [])
        else:
            self._named[name] = _plain(value)

    def _define_more(self, raw: str) -> None:
        assert self._defining is not None
        name, body = self._defining
        text = raw.strip(BLANKS)
        more = text.endswith("\\")
        text = text[:-1].rstrip(BLANKS) if more else text
        if text:
            body.append(text)
        if not more:
            self._named[name] = tuple(body)
            self._defining = None

    def _counted(self, items: Sequence[_Item], complain: Complain) -> Iterator[_Item]:
        for item in items:
            if not self._count(complain):
                return
            yield item

    def _count(self, complain: Complain) -> bool:
        """Count one more line or turn; False when there have been too many."""
        self._made += 1
        if self._made <= MOST_MADE:
            return True
        self._give_up(f"parameters and loops make more than {MOST_MADE} lines", complain)
        return False

    def _give_up(self, why: str, complain: Complain) -> None:
        if not self._full:
            self._full = True
            complain(f"{why}; from here on lines with parameters are left out", "make fewer")

    def _replaced(
        self, text: str, folder: str, complain: Complain
    ) -> tuple[str | None, tuple[str, ...]]:
        """Replace every parameter once, None if there was none to replace.

        A body of several lines can only stand at the end, and is given beside the rest.
        """
        if "$" not in text:
            return None, ()
        body: list[str] = []
        changed = False

        def value(use: re.Match[str]) -> str:
            nonlocal changed
            self._uses += 1
            found = self._value(use, folder, complain)
            if isinstance(found, tuple):
                if use.end() != len(text):
                    found = None
                else:
                    body.extend(found)
                    found = ""
            changed = changed or found is not None
            return use[0] if found is None else found

        replaced = _USE.sub(value, text)
        if self._uses > MOST_USES:
            self._give_up(f"more than {MOST_USES} parameters are used", complain)
        return (replaced if changed else None), tuple(body)

    def _value(
        self, use: re.Match[str], folder: str, complain: Complain
    ) -> str | tuple[str, ...] | None:
        name, words = use[1] or use[3], (use[2] or "").split()
        if not words and name in self._named:
            return self._named[name]
        match name:
            case "_PWD":
                return folder
            case "_INSTANCE":
                return self._setting.config_id
            case "_HASH":
                return "#"
            case "_BANG":
                return "!"
            case "_ENV" if len(words) == 1:
                return self._setting.environment.get(words[0], "")
            case "_RANDOM":
                return self._random(words, complain)
        return None

    def _random(self, words: list[str], complain: Complain) -> str | None:
        numbers = [_number(word) for word in words]
        if len(numbers) > 2 or None in numbers:
            return None
        least = numbers[0] if numbers else 0
        most = numbers[1] if len(numbers) > 1 else 32767
        assert least is not None and most is not None
        if least > most:
            complain(f"_RANDOM: {least} is more than {most}; {least} counts", "put the least first")
            return str(least)
        return str(self._setting.draw(least, most))

    def _loop(self, text: str, folder: str, complain: Complain) -> Iterator[_Item] | None:
        """Give definitions and lines in turn, for every turn of a ~SEQ or ~LST."""
        numbers, items = _SEQUENCE.match(text), _LIST.match(text)
        found = numbers or items
        inside = "" if found is None else found[found.re.groups - 1]
        for _ in range(MOST_ROUNDS):
            replaced, body = self._replaced(inside, folder, complain)
            if replaced is None or body or len(replaced) > MOST_LETTERS:
                break
            inside = replaced
        made: Iterator[dict[str, str]] | str = "the form is ~SEQ(NAME, START, STEP, END)"
        if numbers is not None:
            made = _sequence(inside, hexadecimal=bool(numbers[1]))
        elif text.startswith("~LST"):
            made = "the form is ~LST(NAME, VALUE, …)" if items is None else _list(inside)
        if isinstance(made, str):
            complain(f"{text[:4]}: {made}; the line is left out", "")
            return None
        assert found is not None
        return self._turns(made, found[found.re.groups].strip(BLANKS), complain)

    def _turns(
        self, made: Iterator[dict[str, str]], rest: str, complain: Complain
    ) -> Iterator[_Item]:
        for names in made:
            if not self._count(complain):
                return
            yield names
            if rest:
                yield rest


def without_comment(text: str) -> str:
    """Cut a comment off; escaped signs and those in quotes start none."""
    if "#" not in text and "!" not in text:
        return text
    end = _COMMENT.match(text)
    assert end is not None
    return text[: end.end()]


def include_in(text: str) -> tuple[str, str, str] | None:
    """Find an include: what stands before it up to a brace, its word, and its pattern."""
    found = _INCLUDE.fullmatch(without_comment(text).strip(BLANKS))
    if found is None or '"' in (found[1] or ""):
        return None
    return found[1] or "", found[2], (found[3] or "").strip(BLANKS)


def _plain(value: str) -> str:
    return value.replace("\\#", "#").replace("\\!", "!")


def _number(word: str) -> int | None:
    """Read a number as C does: 0x is hexadecimal, a leading 0 octal; it ends at 64 bits."""
    found = _NUMBER.fullmatch(word)
    if found is None or len(word) > 70:
        return None
    sign, hexadecimal, octal, decimal = found.groups()
    if hexadecimal:
        number = int(hexadecimal, 16)
    else:
        number = int(decimal) if decimal else int(octal or "0", 8)
    number = min(number, _WHOLE)
    return -number if sign == "-" else number


def _sequence(inside: str, *, hexadecimal: bool) -> Iterator[dict[str, str]] | str:
    """Read `NAME, [START, [STEP,]] END`; give the turns, or what is wrong."""
    name, *words = [word.strip(BLANKS) for word in inside.split(",")]
    read = [_number(word) for word in words]
    numbers = [number for number in read if number is not None]
    if not name or not 1 <= len(words) <= 3 or len(numbers) != len(read):
        return "the form is ~SEQ(NAME, START, STEP, END) with whole numbers"
    end = numbers[-1]
    start = numbers[0] if len(numbers) > 1 else (-1 if end < 0 else 1)
    step = numbers[1] if len(numbers) == 3 else (1 if end >= start else -1)
    if step == 0 or (end - start) * step < 0:
        return f"from {start} no steps of {step} lead to {end}"
    if hexadecimal and min(start, end) < 0:
        return "hexadecimal numbers cannot be negative"
    shape = "{:x}" if hexadecimal else "{}"
    beyond = end + (1 if step > 0 else -1)
    return ({name: shape.format(number)} for number in range(start, beyond, step))


def _list(inside: str) -> Iterator[dict[str, str]] | str:
    """Read `NAME, VALUE, …` or `{NAME, …}, {VALUE, …}, …`; give the turns, or what is wrong."""
    groups: list[list[str]] = []
    at = 0
    while at < len(inside) or inside[-1:] == ",":
        item = _ITEM.match(inside, at)
        if item is None:
            return "braces or commas are missing"
        at = item.end()
        several = item[1] is not None
        groups.append([each.strip(BLANKS) for each in (item[1] or item[2] or "").split(",")])
        if not several:
            groups[-1] = [(item[2] or "").strip(BLANKS)]
        if at == len(inside) and not item[0].endswith(","):
            break
        if at == len(inside):
            groups.append([""])
            break
    if len(groups) < 2 or not all(groups[0]):
        return "the form is ~LST(NAME, VALUE, …) or ~LST({NAME, …}, {VALUE, …}, …)"
    names = groups[0]
    if any(" " in each or "\t" in each for group in groups for each in group):
        return "names and values have no blanks in them"
    if any(len(group) > len(names) for group in groups):
        return "there are more values than names"
    return (dict(zip(names, [*group, *[""] * len(names)], strict=False)) for group in groups[1:])
