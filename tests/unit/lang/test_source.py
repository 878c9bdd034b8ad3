"""Includes, from files that are a dict."""

from __future__ import annotations

import fnmatch
from pathlib import PurePosixPath

import pytest

from keepalived.lang.source import (
    MOST_FILES,
    MOST_LINES,
    Fetch,
    Gathered,
    Setting,
    Unreadable,
    gather,
    spread,
)


def words(gathered: Gathered) -> list[str]:
    """Give the first words of all lines."""
    return [line.words[0] for line in gathered.read()[0]]


def files(**texts: str) -> Fetch:
    """Make files out of names in which `__` stands for a slash and `_` for a dot."""
    there = {"/" + name.replace("__", "/").replace("_", "."): text for name, text in texts.items()}

    def fetch(pattern: str) -> tuple[tuple[str, str | Unreadable], ...]:
        return tuple(
            (name, Unreadable("no permission") if there[name] == "SECRET" else there[name])
            for name in sorted(fnmatch.filter(there, pattern))
        )

    return fetch


def test_an_include_stands_for_what_it_names_also_in_a_block() -> None:
    fetch = files(
        etc__k_conf="a\nb {\ninclude sub/*.conf\n}\nz",
        etc__sub__2_conf="two",
        etc__sub__1_conf="one {\ninclude other.conf\n}",
        etc__sub__other_txt="",
        etc__sub__9_conf="nine",
    )
    gathered = gather("/etc/k.conf", fetch)
    assert words(gathered) == ["a", "b", "one", "}", "two", "nine", "}", "z"]
    assert gathered.sources == [
        "/etc/k.conf",
        "/etc/sub/1.conf",
        "/etc/sub/2.conf",
        "/etc/sub/9.conf",
    ]
    assert [(f.place.file, f.place.line, f.status) for f in gathered.faults] == [
        ("/etc/sub/1.conf", 2, 0)
    ]
    two = next(line for line in gathered.read()[0] if line.words[0] == "two")
    assert (two.place().file, two.place().line) == ("/etc/sub/2.conf", 1)
    last = gathered.read()[0][-1]
    assert (last.place().file, last.place().line, last.text) == ("/etc/k.conf", 5, "z")


NOTHING: list[int] = []
REMARK, UNFIT = [0], [6]


@pytest.mark.parametrize(
    ("line", "statuses"),
    [
        ("include none.conf", REMARK),
        ("include none*.conf", NOTHING),
        ("includer none.conf", REMARK),
        ("includem none.conf", UNFIT),
        ("includem none*.conf", NOTHING),
        ("includem {no,none}.conf", REMARK),
        ("includew none*.conf", UNFIT),
        ("includew none.conf", UNFIT),
        ("includew {no,none}*.conf", UNFIT),
        ("includeb none.conf", REMARK),
        ("includeb none*.conf", NOTHING),
        ("includeb {there,none}.conf", UNFIT),
        ("includeb {there,none*}.conf", NOTHING),
        ("includem {there,none}.conf", REMARK),
        ("includea none.conf", UNFIT),
        ("includea {there,none}.conf", UNFIT),
        ("include secret.conf", REMARK),
        ("includem secret.conf", UNFIT),
        ("includer secret.conf", UNFIT),
        ("include", [5]),
    ],
)
def test_the_last_letter_says_how_strict_an_include_is(line: str, statuses: list[int]) -> None:
    fetch = files(k_conf=line, secret_conf="SECRET", there_conf="")
    assert [fault.status for fault in gather("/k.conf", fetch).faults] == statuses


def test_include_check_makes_plain_includes_strict_until_its_file_ends() -> None:
    fetch = files(k_conf="include a.conf\ninclude b.conf", a_conf="include_check\ninclude b.conf")
    faults = gather("/k.conf", fetch).faults
    assert [(f.place.file, f.status) for f in faults] == [("/a.conf", 6), ("/k.conf", 0)]
    cases = (("match", 6), ("-match", 0), ("read", 0), ("readable match # x", 6), ("+match", 6))
    for checks, status in cases:
        fetch = files(k_conf=f"g {{\ninclude_check {checks}\n}}\ninclude b.conf")
        assert [f.status for f in gather("/k.conf", fetch).faults] == [status]
    fetch = files(k_conf="include_check\ninclude_check -wildcard_match\ninclude b*.conf")
    assert gather("/k.conf", fetch).faults == []
    (fault,) = gather("/k.conf", files(k_conf="include no.conf"), Setting(strict=True)).faults
    assert fault.status == 6


def test_what_cannot_be_read_is_told_and_the_others_count() -> None:
    fetch = files(k_conf="include *.inc", a_inc="one", b_inc="SECRET", c_inc="two")
    gathered = gather("/k.conf", fetch)
    assert words(gathered) == ["one", "two"]
    assert [f.what for f in gathered.faults] == ["cannot read /b.inc: no permission"]


def test_an_include_may_stand_behind_a_brace_a_condition_or_a_parameter() -> None:
    text = "g { include a.conf\n}\n@me include a.conf\n$A=a.conf\ninclude $A"
    fetch = files(k_conf=text, a_conf="a")
    assert words(gather("/k.conf", fetch, Setting("me"))) == ["g", "a", "}", "a", "a"]
    quoted = files(k_conf='x "{ include a.conf"', a_conf="a")
    assert words(gather("/k.conf", quoted)) == ["x"]


def test_a_definition_counts_from_where_it_stands_through_all_files() -> None:
    fetch = files(k_conf="x_$A\ninclude a.conf\nx_$A", a_conf="$A=1\nx_$A\np${_PWD}")
    assert words(gather("/k.conf", fetch)) == ["x_$A", "x_1", "p/", "x_1"]
    below = files(sub__k_conf="p${_PWD}")
    assert words(gather("/sub/k.conf", below)) == ["p/sub"]
    here = gather("k.conf", lambda _: (("k.conf", "p${_PWD}"),), Setting(folder="/x"))
    assert words(here) == ["p/x"]


def test_faults_of_a_replaced_line_show_it_as_it_became() -> None:
    fetch = files(k_conf="\n$A= \\\n one \\\n two three\n$A")
    one, two = gather("/k.conf", fetch).read()[0]
    assert (two.number, two.text, two.place(1).column) == (5, "two three", 5)
    assert one.number == 5


def test_a_file_that_includes_itself_ends() -> None:
    gathered = gather("/k.conf", files(k_conf="a\ninclude k.conf\nb"))
    assert [fault.status for fault in gathered.faults] == [5]
    assert words(gathered) == ["a", "b"]


def test_includes_that_multiply_or_go_on_for_ever_end() -> None:
    def deeper(pattern: str) -> tuple[tuple[str, str], ...]:
        name = PurePosixPath(pattern)
        return ((pattern, f"include {name.stem}x.conf\n" * 2),)

    gathered = gather("/k.conf", deeper)
    assert len(gathered.sources) <= MOST_FILES
    assert 5 in {fault.status for fault in gathered.faults}


def test_more_lines_than_anybody_has_are_refused_with_the_name_of_the_file() -> None:
    gathered = gather("/k.conf", files(k_conf="a\n" * (MOST_LINES + 1)))
    (fault,) = gathered.faults
    assert fault.what.startswith("/k.conf is left out")
    assert gathered.read() == ([], [fault])


def test_braces_of_a_pattern_are_spread_as_a_shell_does() -> None:
    assert spread("a{b,c}d{e,f}") == ["abde", "abdf", "acde", "acdf"]
    assert spread("a{b,c{d,e}}") == ["ab", "acd", "ace"]
    assert spread("{}a}{b") == ["{}a}{b"]
    assert len(spread("{a,b}" * 40)) < 2000


def test_without_a_main_file_nothing_can_run() -> None:
    for fetch in (files(), lambda _: Unreadable("it is a folder")):
        gathered = gather("/k.conf", fetch)
        assert [fault.status for fault in gathered.faults] == [4]
        assert gathered.sources == []


def test_random_seed_sows_what_is_drawn_from_its_file_on() -> None:
    sown: list[int] = []
    given = Setting(sow=sown.append, draw=lambda least, most: sown[-1])
    text = "global_defs {\nrandom_seed 42\n}\n$A=${_RANDOM 1 99}\nx $A\n"
    found = {"k.conf": (("k.conf", text),)}
    gathered = gather("k.conf", lambda name: found.get(name, ()), given)
    lines, _ = gathered.read()
    assert sown == [42]
    assert list(lines[-1].words) == ["x", "42"]
