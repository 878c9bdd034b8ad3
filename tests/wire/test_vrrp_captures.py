"""Adverts and announcements against the bytes that real keepalived put on a link."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from tests.wire.pcap_file import adverts, frames

from keepalived.wire.addresses import Family
from keepalived.wire.arp import GratuitousArp, decode_gratuitous_arp, encode_gratuitous_arp
from keepalived.wire.cursor import Malformed
from keepalived.wire.ip import Ipv4Header, decode_ipv4, encode_ipv4
from keepalived.wire.ndisc import (
    NeighbourAdvert,
    decode_neighbour_advert,
    encode_neighbour_advert,
)
from keepalived.wire.vrrp import Advert, checksum_holds, decode, encode

CAPTURES = (
    "v2-none",
    "v2-pass",
    "v2-pass-long",
    "v2-multi-vip",
    "excluded-vips",
    "prio0-takeover-v2",
    "sync-group-link1",
    "tie-equal-priority",
)
MAC_A = bytes.fromhex("020000000001")


def opened(packet: bytes) -> tuple[Ipv4Header, bytes]:
    header = decode_ipv4(packet)
    assert not isinstance(header, Malformed)
    return header


def read(packet: bytes) -> Advert:
    advert = decode(opened(packet)[1], Family.INET)
    assert isinstance(advert, Advert)
    return advert


@pytest.mark.parametrize("name", CAPTURES)
def test_every_captured_advert_is_written_back_byte_for_byte(name: str) -> None:
    captured = adverts(name)
    assert len(captured) >= 2
    for frame in captured:
        header, message = opened(frame.packet)
        assert checksum_holds(message)
        assert encode(read(frame.packet)) == message
        # The header's own checksum (bytes 10 and 11) is the kernel's work.
        built = encode_ipv4(header)
        assert built[:10] + frame.packet[10:12] + built[12:] == frame.packet[:20]
        assert built[10:12] == b"\0\0"


def test_the_first_advert_without_authentication_reads_as_configured() -> None:
    packet = adverts("v2-none")[0].packet
    vip = IPv4Address("10.20.0.100")
    assert read(packet) == Advert(2, 51, 150, (vip,), 1_000_000, auth_data=bytes(8))
    header, _ = opened(packet)
    assert (header.identification, header.hop_limit, header.service) == (1, 255, 0xC0)
    assert (header.protocol, header.total_length) == (112, 40)


@pytest.mark.parametrize(
    ("name", "secret"), [("v2-pass", b"s3cret\0\0"), ("v2-pass-long", b"longpass")]
)
def test_a_password_is_padded_or_cut_to_eight_bytes(name: str, secret: bytes) -> None:
    advert = read(adverts(name)[0].packet)
    assert (advert.auth_type, advert.auth_data) == (1, secret)


def test_addresses_keep_the_order_of_the_file() -> None:
    advert = read(adverts("v2-multi-vip")[0].packet)
    assert [str(each) for each in advert.addresses] == [
        f"10.20.0.{last}" for last in (103, 101, 102, 100)
    ]


def test_excluded_addresses_are_not_named() -> None:
    assert read(adverts("excluded-vips")[0].packet).addresses == (IPv4Address("10.20.0.100"),)


def test_a_stopping_master_says_priority_zero() -> None:
    priorities = [read(frame.packet).priority for frame in adverts("prio0-takeover-v2")]
    assert 0 in priorities
    assert priorities[priorities.index(0) + 1] == 100


def test_gratuitous_arp_is_captured_byte_for_byte() -> None:
    arps = [frame.data for frame in frames("v2-none") if frame.ethertype == 0x0806]
    expected = encode_gratuitous_arp(GratuitousArp(MAC_A, IPv4Address("10.20.0.100")))
    assert arps.count(expected) == 5
    assert decode_gratuitous_arp(expected) == GratuitousArp(MAC_A, IPv4Address("10.20.0.100"))


def test_an_unsolicited_neighbour_advert_is_captured_byte_for_byte() -> None:
    adverts6 = [f.data for f in frames("excluded-vips") if f.ethertype == 0x86DD]
    advert = NeighbourAdvert(MAC_A, IPv6Address("fd00:20::110"))
    assert encode_neighbour_advert(advert) in adverts6
    assert decode_neighbour_advert(encode_neighbour_advert(advert)) == advert
