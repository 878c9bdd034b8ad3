"""What weights, numbers and command lines come to, one by one."""

from __future__ import annotations

import pytest

from keepalived.core.track.config import TrackProcess
from keepalived.core.track.files import read_number
from keepalived.core.track.health import bars, file_bars, file_weighed, weighed
from keepalived.core.track.processes import watch_for
from keepalived.core.vrrp.priority import Burden, Term, effective, sum_text
from keepalived.lang.option_values import Weight
from keepalived.port.resources import ProcessMatch


@pytest.mark.parametrize(
    ("weight", "up", "down"),
    [
        (Weight(10), 10, 0),
        (Weight(-10), 0, -10),
        (Weight(10, True), -10, 0),
        (Weight(-10, True), 0, 10),
        (Weight(0), 0, 0),
    ],
)
def test_what_a_weight_adds(weight: Weight, up: int, down: int) -> None:
    assert (weighed(weight, True), weighed(weight, False)) == (up, down)


def test_without_a_weight_a_failure_bars_and_reversed_a_success() -> None:
    assert (bars(Weight(0), True), bars(Weight(0), False)) == (False, True)
    assert (bars(Weight(0, True), True), bars(Weight(0, True), False)) == (True, False)
    assert not bars(Weight(5), False)


@pytest.mark.parametrize(
    ("number", "weight", "adds", "barred"),
    [
        (3, Weight(2), 6, False),
        (-3, Weight(2), -6, False),
        (3, Weight(2, True), -6, False),
        (200, Weight(2), 253, False),
        (-127, Weight(2), -254, True),
        (-1000, Weight(1), -254, True),
        (0, Weight(0), 0, False),
        (1, Weight(0), 0, True),
        (0, Weight(0, True), 0, True),
        (7, Weight(0, True), 0, False),
    ],
)
def test_what_a_files_number_adds(number: int, weight: Weight, adds: int, barred: bool) -> None:
    assert (file_weighed(weight, number), file_bars(weight, number)) == (adds, barred)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12\n", 12),
        (" -7 ", -7),
        ("+5", 5),
        ("0x10", 16),
        ("-0X1f", -31),
        ("010", 8),
        ("09", 0),
        ("0", 0),
        ("12abc", 12),
        ("0x", 0),
        ("", 0),
        ("\n", 0),
        ("2147483647", 2**31 - 1),
        ("-2147483648", -(2**31)),
        ("2147483648", None),
        ("9999999999", None),
        ("many", None),
        ("-", None),
    ],
)
def test_the_number_of_a_file(text: str, number: int | None) -> None:
    assert read_number(text) == number


T = "/usr/bin/tool"


@pytest.mark.parametrize(
    ("process", "how", "whole", "fitting", "strange"),
    [
        (("tool",), None, False, [(T,), (T, "14")], [("/usr/bin/other",)]),
        ((T,), None, True, [(T,), (T, "14")], [("tool",)]),
        ((T, "14"), None, False, [(T, "14")], [(T,), (T, "14", "x"), ("tool", "14")]),
        ((T, "14"), "partial", False, [(T, "14"), (T, "14", "x")], [(T, "140")]),
        ((T, "14", "1"), "initial", False, [(T, "14", "1"), (T, "14", "12")], [(T, "14")]),
        ((T,), "exact", False, [(T,)], [(T, "14")]),
        ((T,), "initial", False, [(T,), (T, "14")], [("tool",)]),
        (("a_very_long_name_indeed",), None, False, [("/x/a_very_long_name_indeed",)], [(T,)]),
    ],
)
def test_which_processes_are_meant(
    process: tuple[str, ...],
    how: str | None,
    whole: bool,
    fitting: list[tuple[str, ...]],
    strange: list[tuple[str, ...]],
) -> None:
    block = TrackProcess(name="p", process=process, param_match=how, full_command=whole)
    watch = watch_for(block)

    def fits(argv: tuple[str, ...]) -> bool:
        return watch.fits(argv[0].rpartition("/")[2][:15], argv)

    assert [each for each in fitting if not fits(each)] == []
    assert [each for each in strange if fits(each)] == []


def test_a_process_by_name_needs_no_command_line() -> None:
    assert watch_for(TrackProcess(name="p", process=("nginx",))).match is ProcessMatch.NAME


def test_the_priority_is_a_sum_that_names_its_terms() -> None:
    burden = Burden((Term("script chk", -10), Term("file f", 5)))
    assert sum_text(110, burden) == "105 = 110 base - 10 script chk + 5 file f"


def test_the_priority_stays_between_1_and_254_and_an_owners_is_255() -> None:
    assert effective(100, Burden((Term("file f", -254),))) == 1
    assert effective(200, Burden((Term("file f", 253),))) == 254
    assert effective(255, Burden((Term("file f", -254),))) == 255
