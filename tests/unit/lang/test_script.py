"""Script arguments: two splits, quotes of both kinds, escapes, user and group."""

from __future__ import annotations

import pytest

from keepalived.core.notify.config import Script
from keepalived.lang.lexer import lex
from keepalived.lang.values import Command
from keepalived.lang.words import Bad, Given


def read(text: str) -> Command | Bad:
    """Read what stands behind a keyword, the way a file's line comes to it."""
    (line,) = lex(f"word {text}", "f").lines
    return Script().read(Given(tuple(line.words[1:]), line.raw or " ".join(line.words[1:])))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/bin/a", Command(("/bin/a",))),
        ('"/bin/a b c"', Command(("/bin/a", "b", "c"))),
        ('"/bin/a b" user group', Command(("/bin/a", "b"), "user", "group")),
        ("/bin/a user", Command(("/bin/a",), "user")),
        ("\"/bin/a 'b c' d\"", Command(("/bin/a", "b c", "d"))),
        ("'/bin/a b' user", Command(("/bin/a", "b"), "user")),
        ('/bin/"a b"c', Command(("/bin/a", "bc"))),
        (r'"/bin/a \x41\102\tb c\ d"', Command(("/bin/a", "AB\tb", "c d"))),
        (r'"/bin/a \cA \E \q"', Command(("/bin/a", "\x01", "\x1b", "q"))),
        ("\"/bin/a ''\"", Command(("/bin/a", ""))),
        (r'"/bin/a \"b\""', Command(("/bin/a", '"b"'))),
    ],
)
def test_a_script_has_these_arguments(text: str, expected: Command) -> None:
    assert read(text) == expected


@pytest.mark.parametrize("text", ["", '""', "'/bin/a", '"/bin/a \'b"', r'"/bin/a \000"'])
def test_a_script_without_name_or_end_is_refused(text: str) -> None:
    assert isinstance(read(text), Bad)
