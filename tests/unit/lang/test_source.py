"""Includes, from files that are a dict."""

from __future__ import annotations

import fnmatch

import pytest

from keepalived.lang.source import Fetch, Unreadable, gather


def files(**texts: str) -> Fetch:
    """Make files out of names in which `__` stands for a slash and `_` for a dot."""
    there = {"/" + name.replace("__", "/").replace("_", "."): text for name, text in texts.items()}

    def fetch(pattern: str) -> tuple[tuple[str, str], ...] | Unreadable:
        found = sorted(fnmatch.filter(there, pattern))
        if any(there[name] == "SECRET" for name in found):
            return Unreadable("no permission")
        return tuple((name, there[name]) for name in found)

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
    words = [line.words[0] for line in gathered.lines]
    assert words == ["a", "b", "one", "}", "two", "nine", "}", "z"]
    assert gathered.sources == [
        "/etc/k.conf",
        "/etc/sub/1.conf",
        "/etc/sub/2.conf",
        "/etc/sub/9.conf",
    ]
    assert [(f.place.file, f.place.line, f.status) for f in gathered.faults] == [
        ("/etc/sub/1.conf", 2, 0)
    ]
    two = next(line for line in gathered.lines if line.words[0] == "two")
    assert two.place().file == "/etc/sub/2.conf"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("include none.conf", 0),
        ("includer none.conf", 0),
        ("includem none.conf", 6),
        ("includem none*.conf", 0),
        ("includew none*.conf", 6),
        ("includea none.conf", 6),
        ("include secret.conf", 0),
        ("includer secret.conf", 6),
        ("include", 5),
    ],
)
def test_the_last_letter_says_how_strict_an_include_is(line: str, status: int) -> None:
    gathered = gather("/k.conf", files(k_conf=line, secret_conf="SECRET"))
    assert [fault.status for fault in gathered.faults] == [status]


def test_a_file_that_includes_itself_ends() -> None:
    gathered = gather("/k.conf", files(k_conf="a\ninclude k.conf"))
    assert [fault.status for fault in gathered.faults] == [5]
    assert len(gathered.lines) == len(gathered.sources) > 2


def test_without_a_main_file_nothing_can_run() -> None:
    for fetch in (files(), lambda _: Unreadable("it is a folder")):
        gathered = gather("/k.conf", fetch)
        assert [fault.status for fault in gathered.faults] == [4]
        assert gathered.sources == []
