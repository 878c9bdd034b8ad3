"""Patterns of pages' bodies: options, offsets, what is refused, and the talk that uses them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.checks.test_kinds import HERE, NAMES, Lends

from keepalived.config.load import load_text
from keepalived.core.checks.body_pattern import BodyPattern, body_pattern
from keepalived.core.checks.checker import Conversation
from keepalived.core.checks.http import REGEX_OPTIONS, HttpGet, Url
from keepalived.lang.fault import Severity
from keepalived.port.talk import Verdict

BODY = b"hello world\nsecond line\n"
HEAD = b"HTTP/1.0 200 OK\r\n\r\n"


def made(text: str, *options: str, no: bool = False, least: int = 0, most: int = 0) -> BodyPattern:
    pattern = body_pattern(text, options, no, least, most)
    assert isinstance(pattern, BodyPattern), pattern
    return pattern


def matches(pattern: BodyPattern, body: bytes = BODY) -> bool:
    return not pattern.objection(body)


@pytest.mark.parametrize(
    ("text", "options", "good"),
    [
        ("wor", (), True),
        ("WOR", (), False),
        ("WOR", ("caseless",), True),
        ("^second", (), False),
        ("^second", ("multiline",), True),
        ("world.second", (), False),
        ("world.second", ("dotall",), True),
        ("w o r", ("extended",), True),
        ("second", ("firstline",), False),
        ("world", ("firstline", "no_start_optimize"), True),
        (r"(?<word>l+)o.*(?P=word)", (), True),
        (r"line\n\z", (), True),
        (r"line\z", (), False),
        (r"\\z", (), False),
    ],
)
def test_options_mean_what_they_say(text: str, options: tuple[str, ...], good: bool) -> None:
    assert matches(made(text, *options)) is good


@pytest.mark.parametrize(
    ("least", "most", "good"),
    [(0, 0, True), (6, 0, True), (7, 0, False), (0, 5, False), (0, 6, True), (6, 6, True)],
)
def test_a_match_begins_between_the_offsets(least: int, most: int, good: bool) -> None:
    assert matches(made("world", least=least, most=most)) is good


def test_what_must_not_match_is_good_where_it_does_not() -> None:
    assert matches(made("absent", no=True))
    assert made("world", no=True).objection(BODY) == "it matches at 6, and must not"
    assert matches(made("world", no=True, most=5))


def test_bytes_are_characters_unless_the_body_is_utf() -> None:
    body = "naïve".encode()
    assert matches(made("na..ve"), body)
    assert matches(made("na.ve", "utf"), body)
    assert matches(made("naïve"), body)
    assert not matches(made(r"na\wve", "utf"), body)
    assert matches(made(r"na\wve", "utf", "ucp"), body)


@given(st.binary(max_size=60))
def test_any_body_can_be_held_against_a_pattern(body: bytes) -> None:
    assert matches(made(".*", "dotall", "utf"), body)


@pytest.mark.parametrize("option", REGEX_OPTIONS)
def test_an_option_is_known_or_refused(option: str) -> None:
    pattern = body_pattern("a", (option,), False, 0, 0)
    assert isinstance(pattern, BodyPattern) or option in pattern


@pytest.mark.parametrize("words", ['regex "("', 'regex "a"\nregex_options ungreedy'])
def test_a_pattern_that_cannot_be_used_is_told_with_its_place(words: str) -> None:
    url = f"HTTP_GET {{\nurl {{\npath /\n{words}\n}}\n}}"
    found = load_text(
        f"virtual_server 10.0.0.1 80 {{\nprotocol TCP\nreal_server 10.0.0.2 80 {{\n{url}\n}}\n}}\n"
    )
    assert found.worst is Severity.FATAL


def page(url: Url, *pieces: bytes) -> Verdict:
    check = HttpGet(urls=(url,))
    probe = check.checker(check.terms(HERE, 80, Lends())).probe()
    assert isinstance(probe, Conversation)
    for piece in pieces:
        probe.speaker.heard(piece)
    return probe.speaker.hung_up()


def test_a_page_has_to_match_as_a_whole_however_it_comes() -> None:
    url = Url(path="/", regex="world\nsec")
    assert page(url, HEAD + b"hello wor", b"ld\nsecond").good
    bad = page(url, HEAD + b"hello")
    assert not bad.good and "does not match" in bad.because
    assert not page(url, b"HTTP/1.0 500 no\r\n\r\n" + BODY).good


def test_a_page_may_have_to_have_its_digest_as_well() -> None:
    url = Url(path="/", regex="world", digest="0" * 32)
    assert "MD5" in page(url, HEAD + BODY).because


def test_the_line_about_a_page_names_the_pattern() -> None:
    check = HttpGet(urls=(Url(path="/", regex="a"),))
    checker = check.checker(check.terms(HERE, 80, Lends()))
    checker.judge(Verdict(True), False)
    assert checker.part_line(NAMES) == "Regex match success to [192.0.2.1]:tcp:80 url(/)"
