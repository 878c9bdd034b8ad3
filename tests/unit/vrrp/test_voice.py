"""What an instance says: bytes that stand ready, and never out of date."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
from tests.unit.vrrp.exchanges import (
    A6,
    B6,
    KEY_TWO,
    SECOND_US,
    A,
    B,
    C,
    Side,
    packet_number,
    signed,
    six,
    to_peers,
    with_ah,
)
from tests.unit.vrrp.rooms import instance, line

from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.happenings import Footing
from keepalived.core.vrrp.lines import Key
from keepalived.core.vrrp.voice import Voice
from keepalived.port.resources import VrrpEndpoint
from keepalived.wire.vrrp import Advert

PLAIN = instance()
CONFIGS = {
    "version 2": PLAIN,
    "version 3": instance(version=3),
    "AH": with_ah(),
    "signed": instance(auth_hmac=signed()),
    "unicast": instance(**to_peers(B, C)),
}


def test_packets_are_numbered_from_1_and_never_0() -> None:
    side = Side(PLAIN, A)
    assert [packet_number(side.say()[0]) for _ in range(3)] == [1, 2, 3]
    side.voice.numbers.packet_number = 0xFFFF
    assert packet_number(side.say()[0]) == 1


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize(
    "change",
    [
        {"virtual_router_id": 52},
        {"virtual_ipaddress": (line("10.0.0.101"),)},
        {"virtual_ipaddress": ()},
        {"advert_int_us": 3 * SECOND_US},
        {"unicast_peers": to_peers(C)["unicast_peers"]},
        {"version": 2},
        {"version": 3},
        {"auth_hmac": signed(keys=(Key(2, KEY_TWO),), active_key=2)},
    ],
)
def test_what_is_said_after_a_change_is_what_somebody_new_would_say(
    name: str, change: dict[str, Any]
) -> None:
    side = Side(CONFIGS[name], A)
    side.say()
    side.config = replace(side.config, **change)
    fresh = Side(side.config, A)
    fresh.voice.numbers.packet_number = 1
    fresh.voice.numbers.ah_sequence = side.voice.numbers.ah_sequence
    fresh.voice.numbers.hmac_last = side.voice.numbers.hmac_last
    assert side.say() == fresh.say()


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_priorities_may_change_to_and_fro(config: VrrpInstance) -> None:
    side, listener = Side(config, A), Side(config, B)
    for priority in (150, 100, 150, 0):
        advert = listener.hear(side, side.say(priority=priority)[0])
        assert isinstance(advert, Advert)
        assert advert.priority == priority


def test_another_source_is_said_at_once() -> None:
    side = Side(PLAIN, A)
    side.say()
    side.source = C
    (send,) = side.say()
    assert IPv4Address(send.data[12:16]) == C


def test_without_a_source_nothing_is_said_until_there_was_one() -> None:
    voice = Voice()
    names = (IPv4Address("10.0.0.100"),)
    assert voice.say(PLAIN, Footing({}), 100, names, 0) == []
    assert voice.numbers.packet_number == 0
    (send,) = voice.say(PLAIN, Footing({}, A), 100, names, 0)
    (last,) = voice.say(PLAIN, Footing({}), 0, names, 0)
    assert last.data[12:16] == send.data[12:16] == A.packed


def test_ah_has_a_socket_of_its_own_and_unicast_one_of_its_source() -> None:
    endpoints = {}
    for name, config in (*CONFIGS.items(), ("unicast AH", with_ah(**to_peers(B)))):
        endpoint = Side(config, A).say()[0].endpoint
        assert isinstance(endpoint, VrrpEndpoint)
        endpoints[name] = (str(endpoint.group), endpoint.protocol)
    assert endpoints["version 2"] == endpoints["signed"] == ("224.0.0.18", 112)
    assert endpoints["AH"] == ("224.0.0.18", 51)
    assert endpoints["unicast"] == (str(A), 112)
    assert endpoints["unicast AH"] == (str(A), 51)


def test_of_ipv6_source_and_hop_limit_are_told_to_the_kernel_with_each_packet() -> None:
    (send,) = Side(six(), A6).say()
    assert (send.source, send.hop_limit, str(send.target)) == (A6, 255, "ff02::12")
    assert send.data[6:8] == b"\0\0", "the kernel sums up"
    (send,) = Side(six(auth_hmac=signed(), **to_peers(B6)), A6).say()
    assert (send.target, len(send.data)) == (B6, 8 + 16 + 28)


def test_a_router_without_addresses_may_speak() -> None:
    side, listener = (Side(instance(virtual_ipaddress=()), each) for each in (A, B))
    advert = listener.hear_next(side)
    assert isinstance(advert, Advert)
    assert advert.addresses == ()
