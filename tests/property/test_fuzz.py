"""A part of the long run of `make fuzz`."""

from __future__ import annotations

import pytest
from hypothesis import settings
from tests.property.fuzz import MOST_S, SHARED, corpus, run

PART = 5 * settings().max_examples
"""Texts a test: 500, and fewer in a quick run."""


@pytest.mark.parametrize("part", range(4))
def test_whatever_the_text_there_is_a_verdict_in_time(part: int) -> None:
    if not corpus():
        pytest.skip(f"needs the configurations of {SHARED}")
    assert run(part * PART, PART) < MOST_S
