"""The IP authentication header: who signs wrong, again or for another is not let in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.vrrp.exchanges import A, B, C, Side, altered, to_peers, with_ah
from tests.unit.vrrp.rooms import ENDPOINT, instance, packet, with_password

from keepalived.core.vrrp.auth import Numbers, password_of
from keepalived.core.vrrp.refusal import Refusal
from keepalived.port.events import DatagramHeard
from keepalived.wire.ah import (
    LAST_SEQUENCE,
    AuthenticationHeader,
    decode_ah,
    encode_ah,
    integrity_value,
)
from keepalived.wire.vrrp import Advert

ICV_AT, SPI_AT, SEQUENCE_AT = 20 + 12, 20 + 4, 20 + 8


def pair() -> tuple[Side, Side]:
    return Side(with_ah(), A), Side(with_ah(), B)


def test_a_signed_advert_is_taken_and_its_number_taken_over() -> None:
    one, other = pair()
    for number in (1, 2, 3):
        assert isinstance(other.hear_next(one), Advert)
        assert other.voice.numbers.ah_sequence == number


def test_whoever_takes_over_goes_on_counting() -> None:
    one, other = pair()
    for _ in range(5):
        other.hear_next(one)
    assert isinstance(one.hear_next(other), Advert)
    assert one.voice.numbers.ah_sequence == 6


def test_an_advert_heard_again_is_a_replay_and_so_is_an_older_one() -> None:
    one, other = pair()
    (first,), (second,) = one.say(), one.say()
    assert isinstance(other.hear(one, second), Advert)
    assert other.hear(one, second) is Refusal.AH_REPLAYED
    assert other.hear(one, first) is Refusal.AH_REPLAYED
    assert other.voice.numbers.ah_sequence == 2


def test_any_jump_upwards_is_believed() -> None:
    one, other = pair()
    one.voice.numbers.ah_sequence = 1000
    assert isinstance(other.hear_next(one), Advert)
    assert other.voice.numbers.ah_sequence == 1001


@pytest.mark.parametrize("at", [ICV_AT, SEQUENCE_AT + 3, 20 + 24 + 2, 22, 5, 12 + 3, 8])
def test_whatever_is_altered_the_signature_is_wrong_and_nothing_is_remembered(at: int) -> None:
    """Signature, sequence number, priority, reserved bits, identification, source, TTL."""
    one, other = pair()
    (send,) = one.say()
    bad = altered(send, at, send.data[at] ^ 1)
    assert other.hear(one, bad) in (Refusal.AH_WRONG, Refusal.HOP_LIMIT)
    assert other.voice.numbers.ah_sequence == 0


def test_another_password_is_refused() -> None:
    one, other = Side(with_ah("guess"), A), Side(with_ah(), B)
    assert other.hear_next(one) is Refusal.AH_WRONG


def test_only_eight_characters_of_a_password_count() -> None:
    one, other = Side(with_ah("longpassword99"), A), Side(with_ah("longpass"), B)
    assert isinstance(other.hear_next(one), Advert)


def test_a_parameter_index_that_is_not_the_source_is_refused() -> None:
    """Whoever knows the password can sign any; it must still be the source's."""
    one, other = pair()
    (send,) = one.say()
    header, rest = send.data[:20], send.data[20:]
    opened = decode_ah(rest)
    assert isinstance(opened, tuple)
    blank = AuthenticationHeader(C.packed, opened[0].sequence)
    value = integrity_value(password_of(one.config), header, encode_ah(blank) + opened[1], False)
    proof = encode_ah(replace(blank, icv=value))
    forged = replace(send, data=header + proof + opened[1])
    assert other.hear(one, forged) is Refusal.AH_SPI
    assert other.voice.numbers.ah_sequence == 0


def test_without_the_header_an_instance_of_ah_takes_nothing() -> None:
    _, other = pair()
    plain = DatagramHeard(ENDPOINT, A, packet(150, A, auth_type=2))
    assert other.judge(plain) is Refusal.AUTH_TYPE_MISMATCH


def test_with_the_header_an_instance_without_ah_takes_nothing() -> None:
    one, _ = pair()
    for config in (instance(), with_password(instance(), "s3cret")):
        assert Side(config, B).hear_next(one) is Refusal.AUTH_TYPE_MISMATCH


def test_a_header_in_front_of_something_else_is_not_vrrp() -> None:
    one, other = pair()
    (send,) = one.say()
    assert other.hear(one, altered(send, 20, 17)) is Refusal.NOT_VRRP


def test_of_unicast_the_time_to_live_is_not_signed_and_each_peer_has_its_own_signature() -> None:
    one = Side(with_ah(**to_peers(B, C)), A)
    second, third = one.say()
    assert second.data[SEQUENCE_AT : SEQUENCE_AT + 4] == third.data[SEQUENCE_AT : SEQUENCE_AT + 4]
    assert second.data[ICV_AT : ICV_AT + 12] != third.data[ICV_AT : ICV_AT + 12]
    other = Side(with_ah(**to_peers(A)), B)
    assert isinstance(other.hear(one, altered(second, 8, 61)), Advert)


def test_the_numbers_do_not_begin_again_and_a_lesser_masters_one_is_left_out() -> None:
    numbers = Numbers()
    numbers.ah_sequence = LAST_SEQUENCE - 2
    numbers.outbid()
    assert numbers.next_sequence() == LAST_SEQUENCE
    assert numbers.next_sequence() is None
    numbers.outbid()
    assert numbers.ah_sequence == LAST_SEQUENCE
    one = Side(with_ah(), A)
    one.voice.numbers.ah_sequence = LAST_SEQUENCE
    assert one.say() == []
