"""Whatever a session hears and whenever: it stays within the standard, and says what it is."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.bfd.sessions import PACKET, Desk, words

from keepalived.wire.bfd import ControlPacket, SessionState, encode_control

WORD = st.integers(0, 2**32 - 1)
TIMES = st.one_of(st.sampled_from([0, 1, 10_000, 50_000, 1_000_000, 2**32 - 1]), WORD)
PACKETS = st.builds(
    lambda state, yours, **more: replace(PACKET, state=state, your_discriminator=yours, **more),
    state=st.sampled_from(SessionState),
    yours=st.booleans(),
    my_discriminator=st.integers(1, 2**32 - 1),
    multiplier=st.integers(1, 255),
    desired_min_tx_us=TIMES,
    required_min_rx_us=TIMES,
    diagnostic=st.integers(0, 31),
    poll=st.booleans(),
    demand=st.booleans(),
)
STEPS = st.lists(st.one_of(PACKETS, st.binary(max_size=40), st.integers(0, 3_000_000)), max_size=40)


def heard(desk: Desk, packet: ControlPacket) -> bytes:
    """Give a packet's bytes; one that names a discriminator names ours."""
    yours = desk.number if packet.your_discriminator else 0
    return encode_control(replace(packet, your_discriminator=yours))


@given(STEPS, st.booleans(), st.integers(0, 100))
def test_any_history_leaves_a_session_that_is_sound(
    steps: list[ControlPacket | bytes | int], passive: bool, part: int
) -> None:
    desk = Desk(words(passive=passive), part=part).start()
    for step in steps:
        if isinstance(step, int):
            desk.pass_time(step)
        else:
            before = desk.shown()["state"]
            desk.hear(step if isinstance(step, bytes) else heard(desk, step))
            after = desk.shown()["state"]
            assert (before, after) != ("UP", "INIT")
        due = desk.host.deadline()
        assert due is None or due > desk.now
        shown = desk.shown()
        # Those who follow it believe what it is.
        assert desk.told[-1].up == (shown["state"] == "UP")
        if shown["peer_state"] is None:
            assert shown["state"] == "DOWN"
    for at, send in desk.sent:
        assert len(send.data) == 24, at


@given(STEPS)
def test_nothing_that_comes_from_too_far_away_is_taken_in(
    steps: list[ControlPacket | bytes | int],
) -> None:
    desk = Desk(words()).start()
    for step in steps:
        if isinstance(step, ControlPacket):
            desk.hear(heard(desk, step), hops=254)
    assert desk.shown()["state"] == "DOWN"
    assert desk.shown()["heard"] == 0
    assert len(desk.sent) == 1


@given(st.lists(st.integers(1, 5_000_000), min_size=1, max_size=30), st.integers(0, 100))
def test_packets_are_never_further_apart_than_was_promised(gaps: list[int], part: int) -> None:
    desk = Desk(words(), part=part).start().come_up()
    for gap in gaps:
        desk.pass_time(min(gap, 190_000))
        desk.hear(desk.of_peer())
    said = [at for at, _ in desk.sent]
    apart = [after - before for before, after in pairwise(said)]
    assert max(apart, default=0) <= 45_000
