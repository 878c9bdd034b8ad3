"""What a BFD session does with packets and with time."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from tests.unit.bfd.sessions import PACKET, A, B, Desk, FixedDice, Wire, words

from keepalived.core.bfd.timing import detection_us, interval_us, jittered_us
from keepalived.port.resources import BfdEndpoint, BfdListener
from keepalived.port.words import BfdSaid
from keepalived.wire.addresses import Family
from keepalived.wire.bfd import ControlPacket, SessionState, encode_control

DOWN, INIT, UP = SessionState.DOWN, SessionState.INIT, SessionState.UP
ADMIN_DOWN = SessionState.ADMIN_DOWN


def test_the_first_packet_goes_out_at_once_and_says_down() -> None:
    desk = Desk(words()).start()
    assert desk.sent[0][0] == 0
    assert desk.last.state is DOWN
    assert desk.last.your_discriminator == 0
    assert desk.last.desired_min_tx_us == 1_000_000
    assert desk.told == [BfdSaid("PEER", False, "it has just begun")]


def test_while_down_a_packet_goes_out_each_idle_interval_less_a_part() -> None:
    desk = Desk(words(), part=100).start()
    assert len(desk.pass_time(7_500_000)) == 10  # 750 ms each
    desk = Desk(words(), part=0).start()
    assert len(desk.pass_time(9_000_000)) == 10  # 900 ms each


def test_two_neighbours_come_up_within_two_turns_of_the_wire() -> None:
    wire = Wire(words(), words(neighbour=A, source=B))
    wire.run(10_000)
    assert wire.states() == ("UP", "UP")
    assert [word.up for word in wire.desks[A].told] == [False, True]
    assert [word.up for word in wire.desks[B].told] == [False, True]


def test_once_up_both_send_at_the_agreed_interval() -> None:
    wire = Wire(words(), words(neighbour=A, source=B, min_rx_us=80_000))
    wire.run(100_000)
    before = len(wire.desks[A].sent), len(wire.desks[B].sent)
    wire.run(4_000_000)
    sent = len(wire.desks[A].sent) - before[0], len(wire.desks[B].sent) - before[1]
    assert 4_000_000 / 72_000 - 2 <= sent[0] <= 4_000_000 / 60_000 + 2
    assert 4_000_000 / 45_000 - 2 <= sent[1] <= 4_000_000 / 37_500 + 2


@pytest.mark.parametrize(
    ("ours", "heard", "becomes"),
    [
        (DOWN, ADMIN_DOWN, "DOWN"),
        (DOWN, DOWN, "INIT"),
        (DOWN, INIT, "UP"),
        (DOWN, UP, "DOWN"),
        (INIT, ADMIN_DOWN, "DOWN"),
        (INIT, DOWN, "INIT"),
        (INIT, INIT, "UP"),
        (INIT, UP, "UP"),
        (UP, ADMIN_DOWN, "DOWN"),
        (UP, DOWN, "DOWN"),
        (UP, INIT, "UP"),
        (UP, UP, "UP"),
    ],
)
def test_the_state_machine_is_that_of_the_rfc(
    ours: SessionState, heard: SessionState, becomes: str
) -> None:
    desk = Desk(words()).start()
    if ours is INIT:
        desk.hear(PACKET)
    elif ours is UP:
        desk.come_up()
    assert desk.shown()["state"] == ours.name
    desk.hear(desk.of_peer(heard))
    assert desk.shown()["state"] == becomes


def test_an_admin_down_heard_counts_as_down_for_all_who_track_the_session() -> None:
    desk = Desk(words()).start().come_up()
    answer = desk.hear(desk.of_peer(ADMIN_DOWN))
    assert desk.told[-1] == BfdSaid("PEER", False, "the neighbour has taken the session down")
    assert (answer[0].state, answer[0].diagnostic) == (DOWN, 3)


def test_a_change_of_state_is_said_at_once_and_not_at_the_next_beat() -> None:
    desk = Desk(words()).start()
    assert [each.state for each in desk.hear(PACKET)] == [INIT]
    assert [each.state for each in desk.hear(desk.of_peer(UP))] == [UP]


def test_coming_up_polls_until_the_answer_and_only_then_stops() -> None:
    desk = Desk(words()).start()
    desk.hear(PACKET)
    assert [each.poll for each in desk.hear(desk.of_peer(UP))] == [True]
    desk.hear(desk.of_peer(UP))
    assert {each.poll for each in desk.pass_time(120_000)} == {True}
    desk.hear(desk.of_peer(UP, final=True))
    assert {each.poll for each in desk.pass_time(120_000)} == {False}


def test_a_poll_is_answered_at_once_and_the_beat_goes_on() -> None:
    desk = Desk(words(), part=50).start().come_up()
    due = desk.host.deadline()
    answers = desk.hear(desk.of_peer(poll=True))
    assert [(each.final, each.poll) for each in answers] == [(True, False)]
    assert desk.host.deadline() == due


def test_silence_for_the_detection_time_takes_the_session_down_and_not_a_moment_before() -> None:
    desk = Desk(words(multiplier=9)).start().come_up()
    # The neighbour's multiplier counts, 4, not ours.
    desk.pass_time(199_999)
    assert desk.shown()["state"] == "UP"
    said = desk.pass_time(1)
    assert desk.shown()["state"] == "DOWN"
    assert desk.told[-1].up is False
    assert "silence" not in desk.told[-1].because
    assert "nothing was heard" in desk.told[-1].because
    assert (said[-1].state, said[-1].diagnostic, said[-1].your_discriminator) == (DOWN, 1, 0)
    assert any(note.startswith("(PEER) Expired after 200 ms") for note in desk.notes)


def test_every_packet_heard_puts_the_end_off_the_same_bytes_again_as_well() -> None:
    desk = Desk(words()).start().come_up()
    for _ in range(20):
        desk.pass_time(150_000)
        desk.hear(desk.of_peer(UP))
    assert desk.shown()["state"] == "UP"
    assert desk.shown()["heard"] == 23


def test_a_cut_wire_is_noticed_by_both_within_the_detection_time_and_heals() -> None:
    wire = Wire(words(), words(neighbour=A, source=B))
    wire.run(1_000_000)
    wire.cut = {A, B}
    wire.run(201_000)
    assert wire.states() == ("DOWN", "DOWN")
    wire.cut = set()
    wire.run(1_100_000)
    assert wire.states() == ("UP", "UP")
    assert [word.up for word in wire.desks[A].told] == [False, True, False, True]


def test_a_wire_that_is_cut_one_way_takes_both_down() -> None:
    wire = Wire(words(), words(neighbour=A, source=B))
    wire.run(1_000_000)
    wire.cut = {A}
    wire.run(202_000)
    assert wire.states() == ("DOWN", "DOWN")
    assert wire.desks[A].shown()["why"] == "the neighbour signals that the session is down"


def test_a_neighbour_with_our_own_discriminator_is_a_neighbour_like_any() -> None:
    desk = Desk(words()).start()
    twin = replace(PACKET, my_discriminator=desk.number)
    desk.hear(twin)
    assert desk.last.your_discriminator == desk.last.my_discriminator == desk.number
    desk.hear(replace(twin, state=UP, your_discriminator=desk.number))
    assert desk.shown()["state"] == "UP"


def test_our_own_discriminators_are_distinct_and_never_zero_however_the_die_falls() -> None:
    peers = [words(f"P{n}", IPv4Address(f"10.20.1.{n}")) for n in range(1, 9)]
    for part in (0, 100):
        desk = Desk(*peers, part=part).start()
        numbers = {desk.shown(at)["discriminator"] for at in range(8)}
        assert len(numbers) == 8
        assert all(isinstance(each, int) and 0 < each < 2**32 for each in numbers)


def test_a_passive_session_is_silent_until_it_hears_the_neighbour_and_after_it_expired() -> None:
    desk = Desk(words(passive=True)).start()
    assert desk.pass_time(5_000_000) == []
    assert [each.state for each in desk.hear(PACKET)] == [INIT]
    desk.hear(desk.of_peer(UP))
    desk.pass_time(200_000)
    assert desk.shown()["state"] == "DOWN"
    assert desk.pass_time(5_000_000) == []


def test_two_passive_ends_never_come_up_and_one_is_enough() -> None:
    both = Wire(words(passive=True), words(neighbour=A, source=B, passive=True))
    both.run(5_000_000)
    assert both.states() == ("DOWN", "DOWN")
    one = Wire(words(passive=True), words(neighbour=A, source=B))
    one.run(10_000)
    assert one.states() == ("UP", "UP")


def test_a_neighbour_in_demand_mode_is_sent_nothing_while_both_are_up() -> None:
    desk = Desk(words()).start().come_up()
    desk.hear(desk.of_peer(UP, demand=True))
    assert desk.pass_time(199_000) == []
    desk.hear(desk.of_peer(UP, demand=False))
    assert len(desk.pass_time(120_000)) >= 2


def test_a_neighbour_that_accepts_nothing_is_sent_nothing() -> None:
    desk = Desk(words()).start().come_up()
    desk.hear(desk.of_peer(UP, required_min_rx_us=0))
    assert desk.pass_time(199_000) == []


def test_a_neighbour_that_began_anew_is_heard_by_its_address_and_comes_up_again() -> None:
    desk = Desk(words()).start().come_up()
    assert [each.state for each in desk.hear(replace(PACKET, my_discriminator=78))] == [DOWN]
    assert [each.state for each in desk.hear(replace(PACKET, my_discriminator=78))] == [INIT]
    assert desk.last.your_discriminator == 78


@pytest.mark.parametrize(
    ("more", "hops", "heard"),
    [
        ({}, 255, True),
        ({}, 254, False),
        ({}, None, False),
        ({"max_hops": 3}, 252, True),
        ({"max_hops": 3}, 251, False),
        ({"ttl": 100}, 100, True),
        ({"ttl": 100, "max_hops": 10}, 89, False),
        ({"max_hops": 255}, 1, True),
        ({"max_hops": -1}, 1, True),
    ],
)
def test_a_packet_from_too_far_away_is_thrown_away(
    more: dict[str, Any], hops: int | None, heard: bool
) -> None:
    desk = Desk(words(**more)).start()
    desk.hear(PACKET, hops=hops)
    assert (desk.shown()["state"] == "INIT") is heard
    assert desk.shown()["refused"] == (not heard)


def test_over_ipv6_we_send_255_and_take_the_64_that_keepalived_sends() -> None:
    ours, theirs = IPv6Address("fd00::1"), IPv6Address("fd00::2")
    desk = Desk(words(neighbour=theirs, source=ours)).start()
    endpoint = desk.sent[0][1].endpoint
    assert isinstance(endpoint, BfdEndpoint)
    assert endpoint.hop_limit == 255
    desk.hear(PACKET, source=theirs, target=ours, hops=63)
    assert desk.shown()["state"] == "DOWN"
    desk.hear(PACKET, source=theirs, target=ours, hops=64)
    assert desk.shown()["state"] == "INIT"


def test_multihop_speaks_to_its_own_port_and_is_heard_there_alone() -> None:
    desk = Desk(words(multihop=True, max_hops=255)).start()
    endpoint = desk.sent[0][1].endpoint
    assert isinstance(endpoint, BfdEndpoint)
    assert endpoint.port == 4784
    desk.hear(PACKET, hops=250)
    assert desk.shown()["state"] == "DOWN"
    desk.hear(PACKET, hops=250, listener=BfdListener(Family.INET, 4784))
    assert desk.shown()["state"] == "INIT"


def test_sessions_with_one_neighbour_are_told_apart_by_our_own_address() -> None:
    other = IPv4Address("10.20.0.7")
    desk = Desk(words("ONE"), words("TWO", source=other), words("ANY", source=None)).start()
    desk.hear(PACKET, target=other)
    assert [desk.shown(at)["state"] for at in range(3)] == ["DOWN", "INIT", "DOWN"]
    desk.hear(PACKET, target=IPv4Address("10.20.0.8"))
    assert [desk.shown(at)["state"] for at in range(3)] == ["DOWN", "INIT", "INIT"]


def test_packets_for_nobody_are_counted_and_noted_once() -> None:
    desk = Desk(words()).start()
    for _ in range(5):
        desk.hear(PACKET, source=IPv4Address("10.20.0.66"))
        desk.hear(replace(PACKET, your_discriminator=4242))
    assert desk.host.snapshot(0)["packets_for_nobody"] == 10
    assert sorted(desk.notes) == [
        "BFD packet from 10.20.0.2 thrown away: it is for a session that is not here",
        "BFD packet from 10.20.0.66 thrown away: no bfd_instance has this neighbour",
    ]


def test_a_flood_of_strangers_fills_neither_the_log_nor_the_memory() -> None:
    desk = Desk(words()).start()
    for number in range(2_000):
        desk.hear(PACKET, source=IPv4Address(0x0B000000 + number))
    assert len(desk.notes) == 64
    assert desk.shown()["state"] == "DOWN"


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\x20",
        bytes(24),
        encode_control(PACKET)[:20],
        b"\x40" + encode_control(PACKET)[1:],
    ],
)
def test_junk_from_the_neighbour_changes_nothing(junk: bytes) -> None:
    desk = Desk(words()).start().come_up()
    due = desk.host.deadline()
    desk.hear(junk)
    assert desk.shown()["state"] == "UP"
    assert desk.host.deadline() == due


def test_an_authenticated_packet_is_refused_for_nothing_was_agreed_on() -> None:
    desk = Desk(words()).start()
    data = bytearray(encode_control(PACKET)) + b"\x01\x02"
    data[1] |= 4
    data[3] = 26
    desk.hear(bytes(data))
    assert desk.shown()["refused"] == 1
    assert "authenticated" in desk.notes[-1]


def test_intervals_are_cut_by_a_tenth_at_least_and_a_quarter_at_most() -> None:
    assert jittered_us(1_000_000, FixedDice(0)) == 900_000
    assert jittered_us(1_000_000, FixedDice(100)) == 750_000


def test_the_slower_end_says_how_fast_packets_come_and_how_long_silence_is_borne() -> None:
    assert interval_us(50_000, 80_000) == interval_us(80_000, 50_000) == 80_000
    assert interval_us(50_000, 0) == 0
    assert detection_us(3, 50_000, 80_000) == detection_us(3, 80_000, 50_000) == 240_000


def test_what_is_sent_is_addressed_to_the_neighbour_over_its_own_socket() -> None:
    desk = Desk(words()).start()
    send = desk.sent[0][1]
    assert send.target == B
    assert send.endpoint == BfdEndpoint(B, A, 3784, 255)
    assert isinstance(desk.last, ControlPacket)
