"""Many deadlines: whatever is set in whatever order, the earliest one is known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keepalived.core.vrrp.deadlines import Deadlines

MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(0, 4), st.none() | st.integers(0, 50)),
        st.tuples(st.just("take"), st.integers(0, 50), st.none()),
    ),
    max_size=60,
)


@given(MOVES)
def test_they_are_what_a_plain_list_of_them_would_be(
    moves: list[tuple[str, int, int | None]],
) -> None:
    deadlines, plain = Deadlines(), dict[int, int]()
    for what, number, due in moves:
        if what == "take":
            expected = sorted(each for each, at in plain.items() if at <= number)
            assert sorted(deadlines.take(number)) == expected
            plain = {each: at for each, at in plain.items() if at > number}
        else:
            deadlines.set(number, due)
            plain.pop(number, None)
            if due is not None:
                plain[number] = due
        assert deadlines.next() == min(plain.values(), default=None)


def test_a_deadline_that_moves_on_again_and_again_fills_no_memory() -> None:
    deadlines = Deadlines()
    for now in range(10_000):
        for number in range(3):
            deadlines.set(number, now + 100 + number)
        assert deadlines.next() == now + 100
    assert len(deadlines._heap) <= 6


def test_what_was_cleared_is_not_due() -> None:
    deadlines = Deadlines()
    deadlines.set(1, 5)
    deadlines.clear()
    assert deadlines.next() is None
    assert deadlines.take(10) == []
