"""The nearest known word."""

from __future__ import annotations

import pytest

from keepalived.lang.suggest import distance, nearest

KNOWN = ("priority", "interface", "state", "advert_int", "lb_algo", "lb_kind")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("prioritty", "priority"),
        ("Priority", "priority"),
        ("interfcae", "interface"),
        ("advert_interval", "advert_int"),
        ("lb_alg", "lb_algo"),
        ("x", None),
        ("nonsense", None),
        ("p" * 500, None),
    ],
)
def test_a_guess_is_near_or_there_is_none(word: str, expected: str | None) -> None:
    assert nearest(word, KNOWN) == expected


def test_a_swap_of_neighbours_is_one_slip() -> None:
    assert [distance("ab", "ba"), distance("abc", "abd"), distance("", "abc")] == [1, 1, 3]
