"""Text to logical lines."""

from __future__ import annotations

import pytest

from keepalived.lang.lexer import Brace, Line, lex


def shape(text: str) -> list[object]:
    """Give words of lines, with ">" behind those that open a block, and lone braces as text."""
    found: list[object] = []
    for line in lex(text, "f").lines:
        if isinstance(line, Brace):
            found.append(line.words[0])
        else:
            found.append([*line.words, *([">"] if line.body is not None else [])])
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b\n\n  c\t d \n", [["a", "b"], ["c", "d"]]),
        ("a b\r\nc {\r\n}\r\n", [["a", "b"], ["c", ">"], "}"]),
        ("a # b\n! c\nd !e", [["a"], ["d"]]),
        ("a b#c\n", [["a", "b"]]),
        (r"a b\#c \!d", [["a", "b#c", "!d"]]),
        ('a "b # {c}" d', [["a", "b # {c}", "d"]]),
        ('a"b c"d', [["a", "b c", "d"]]),
        ('a ""', [["a", ""]]),
        ("a {b c}", [["a", ">"], ["b", "c"], "}"]),
        ("a{b}c", [["a", ">"], ["b"], "}", ["c"]]),
        ("a\n{\nb }", [["a"], "{", ["b"], "}"]),
        ("a 'b # c'", [["a", "'b"]]),
        ("a \x0b b\x0cc", [["a", "b", "c"]]),
        ("a\u00a0b \u2003 c", [["a\u00a0b", "\u2003", "c"]]),
        ("a\x1cb", [["a\x1cb"]]),
        ("a \udcff b", [["a", "\udcff", "b"]]),
    ],
)
def test_a_text_has_these_lines(text: str, expected: list[object]) -> None:
    lexed = lex(text, "f")
    assert lexed.faults == []
    assert shape(text) == expected


def test_the_cut_of_a_comment_inside_a_word_is_kept() -> None:
    (line,) = lex("auth_pass k@l!ve1 x # y", "f").lines
    assert (line.words, line.cut) == (("auth_pass", "k@l"), "!ve1")
    (other,) = lex("auth_pass k@l !ve1", "f").lines
    assert other.cut == ""


def test_raw_text_keeps_quotes_and_escapes() -> None:
    (line,) = lex(r"""notify "/a 'b c' \x41" user # x""", "f").lines
    assert line.raw == r""""/a 'b c' \x41" user"""


def test_an_open_quote_is_a_fault_and_the_line_is_left_alone() -> None:
    lexed = lex('a\nb "c {\nd\n}', "f")
    assert [(f.place.line, f.place.column, f.status) for f in lexed.faults] == [(2, 3, 5)]
    assert lexed.lines[1].broken and lexed.lines[1].body == []


@pytest.mark.parametrize("bad", ["x" * 1024, "é" * 512, "a \0 b"])
def test_a_line_too_long_or_with_nul_is_left_out_with_a_fault(bad: str) -> None:
    lexed = lex(f"a 1\n{bad}\nb 2", "f")
    assert [fault.place.line for fault in lexed.faults] == [2]
    assert [line.words for line in lexed.lines if not line.broken] == [("a", "1"), ("b", "2")]
    assert lex(f"{bad[:500]}".replace("\0", "") + "\n", "f").faults == []


def test_a_line_of_1024_bytes_with_its_end_is_read() -> None:
    assert lex("a " + "x" * 1021 + "\n", "f").faults == []


def columns(line: Line, count: int) -> list[int]:
    """Give the columns of the first words."""
    return [line.place(at).column for at in range(count)]


def test_places_count_from_one_in_plain_and_odd_lines_alike() -> None:
    plain, odd, inner = lex('  ab  cd\n  "ab"  cd { ef gh', "f").lines
    assert columns(plain, 3) == [3, 7, 9]
    assert columns(odd, 2) == [3, 9]
    assert columns(inner, 2) == [14, 17]
    assert inner.place().line == 2 and inner.place().file == "f"
