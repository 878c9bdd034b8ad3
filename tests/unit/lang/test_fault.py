"""A fault's two renderings, and what a test run exits with."""

from __future__ import annotations

from keepalived.lang.fault import (
    MOST_FAULTS,
    Fault,
    Faults,
    Severity,
    error,
    exit_class,
    fatal,
    remark,
    unplaced,
)
from keepalived.lang.place import NOWHERE, Place

PLACE = Place("k.conf", 3, 10)


def test_the_classic_line_names_file_and_line() -> None:
    assert error(PLACE, "it is wrong").classic() == "(k.conf: Line 3) it is wrong"
    assert error(Place("", 3, 1), "it is wrong").classic() == "(Line 3) it is wrong"
    assert unplaced("no file").classic() == "no file"


def test_the_shown_text_has_the_line_and_a_caret_under_the_word() -> None:
    shown = error(PLACE, "256 is too much", "give 1..255", "\tpriority 256").shown()
    assert shown.split("\n") == [
        "k.conf:3:10: error: 256 is too much",
        "    \tpriority 256",
        "    \t        ^",
        "    give 1..255",
    ]


def test_control_characters_do_not_reach_a_terminal() -> None:
    shown = error(PLACE, "'\x1b[31m'", "", "a\x1b\udcff b c d e f").shown()
    assert "\x1b" not in shown and "\udcff" not in shown
    assert r"\x1b" in shown


def test_a_long_line_is_shown_around_its_mistake() -> None:
    text = "a" * 500 + " HERE " + "b" * 500
    _, source, caret = error(Place("k", 1, 502), "wrong", "", text).shown().split("\n")
    assert len(source) < 120
    assert source[caret.index("^") :].startswith("HERE")


def test_the_exit_status_is_that_of_the_highest_class() -> None:
    odd, wrong, dead = remark(PLACE, "x"), error(PLACE, "x"), fatal(NOWHERE, "x", status=4)
    unsafe = Fault(PLACE, Severity.ERROR, "x", status=6)
    assert exit_class([]) == 0
    assert exit_class([odd]) == 0
    assert exit_class([odd, dead]) == 4
    assert exit_class([dead, wrong, odd]) == 5
    assert exit_class([unsafe, dead, wrong]) == 6


def test_who_gathers_faults_knows_when_no_more_are_taken() -> None:
    faults = Faults()
    for _ in range(MOST_FAULTS + 1):
        assert not faults.full
        faults.append(error(NOWHERE, "again"))
    assert faults.full
    assert "more than" in faults[-1].what
