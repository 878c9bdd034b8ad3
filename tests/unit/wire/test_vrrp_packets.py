"""The codecs of adverts, headers and announcements, byte by byte."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepalived.wire.addresses import Family
from keepalived.wire.ah import AuthenticationHeader, decode_ah, encode_ah
from keepalived.wire.arp import GratuitousArp, decode_gratuitous_arp, encode_gratuitous_arp
from keepalived.wire.checksum import internet_checksum, pseudo_header
from keepalived.wire.cursor import Cursor, Malformed
from keepalived.wire.hmac_trailer import Trailer, decode_trailer, encode_trailer
from keepalived.wire.ip import Ipv4Header, decode_ipv4, encode_ipv4
from keepalived.wire.ndisc import NeighbourAdvert, decode_neighbour_advert, encode_neighbour_advert
from keepalived.wire.vrrp import Advert, checksum_holds, decode, encode, read_preamble

BYTES = st.integers(0, 255)


@st.composite
def written(draw: st.DrawFn) -> tuple[Advert, Family, bytes]:
    """Make an advert, its family, and a pseudo header."""
    version, family = draw(st.sampled_from((2, 3))), draw(st.sampled_from(Family))
    six, two = family is Family.INET6, version == 2
    source, target = (draw(st.ip_addresses(v=6 if six else 4)) for _ in range(2))
    addresses = draw(st.lists(st.ip_addresses(v=6 if six else 4), max_size=255))
    advert = Advert(
        version,
        draw(BYTES),
        draw(BYTES),
        tuple(addresses),
        draw(BYTES) * 1_000_000 if two else draw(st.integers(0, 4095)) * 10_000,
        draw(st.integers(0, 15)),
        draw(BYTES) if two else 0,
        draw(st.binary(min_size=8, max_size=8)) if two and not six else b"",
    )
    return advert, family, pseudo_header(source, target, 112, 8)


@given(written())
def test_an_advert_reads_back_as_written_and_sums_up(made: tuple[Advert, Family, bytes]) -> None:
    advert, family, pseudo = made
    message = encode(advert, pseudo)
    assert decode(message, family) == advert
    assert checksum_holds(message, pseudo)
    preamble = read_preamble(message)
    assert not isinstance(preamble, Malformed)
    assert preamble.length(family) == len(message)


def test_the_kernel_finds_zeros_where_it_is_to_write_the_sum() -> None:
    advert = Advert(3, 51, 100, (IPv6Address("fe80::1"),), 1_000_000)
    assert encode(advert, None)[6:8] == b"\0\0"


def test_reserved_bits_of_version_3_are_not_looked_at() -> None:
    advert = Advert(3, 51, 100, (), 1_000_000)
    message = encode(advert)
    assert decode(message[:4] + b"\xf0" + message[5:], Family.INET) == advert


@given(
    st.binary(min_size=4, max_size=4),
    st.integers(0, 2**32 - 1),
    st.binary(min_size=12, max_size=12),
    BYTES,
    st.binary(max_size=40),
)
def test_an_authentication_header_reads_back_as_written(
    spi: bytes, sequence: int, icv: bytes, following: int, message: bytes
) -> None:
    header = AuthenticationHeader(spi, sequence, icv, following)
    assert decode_ah(encode_ah(header) + message) == (header, message)


@given(
    BYTES,
    st.integers(0, 2**64 - 1),
    st.binary(min_size=16, max_size=16),
    BYTES,
    st.integers(0, 65535),
)
def test_a_trailer_reads_back_as_written(
    key: int, moment: int, digest: bytes, kind: int, reserved: int
) -> None:
    trailer = Trailer(key, moment, digest, kind, reserved)
    assert decode_trailer(encode_trailer(trailer)) == trailer


@given(st.binary(max_size=200))
def test_decoders_survive_every_byte_string(data: bytes) -> None:
    for family in Family:
        decode(data, family)
    for decoder in (
        decode_ah,
        decode_trailer,
        decode_ipv4,
        read_preamble,
        decode_gratuitous_arp,
        decode_neighbour_advert,
    ):
        decoder(data)


@given(st.binary(max_size=100))
def test_the_checksum_is_the_sum_of_words_with_carries_wrapped(data: bytes) -> None:
    padded = data + b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(padded[at : at + 2], "big") for at in range(0, len(padded), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    assert internet_checksum(data) == ~total & 0xFFFF


def test_the_checksum_of_rfc_1071_is_found() -> None:
    assert internet_checksum(bytes.fromhex("0001f203f4f5f6f7")) == ~0xDDF2 & 0xFFFF


def test_a_flipped_bit_breaks_the_sum() -> None:
    message = bytearray(encode(Advert(3, 51, 100, (IPv4Address("10.0.0.1"),), 10_000)))
    message[9] ^= 1
    assert not checksum_holds(bytes(message))


def test_pseudo_headers_have_the_lengths_of_their_families() -> None:
    four = IPv4Address("10.0.0.1")
    six = IPv6Address("fe80::1")
    assert pseudo_header(four, four, 112, 12).hex() == "0a0000010a0000010070000c"
    assert len(pseudo_header(six, six, 58, 32)) == 40


def test_header_options_are_skipped() -> None:
    plain = encode_ipv4(Ipv4Header(IPv4Address("10.0.0.1"), IPv4Address("224.0.0.18"), 112, 28))
    with_options = bytes((0x46,)) + plain[1:] + b"\x94\x04\0\0" + b"payload"
    opened = decode_ipv4(with_options)
    assert not isinstance(opened, Malformed)
    assert (opened[0].header_length, opened[1]) == (24, b"payload")


@pytest.mark.parametrize("data", [b"", b"\x45" * 19, b"\x65" + bytes(30), b"\x44" + bytes(30)])
def test_what_is_no_ipv4_header_is_malformed(data: bytes) -> None:
    assert isinstance(decode_ipv4(data), Malformed)


@pytest.mark.parametrize("data", [b"", b"\x41" + bytes(15), b"\x21\x01\x01\x02" + bytes(12)])
def test_what_is_no_vrrp_message_is_malformed(data: bytes) -> None:
    assert isinstance(decode(data, Family.INET), Malformed)


def test_other_arp_than_gratuitous_is_malformed() -> None:
    frame = encode_gratuitous_arp(GratuitousArp(b"\2\0\0\0\0\1", IPv4Address("10.0.0.1")))
    assert isinstance(decode_gratuitous_arp(frame[:-1] + b"\7"), Malformed)
    assert isinstance(decode_gratuitous_arp(frame[:12] + b"\x08\0" + frame[14:]), Malformed)
    assert isinstance(decode_gratuitous_arp(frame[:20]), Malformed)


def test_a_neighbour_advert_tells_whether_it_comes_from_a_router() -> None:
    for router in (True, False):
        advert = NeighbourAdvert(b"\2\0\0\0\0\1", IPv6Address("fe80::7"), router)
        frame = encode_neighbour_advert(advert)
        assert len(frame) == 86
        assert decode_neighbour_advert(frame) == advert
    assert isinstance(decode_neighbour_advert(frame[:-1] + b"\7"), Malformed)


def test_a_cursor_never_reads_past_the_end() -> None:
    cursor = Cursor(b"abcd")
    assert (cursor.take(3), cursor.take(2), cursor.left) == (b"abc", None, 1)
    assert (cursor.take(-1), cursor.rest(), cursor.rest()) == (None, b"d", b"")
