"""Ways an advert may come: versions, families, checksums, unicast; and upstream's weak spots."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
from tests.unit.vrrp.exchanges import A6, B6, SECOND_US, A, B, C, Side, altered, six, to_peers
from tests.unit.vrrp.rooms import instance

from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.lines import Peer
from keepalived.core.vrrp.refusal import Refusal
from keepalived.port.effects import Send
from keepalived.wire.checksum import internet_checksum, pseudo_header
from keepalived.wire.vrrp import MULTICAST_GROUP4, Advert


def pair(**more: Any) -> tuple[Side, Side]:
    return Side(instance(**more), A), Side(instance(**more), B)


def summed_up(send: Send, pseudo: bytes) -> Send:
    """Put a checksum into an IPv4 packet, as another kind of sender would make it."""
    message = bytearray(send.data[20:])
    message[6:8] = b"\0\0"
    message[6:8] = internet_checksum(pseudo + message).to_bytes(2, "big")
    return replace(send, data=send.data[:20] + bytes(message))


def test_version_3_is_taken_in_both_families() -> None:
    one, other = pair(version=3, advert_int_us=10_000)
    advert = other.hear_next(one)
    assert isinstance(advert, Advert)
    assert (advert.version, advert.interval_us) == (3, 10_000)
    assert isinstance(Side(six(), B6).hear_next(Side(six(), A6)), Advert)


def test_version_2_may_be_spoken_over_ipv6_without_authentication_bytes() -> None:
    one, other = Side(six(version=2), A6), Side(six(version=2), B6)
    (send,) = one.say()
    assert len(send.data) == 8 + 16
    assert isinstance(other.hear(one, send), Advert)


def test_another_interval_is_refused_in_version_2_and_told_in_version_3() -> None:
    two: dict[str, Any] = {"advert_int_us": 2 * SECOND_US}
    assert Side(instance(), B).hear_next(Side(instance(**two), A)) is Refusal.INTERVAL
    advert = Side(instance(version=3), B).hear_next(Side(instance(version=3, **two), A))
    assert isinstance(advert, Advert)
    assert advert.interval_us == 2 * SECOND_US


def test_the_other_version_is_refused_by_its_length_or_its_number() -> None:
    old, new = Side(instance(), A), Side(instance(version=3), B)
    assert old.hear_next(new) is Refusal.VERSION
    assert new.hear_next(old) is Refusal.VERSION
    (send,) = old.say()
    assert new.hear(old, altered(send, 20, 0x31)) is Refusal.LENGTH


def test_a_hop_limit_that_is_not_255_is_refused_but_of_unicast() -> None:
    one, other = Side(six(), A6), Side(six(), B6)
    (send,) = one.say()
    for hops in (64, 254, None):
        assert other.judge(other.event(send, A6, hop_limit=hops)) is Refusal.HOP_LIMIT
    one, other = Side(six(**to_peers(B6)), A6), Side(six(**to_peers(A6)), B6)
    (send,) = one.say()
    assert isinstance(other.judge(other.event(send, A6, hop_limit=64)), Advert)


def test_another_target_is_refused() -> None:
    one, other = Side(six(), A6), Side(six(), B6)
    (send,) = one.say()
    assert other.judge(other.event(send, A6, target=B6)) is Refusal.TARGET
    one = Side(instance(), A)
    (send,) = Side(instance(**to_peers(B)), A).say()
    assert Side(instance(), B).hear(one, send) is Refusal.TARGET
    (send,) = one.say()
    assert Side(instance(**to_peers(A)), B).hear(one, send) is Refusal.TARGET


def test_a_group_of_its_own_separates_instances() -> None:
    group = IPv4Address("224.0.0.99")
    one, other = pair(mcast_dst_ip=group)
    assert one.say()[0].target == group
    assert isinstance(other.hear_next(one), Advert)
    assert Side(instance(), B).hear_next(one) is Refusal.TARGET


def test_an_owner_may_ignore_what_others_say() -> None:
    one = Side(instance(), A)
    assert Side(instance(priority=255, owner_ignore_adverts=True), B).hear_next(one) is (
        Refusal.OWNER
    )
    for config in (instance(priority=255), instance(priority=254, owner_ignore_adverts=True)):
        assert isinstance(Side(config, B).hear_next(one), Advert)


# Unicast: who may say something, and from how far


def test_every_peer_gets_a_packet_of_its_own_in_the_order_of_the_file() -> None:
    one = Side(instance(version=3, **to_peers(C, B)), A)
    sends = one.say()
    assert [send.target for send in sends] == [C, B]
    assert len({send.data[4:6] for send in sends}) == 1, "one number for one advert"
    for send, address in zip(sends, (C, B), strict=True):
        other = Side(instance(version=3, **to_peers(A)), address)
        assert isinstance(other.hear(one, send), Advert)


def test_any_source_counts_unless_sources_are_checked() -> None:
    stranger = Side(instance(**to_peers(B)), C)
    assert isinstance(Side(instance(**to_peers(A)), B).hear_next(stranger), Advert)
    config = instance(check_unicast_src=True, **to_peers(A))
    assert Side(config, B).hear_next(stranger) is Refusal.NOT_A_PEER
    assert isinstance(Side(config, B).hear_next(Side(instance(**to_peers(B)), A)), Advert)


@pytest.mark.parametrize(
    ("hops", "refusal"),
    [(253, Refusal.PEER_TTL), (254, None), (255, None), (0, Refusal.PEER_TTL)],
)
def test_bounds_of_a_peers_ttl_check_its_source_too(hops: int, refusal: Refusal | None) -> None:
    config = instance(unicast_peers=(Peer(A, 254, 255), Peer(C)))
    one = Side(instance(unicast_ttl=hops, **to_peers(B)), A)
    verdict = Side(config, B).hear_next(one)
    assert verdict is refusal or (refusal is None and isinstance(verdict, Advert))
    stranger = Side(instance(**to_peers(B)), IPv4Address("10.0.0.9"))
    assert Side(config, B).hear_next(stranger) is Refusal.NOT_A_PEER
    far = Side(instance(unicast_ttl=3, **to_peers(B)), C)
    assert isinstance(Side(config, B).hear_next(far), Advert), "this one has no bounds"


def test_a_most_of_0_lets_nothing_through_but_0() -> None:
    config = instance(unicast_peers=(Peer(A, None, 0),))
    assert Side(config, B).hear_next(Side(instance(**to_peers(B)), A)) is Refusal.PEER_TTL


def test_unicast_leaves_with_the_hop_limit_that_is_configured_in_both_families() -> None:
    (send,) = Side(instance(unicast_ttl=64, **to_peers(B)), A).say()
    assert send.data[8] == 64
    (send,) = Side(six(unicast_ttl=7, **to_peers(B6)), A6).say()
    assert (send.source, send.hop_limit) == (A6, 7)
    (send,) = Side(six(**to_peers(B6)), A6).say()
    assert send.hop_limit == 255


# Checksums


def test_a_broken_checksum_is_refused_whatever_forms_are_allowed() -> None:
    for more in (
        {"version": 2},
        {"version": 3},
        {"version": 3, "v3_checksum_as_v2": True},
        {"version": 3, "old_unicast_checksum": "", **to_peers(A, B)},
    ):
        one, other = pair(**more)
        send = next(each for each in one.say() if each.target in (B, MULTICAST_GROUP4))
        bad = altered(send, 26, send.data[26] ^ 1)
        assert other.hear(one, bad) is Refusal.CHECKSUM


def test_the_sum_without_a_pseudo_header_is_taken_only_where_it_is_configured() -> None:
    plain = Side(instance(version=3, v3_checksum_as_v2=True), A)
    usual = Side(instance(version=3), B)
    assert usual.hear_next(plain) is Refusal.CHECKSUM
    assert isinstance(Side(plain.config, B).hear_next(plain), Advert)
    assert isinstance(plain.hear_next(usual), Advert), "a router that is changed later"


def test_the_old_sum_of_unicast_is_taken_only_where_it_is_configured() -> None:
    usual: dict[str, Any] = {"version": 3, **to_peers(A, B)}
    old = Side(instance(old_unicast_checksum="", **usual), A)
    send = old.say()[1]
    assert send == summed_up(send, pseudo_header(A, MULTICAST_GROUP4, 112, 12))
    for said in (None, "never"):
        other = Side(instance(old_unicast_checksum=said, **usual), B)
        assert other.hear(old, send) is Refusal.CHECKSUM
    other = Side(instance(old_unicast_checksum="", **usual), B)
    assert isinstance(other.hear(old, send), Advert)
    assert isinstance(other.hear(old, Side(instance(**usual), A).say()[1]), Advert)


def test_one_old_sum_turns_no_instance_against_good_ones() -> None:
    """Upstream's fallback flips for good; here the next good advert is as good as before."""
    one, other = pair(version=3, **to_peers(A, B))
    send = one.say()[1]
    old = summed_up(send, pseudo_header(A, MULTICAST_GROUP4, 112, 12))
    assert other.hear(one, old) is Refusal.CHECKSUM
    assert isinstance(other.hear(one, send), Advert)


# What Ethernet fills up


@pytest.mark.parametrize(
    ("config", "beyond", "taken"),
    [
        (instance(), 6, True),
        (instance(), 2, True),
        (instance(), 4, False),
        (instance(), 1, False),
        (instance(), 10, False),
        (instance(version=3), 14, True),
        (instance(version=3), 10, True),
        (instance(version=3), 8, False),
        (instance(version=3), 18, False),
    ],
)
def test_padding_up_to_the_least_frame_less_tags_is_borne(
    config: VrrpInstance, beyond: int, taken: bool
) -> None:
    one, other = Side(config, A), Side(config, B)
    (send,) = one.say()
    data = send.data + bytes(beyond)
    padded = replace(send, data=data[:2] + len(data).to_bytes(2, "big") + data[4:])
    verdict = other.hear(one, padded)
    assert isinstance(verdict, Advert) if taken else verdict is Refusal.LENGTH


def test_ipv6_packets_are_longer_than_the_least_frame_and_are_never_padded() -> None:
    one, other = Side(six(), A6), Side(six(), B6)
    (send,) = one.say()
    assert other.hear(one, replace(send, data=send.data + bytes(2))) is Refusal.LENGTH


# Weak spots of upstream's


def test_an_interval_of_0_takes_nobodys_lead() -> None:
    """Version 3: upstream's backup would take over at once."""
    one, other = pair(version=3)
    (send,) = one.say()
    message = send.data[20:24] + b"\0\0\0\0" + send.data[28:]
    send = replace(send, data=send.data[:20] + message)
    zero = summed_up(send, pseudo_header(A, MULTICAST_GROUP4, 112, 12))
    assert other.hear(one, zero) is Refusal.INTERVAL_ZERO


def test_reserved_bits_of_version_3_do_not_matter() -> None:
    one, other = pair(version=3)
    (send,) = one.say()
    odd = summed_up(altered(send, 24, 0xF0), pseudo_header(A, MULTICAST_GROUP4, 112, 12))
    assert isinstance(other.hear(one, odd), Advert)
