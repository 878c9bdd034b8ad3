"""Conditions, parameters, sequences and lists."""

from __future__ import annotations

import pytest

from keepalived.lang.macros import MOST_MADE, Macros, without_comment
from keepalived.lang.source import Setting


def expanded(text: str, setting: Setting | None = None) -> tuple[list[str], list[str]]:
    """Give the lines that a text comes to, and its faults."""
    macros = Macros(setting or Setting("me", draw=lambda least, most: least + most))
    lines: list[str] = []
    faults: list[str] = []
    for raw in text.split("\n"):
        lines += macros.expand(raw, "/here", lambda what, _: faults.append(what))
    return lines, faults


def lines_of(text: str) -> list[str]:
    """Give the lines of a text without a fault."""
    lines, faults = expanded(text)
    assert faults == []
    return lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("@me a\n@me2 b\n@^me c\n@^you d", ["a", "d"]),
        ("@me\n@\n@^\n@ me x\n @me\ttab", ["tab"]),
        ("@me @me x", ["@me x"]),
        ("$C=@me\n$C a\n$D=@^me\n$D b", ["a"]),
        ("@me $A=1\n@^me $A=2\n$A", ["1"]),
        ("@me }", ["}"]),
    ],
)
def test_a_condition_keeps_a_line_or_not(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("$A=1\nx_$A y_${A}z $A,$A)$A", ["x_1 y_1z 1,1)1"]),
        ('$A=1\nx_$A; $A.b {$A} "$A" $$A', ['x_$A; $A.b {$A} "$A" $1']),
        ("$A=1\n$A$A", ["$A1"]),
        ('$A=1\n"x ${A} ${B}"', ['"x 1 ${B}"']),
        ("$A=${B}\n$B=1\nx_${A}\n$B=2\nx_${A}", ["x_1", "x_2"]),
        ("$A=\nx_${A}_", ["x__"]),
        ("  $A=a   b  \nx_${A}_", ["x_a   b_"]),
        ("$A =1\n$1=2\n$a-b=3", ["$A =1", "$1=2", "$a-b=3"]),
        ("$A=x # y\n$B=x\\#y\n$A $B", ["x x#y"]),
        ('$A="x # y"\n$A', ['"x # y"']),
        ("${_INSTANCE} ${_PWD} ${_HASH} ${_BANG}", ["me /here # !"]),
        ("$_PWD=mine\n$_PWD", ["mine"]),
        ("${_ENV HOME} ${_ENV NONE}.", ["."]),
        ("a_${_RANDOM} a_${_RANDOM 5} a_${_RANDOM 2 3} $_RANDOM", ["a_32767 a_32772 a_5 32767"]),
        ("${_RANDOM x}", ["${_RANDOM x}"]),
    ],
)
def test_a_parameter_stands_for_its_value(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("$A= \\\n a \\\n b\n$A\nx_$A", ["a", "b", "x_a", "b"]),
        ("$A=x\\\n y\n$A # c", ["x", "y"]),
        ("$A= \\\n a \\\n\nx_${A}_y\nx_$A", ["x_${A}_y", "x_a"]),
        ("$A= \\\n\nx_$A", ["x_"]),
        ("$A= \\\n a \\\n $B \\\n c\n$B= \\\n b1 \\\n b2\n$A", ["a", "b1", "b2", "c"]),
        ("$A= \\\n a $B \\\n c\n$B= \\\n b1 \\\n b2\n$A", ["a b1", "b2", "c"]),
        ("$A= \\\n $Z=5 \\\n z_$Z \\\n @me m \\\n @^me n \\\n # c\\\n z\n$A", ["z_5", "m", "z"]),
        ("$A= \\\n a # c \\\n b\n$A", ["a", "b"]),
        ("$A= \\\n a\n$A post", ["$A post"]),
        ("a \\\nb", ["a \\", "b"]),
    ],
)
def test_a_parameter_may_stand_for_several_lines(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("~SEQ(v, 1, 2, 5) a_$v", ["a_1", "a_3", "a_5"]),
        ("~SEQ(v,2)$v", ["1", "2"]),
        ("~SEQ(v,-2) $v", ["-1", "-2"]),
        ("~SEQ(v,3,1) $v", ["3", "2", "1"]),
        ("~SEQ(v,0x10,021) $v", ["16", "17"]),
        ("~SEQx(v,9,11) $v", ["9", "a", "b"]),
        ("$N=2\n~SEQ(v,${N},$N) $v", ["2"]),
        ("~SEQ(v,1,2) ~SEQ(w,$v,2) ${v}_$w", ["1_1", "1_2", "2_2"]),
        ("~SEQ(v,1,2) $A=x$v\n$A", ["x2"]),
        ("$M= \\\n a_$v \\\n b\n~SEQ(v,1,2) $M", ["a_1", "b", "a_2", "b"]),
        ("@me ~SEQ(v,1,2) @me $v", ["1", "2"]),
        ("~SEQ(v,1,2)\n~SEQ(v,1,2) # x", []),
        ("x ~SEQ(v,1,2)", ["x ~SEQ(v,1,2)"]),
        ("~LST(v, a , b ) $v", ["a", "b"]),
        ("~LST(v,) x_$v", ["x_"]),
        ("~LST(v,,b) x_$v", ["x_", "x_b"]),
        ("~LST({v,w},{1,2}, {3, 4}) ${v}_$w", ["1_2", "3_4"]),
        ("~LST({v,w},1,{}) ${v}_${w}_", ["1__", "__"]),
        ("~SEQ(v,1,2) ~LST(w,a$v,b) $w", ["a1", "b", "a2", "b"]),
        ("~FOO(v,1,2)", ["~FOO(v,1,2)"]),
    ],
)
def test_a_line_is_repeated_over_a_sequence_or_a_list(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


@pytest.mark.parametrize(
    "text",
    [
        *("~SEQ(v,1,0,3) x", "~SEQ(v,1,-1,3) x", "~SEQ(v) x", "~SEQ() x", "~SEQ(v,1,2,3,4) x"),
        *("~SEQ(v,a,b) x", "~SEQ(v,1,1.5) x", "~SEQ(v,1 2) x", "~SEQ v,1,2 x", "~SEQ(v,1,2 x"),
        *("~SEQX(v,1,2) x", "~SEQx(v,-1,2) x", "~SEQ(v,1,$UNKNOWN) x", "~SEQ(v," + "9" * 99 + ")"),
        *("~LST(v) x", "~LST() x", "~LST(v,a b) x", "~LST(v,a,{b,c}) x", "~LST({v,w},{a,b) x"),
        *("~LST({v w},{a}) x", "~LST(v,a x"),
    ],
)
def test_a_loop_that_cannot_be_is_one_fault_and_no_line(text: str) -> None:
    lines, faults = expanded(text)
    assert lines == []
    assert len(faults) == 1


def test_random_numbers_out_of_order_are_a_fault_and_the_first_counts() -> None:
    lines, faults = expanded("x_${_RANDOM 3 1}")
    assert lines == ["x_3"]
    assert len(faults) == 1


@pytest.mark.parametrize(
    "text",
    [
        "$A=$A\n$A",
        "$A=x${A}\n$A",
        "$A=${A}${A}x\n$A",
        "$A=${B}\n$B=${A}\n$A",
        "$A= \\\n$A \\\n x\n$A",
        "$A= \\\n y \\\n x $A\n$A",
        "$A=~SEQ(v,1,2) $A\n$A",
    ],
)
def test_what_would_never_end_ends_with_a_fault(text: str) -> None:
    lines, faults = expanded(text)
    assert len(lines) < 1000
    assert faults
    assert len(faults) < 1000


def test_too_many_lines_end_with_one_fault() -> None:
    for text in ("~SEQ(v,1,999999999999) x", "~SEQ(v,1,999999) ~SEQ(w,1,999999) $A=${v}"):
        lines, faults = expanded(text)
        assert len(lines) <= MOST_MADE
        assert len(faults) == 1


def test_a_line_without_anything_to_replace_stays_as_it_is() -> None:
    assert lines_of("  a $B # c") == ["  a $B # c"]


def test_a_comment_is_cut_off_outside_quotes_and_escapes() -> None:
    for text, rest in (
        ("a # b", "a "),
        ("a !b", "a "),
        ('"a # b" # c', '"a # b" '),
        (r"a\#b # c", r"a\#b "),
        (r"a\\#b", "a\\\\"),
        ('a "b # c', 'a "b # c'),
    ):
        assert without_comment(text) == rest
