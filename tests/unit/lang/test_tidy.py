"""The tidy form of a file: the same words and comments, and nothing read otherwise."""

from __future__ import annotations

import pytest

from keepalived.lang.tidy import tidy


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("a{b c}d", "a {\n    b c\n}\nd\n"),
        ("a\n{\nb\n}\n", "a {\n    b\n}\n"),
        ("a # why\n{\nb\n}\n", "a  # why\n{\n    b\n}\n"),
        ("a { # why\nb\n}\n", "a {  # why\n    b\n}\n"),
        ("\n\n\na\n\n\nb\n\n", "a\n\nb\n"),
        ("a {\n\nb\n\n}\n", "a {\n    b\n}\n"),
        ("pass k@l!ve1\n", "pass k@l!ve1\n"),
        ('notify   "/x  y  {z}"   root\n', 'notify "/x  y  {z}" root\n'),
        ("notify /x 'b  c'\n", "notify /x 'b  c'\n"),
        ("!a\n  #b { \n", "!a\n#b {\n"),
        ("$A= \\\n  one {\\\n  two\nb   c\n", "$A= \\\n  one {\\\n  two\nb c\n"),
        ("a {\n@low   b   c\n}\n", "a {\n    @low   b   c\n}\n"),
        ("x {\n~SEQ(v, 1, 2)   y   { }\n}\n", "x {\n    ~SEQ(v, 1, 2)   y   { }\n}\n"),
        ("interface ${IF}\n", "interface ${IF}\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ('x "never  closed\n', 'x "never  closed\n'),
        ("}\n}\na\n", "}\n}\na\n"),
        ("", ""),
    ],
)
def test_a_text_has_one_form_and_keeps_it(text: str, form: str) -> None:
    assert tidy(text) == form
    assert tidy(form) == form


def test_a_line_never_grows_too_long_by_its_indent() -> None:
    line = "a " + "b" * 1018
    assert tidy(f"x {{\n{line}\n}}\n").splitlines()[1] == line
