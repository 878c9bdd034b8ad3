"""The filter, run by a small machine of classic BPF: what passes, and what wakes nobody."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

import pytest

from keepalived.linux.conflict_filter import (
    MOST_4,
    MOST_6,
    SEEN_BYTES,
    arp_filter,
    neighbour_filter,
    seen,
)
from keepalived.wire.arp import GratuitousArp, encode_gratuitous_arp
from keepalived.wire.ndisc import NeighbourAdvert, encode_neighbour_advert

OURS = bytes.fromhex("020000000001")
THEIRS = bytes.fromhex("02ffeeddccbb")
VIPS = [IPv4Address("10.0.0.100"), IPv4Address("192.168.200.13")]
VIPS_6 = [IPv6Address("fe80::100"), IPv6Address("2001:db8::100"), IPv6Address("2001:db8::101")]


def run(program: bytes, frame: bytes) -> int:
    """Run a filter as the kernel does: what reaches beyond the frame drops it."""
    code = list(struct.iter_unpack("=HBBI", program))
    accumulator, stored, at = 0, [0] * 16, 0
    while True:
        operation, if_so, if_not, number = code[at]
        at += 1
        match operation:
            case 0x20 | 0x28 | 0x30:
                size = {0x20: 4, 0x28: 2, 0x30: 1}[operation]
                if number + size > len(frame):
                    return 0
                accumulator = int.from_bytes(frame[number : number + size], "big")
            case 0x60:
                accumulator = stored[number]
            case 0x02:
                stored[number] = accumulator
            case 0x15:
                at += if_so if accumulator == number else if_not
            case 0x06:
                return int(number)
            case _:
                raise AssertionError(f"no such instruction: {operation:#x}")


def arp(mac: bytes, address: str) -> bytes:
    return encode_gratuitous_arp(GratuitousArp(mac, IPv4Address(address)))


def advert(mac: bytes, address: str) -> bytes:
    return encode_neighbour_advert(NeighbourAdvert(mac, IPv6Address(address)))


@pytest.mark.parametrize("address", [str(each) for each in VIPS])
def test_arp_from_others_with_one_of_our_addresses_passes(address: str) -> None:
    frame = arp(THEIRS, address)
    assert run(arp_filter(OURS, VIPS), frame) == SEEN_BYTES
    assert seen(frame) == (IPv4Address(address), THEIRS)


@pytest.mark.parametrize("mac", [OURS, THEIRS, OURS[:2] + THEIRS[2:], THEIRS[:2] + OURS[2:]])
def test_only_a_whole_hardware_address_is_ours(mac: bytes) -> None:
    passes = run(arp_filter(OURS, VIPS), arp(mac, "10.0.0.100")) > 0
    assert passes is (mac != OURS)
    passes_6 = run(neighbour_filter(OURS, VIPS_6), advert(mac, "fe80::100")) > 0
    assert passes_6 is (mac != OURS)


def test_other_arp_and_what_is_no_arp_for_ipv4_is_dropped() -> None:
    program = arp_filter(OURS, VIPS)
    assert run(program, arp(THEIRS, "10.0.0.101")) == 0
    good = arp(THEIRS, "10.0.0.100")
    for place in (15, 17, 18, 19):
        assert run(program, good[:place] + b"\x77" + good[place + 1 :]) == 0
    assert run(program, good[:31]) == 0


@pytest.mark.parametrize("address", [str(each) for each in VIPS_6])
def test_neighbour_adverts_about_one_of_our_addresses_pass(address: str) -> None:
    frame = advert(THEIRS, address)
    assert run(neighbour_filter(OURS, VIPS_6), frame) == SEEN_BYTES
    assert seen(frame) == (IPv6Address(address), THEIRS)
    # Without the option the sender's frame says whose it is.
    assert seen(frame[:78]) == (IPv6Address(address), THEIRS)


@pytest.mark.parametrize("address", ["fe80::101", "2001:db8:1::100", "fe80:0:1::100", "::100"])
def test_an_address_that_shares_words_with_ours_is_not_ours(address: str) -> None:
    assert run(neighbour_filter(OURS, VIPS_6), advert(THEIRS, address)) == 0


@pytest.mark.parametrize("place", [20, 21, 54])
def test_only_neighbour_adverts_of_this_link_pass(place: int) -> None:
    good = advert(THEIRS, "fe80::100")
    assert run(neighbour_filter(OURS, VIPS_6), good[:place] + b"\x07" + good[place + 1 :]) == 0


def test_the_first_of_many_addresses_are_watched_and_the_program_stays_short() -> None:
    fours = [IPv4Address(0x0A000000 + number) for number in range(1000)]
    sixes = [IPv6Address((0xFE80 << 112) + number) for number in range(1000)]
    program, program_6 = arp_filter(OURS, fours), neighbour_filter(OURS, sixes)
    assert len(program) // 8 < 4096 and len(program_6) // 8 < 4096
    for number in (0, MOST_4 - 1, MOST_4):
        assert (run(program, arp(THEIRS, str(fours[number]))) > 0) is (number < MOST_4)
    for number in (0, MOST_6 - 1, MOST_6):
        assert (run(program_6, advert(THEIRS, str(sixes[number]))) > 0) is (number < MOST_6)


def test_what_is_neither_is_not_read() -> None:
    assert seen(b"") is None and seen(bytes(64)) is None
