"""A part of the long run of `make fuzz`."""

from __future__ import annotations

import pytest
from tests.property.fuzz import MOST_S, SHARED, corpus, run


@pytest.mark.parametrize("first", range(0, 2000, 500))
def test_whatever_the_text_there_is_a_verdict_in_time(first: int) -> None:
    if not corpus():
        pytest.skip(f"needs the configurations of {SHARED}")
    assert run(first, 500) < MOST_S
