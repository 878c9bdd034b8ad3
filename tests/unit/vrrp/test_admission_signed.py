"""Signed adverts (`auth_hmac`): keys that change, clocks that differ, adverts heard again."""

from __future__ import annotations

import itertools
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
from tests.unit.vrrp.exchanges import (
    A6,
    B6,
    KEY_ONE,
    KEY_TWO,
    NOON_US,
    SECOND_US,
    A,
    B,
    C,
    Side,
    altered,
    signed,
    six,
    to_peers,
)
from tests.unit.vrrp.rooms import instance

from keepalived.core.vrrp.auth import Numbers, ahead, moment_of, window_s
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.lines import Key
from keepalived.core.vrrp.refusal import Refusal
from keepalived.wire.vrrp import Advert

TRAILER = 28


def pair(said: dict[str, Any] | None = None, heard: dict[str, Any] | None = None) -> list[Side]:
    return [
        Side(instance(auth_hmac=signed(**(said or {}))), A),
        Side(instance(auth_hmac=signed(**(heard or {}))), B),
    ]


def unsigned() -> Side:
    return Side(instance(), A)


def test_a_signed_advert_is_taken_in_both_families_and_versions() -> None:
    one, other = pair()
    assert isinstance(other.hear_next(one), Advert)
    block = signed()
    third, fourth = Side(six(auth_hmac=block), A6), Side(six(auth_hmac=block), B6)
    assert isinstance(fourth.hear_next(third), Advert)
    fifth = Side(instance(version=3, auth_hmac=block), A)
    sixth = Side(instance(version=3, auth_hmac=block), B)
    assert isinstance(sixth.hear_next(fifth), Advert)


def test_an_advert_heard_again_is_a_replay_and_so_is_an_older_one() -> None:
    one, other = pair()
    (first,), (second,) = one.say(0), one.say(SECOND_US)
    assert isinstance(other.hear(one, second, SECOND_US), Advert)
    assert other.hear(one, second, SECOND_US) is Refusal.HMAC_REPLAYED
    assert other.hear(one, first, SECOND_US) is Refusal.HMAC_REPLAYED


@pytest.mark.parametrize("at", [20 + 2, 20 + 8, -1, -16, -20, -21, 12 + 3])
def test_whatever_is_altered_the_signature_is_wrong(at: int) -> None:
    """Priority, address, signature (both ends), count, seconds, source."""
    one, other = pair()
    (send,) = one.say()
    at %= len(send.data)
    assert other.hear(one, altered(send, at, send.data[at] ^ 1)) is Refusal.HMAC_WRONG
    assert isinstance(other.hear(one, send), Advert), "a forgery moves no mark"


@pytest.mark.parametrize(("at", "value"), [(-28, 2), (-26, 1), (-25, 1), (-27, 0)])
def test_a_trailer_of_another_shape_is_malformed(at: int, value: int) -> None:
    """Its kind, the two reserved bytes, a key that no key can be."""
    one, other = pair()
    (send,) = one.say()
    assert other.hear(one, altered(send, len(send.data) + at, value)) is Refusal.HMAC_MALFORMED


def test_a_key_that_is_not_ours_is_unknown_and_another_one_of_its_number_is_wrong() -> None:
    one, other = pair(heard={"keys": (Key(2, KEY_TWO),), "active_key": 2})
    assert other.hear_next(one) is Refusal.HMAC_KEY_UNKNOWN
    one, other = pair(heard={"keys": (Key(1, KEY_TWO),)})
    assert other.hear_next(one) is Refusal.HMAC_WRONG


def test_keys_change_one_router_after_the_other_without_a_lost_advert() -> None:
    old, new = Key(1, KEY_ONE), Key(2, KEY_TWO)
    steps = (((old,), 1), ((old, new), 1), ((old, new), 2), ((new,), 2))
    for before, after in itertools.pairwise(steps):
        for said, heard in ((before, after), (after, before)):
            one, other = pair(
                {"keys": said[0], "active_key": said[1]}, {"keys": heard[0], "active_key": heard[1]}
            )
            assert isinstance(other.hear_next(one), Advert), (said, heard)


def test_a_key_may_be_written_in_digits() -> None:
    digits = "hex:" + KEY_ONE.encode().hex()
    one, other = pair(heard={"keys": (Key(1, digits),)})
    assert isinstance(other.hear_next(one), Advert)


def test_only_who_enforces_refuses_what_is_not_signed() -> None:
    for mode, taken in (("enforce", False), ("permissive", True), ("receive-only", True)):
        _, other = pair(heard={"mode": mode})
        verdict = other.hear_next(unsigned())
        assert isinstance(verdict, Advert) is taken
        if not taken:
            assert verdict is Refusal.HMAC_MISSING


@pytest.mark.parametrize("mode", ["permissive", "receive-only"])
def test_whoever_takes_unsigned_adverts_still_refuses_forged_ones(mode: str) -> None:
    one, other = pair(heard={"mode": mode})
    (send,) = one.say()
    last = len(send.data) - 1
    assert other.hear(one, altered(send, last, send.data[last] ^ 1)) is Refusal.HMAC_WRONG


def test_signing_can_be_begun_one_router_after_the_other_without_a_lost_advert() -> None:
    steps: list[VrrpInstance] = [
        instance(),
        *(instance(auth_hmac=signed(mode=m)) for m in ("receive-only", "permissive", "enforce")),
    ]
    for before, after in itertools.pairwise(steps):
        for said, heard in ((before, after), (after, before), (after, after)):
            assert isinstance(Side(heard, B).hear_next(Side(said, A)), Advert), (said, heard)


def test_who_only_listens_does_not_sign() -> None:
    one, other = pair({"mode": "receive-only"}, {"mode": "permissive"})
    (send,) = one.say()
    assert len(send.data) == 40
    assert isinstance(other.hear(one, send), Advert)


def test_an_instance_that_does_not_sign_takes_no_signed_advert() -> None:
    one, _ = pair()
    assert Side(instance(), B).hear_next(one) is Refusal.LENGTH


@pytest.mark.parametrize(("apart_s", "taken"), [(5, True), (7, False), (-5, True), (-7, False)])
def test_clocks_may_be_a_window_apart(apart_s: int, taken: bool) -> None:
    one, other = pair()
    one.set_clock(NOON_US + apart_s * SECOND_US)
    verdict = other.hear_next(one)
    assert verdict is Refusal.HMAC_STALE or isinstance(verdict, Advert)
    assert isinstance(verdict, Advert) is taken


def test_the_window_is_three_intervals_and_at_least_five_seconds() -> None:
    block = signed()
    assert window_s(instance(auth_hmac=block)) == 5
    assert window_s(instance(auth_hmac=block, advert_int_us=10 * SECOND_US)) == 30
    given = replace(block, time_window_us=9 * SECOND_US)
    assert window_s(instance(auth_hmac=given)) == 9


def test_without_a_clock_only_the_order_counts() -> None:
    block = {"anti_replay": "monotonic"}
    one, other = pair(block, block)
    one.set_clock(NOON_US - 10_000 * SECOND_US)
    (first,) = one.say()
    assert isinstance(other.hear(one, first), Advert)
    assert isinstance(other.hear_next(one), Advert)
    assert other.hear(one, first) is Refusal.HMAC_REPLAYED


def test_each_sender_has_a_mark_of_its_own() -> None:
    one, other = pair()
    third = Side(one.config, C)
    third.set_clock(NOON_US - SECOND_US)
    assert isinstance(other.hear_next(one), Advert)
    assert isinstance(other.hear_next(third), Advert)


def test_four_senders_are_remembered_and_who_was_silent_longest_is_forgotten() -> None:
    _, other = pair()
    sides = [Side(other.config, IPv4Address(f"10.0.0.{last}")) for last in range(11, 16)]
    sends = [side.say()[0] for side in sides]
    for side, send in zip(sides[:4], sends, strict=False):
        assert isinstance(other.hear(side, send), Advert)
        assert other.hear(side, send) is Refusal.HMAC_REPLAYED
    assert isinstance(other.hear_next(sides[0]), Advert)
    assert isinstance(other.hear(sides[4], sends[4]), Advert)
    assert other.hear(sides[0], sends[0]) is Refusal.HMAC_REPLAYED
    assert isinstance(other.hear(sides[1], sends[1]), Advert), "its mark made room"


def test_of_unicast_every_peer_is_remembered_and_nobody_else_is_heard() -> None:
    peers = [IPv4Address(f"10.0.0.{last}") for last in range(11, 18)]
    other = Side(instance(auth_hmac=signed(), **to_peers(*peers)), B)
    back = to_peers(B)
    sides = [Side(instance(auth_hmac=signed(), **back), peer) for peer in peers]
    sends = [side.say()[0] for side in sides]
    for side, send in zip(sides, sends, strict=True):
        assert isinstance(other.hear(side, send), Advert)
    for side, send in zip(sides, sends, strict=True):
        assert other.hear(side, send) is Refusal.HMAC_REPLAYED
    stranger = Side(instance(auth_hmac=signed(), **back), C)
    assert other.hear_next(stranger) is Refusal.NOT_A_PEER


def test_a_clock_that_was_set_back_shuts_nobody_out() -> None:
    one, other = pair()
    assert isinstance(other.hear_next(one), Advert)
    for side in (one, other):
        side.set_clock(NOON_US - 3600 * SECOND_US)
    assert isinstance(other.hear_next(one), Advert)


def test_a_reload_forgets_no_mark() -> None:
    one, other = pair()
    (send,) = one.say()
    assert isinstance(other.hear(one, send), Advert)
    other.config = replace(other.config, priority=120)
    assert other.hear(one, send) is Refusal.HMAC_REPLAYED


def test_one_signature_serves_all_peers() -> None:
    one = Side(instance(auth_hmac=signed(), **to_peers(B, C)), A)
    second, third = one.say()
    assert second.data[-TRAILER:] == third.data[-TRAILER:]


def test_moments_grow_though_the_clock_stands_still() -> None:
    numbers = Numbers()
    numbers.utc_offset_us = NOON_US
    said = [numbers.next_moment(0, 5) for _ in range(3)]
    assert said == [moment_of(NOON_US) + more for more in range(3)]


def test_moments_grow_though_the_clock_was_set_back_a_little_and_restart_if_much() -> None:
    numbers = Numbers()
    numbers.utc_offset_us = NOON_US
    first = numbers.next_moment(0, 5)
    numbers.utc_offset_us -= 2 * SECOND_US
    assert numbers.next_moment(0, 5) == first + 1
    numbers.utc_offset_us -= 10 * SECOND_US
    assert numbers.next_moment(0, 5) == moment_of(NOON_US - 12 * SECOND_US)
    assert numbers.next_moment(0, None) == moment_of(NOON_US - 12 * SECOND_US) + 1


def test_the_first_moment_is_the_clocks_in_whatever_century() -> None:
    for year_s in (1, 2**31 - 1, 2**31, 2**32 - 1):
        numbers = Numbers()
        assert numbers.next_moment(year_s * SECOND_US, 5) == year_s << 32


def test_moments_are_compared_as_serial_numbers() -> None:
    last = 2**64 - 1
    assert ahead(0, last) == 1
    assert ahead(last, 0) == -1
    assert ahead(5, 5) == 0
    assert ahead(2**63, 0) < 0 < ahead(2**63 - 1, 0)
