"""The codec of BFD control packets, byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepalived.wire.bfd import (
    ControlPacket,
    Diagnostic,
    SessionState,
    decode_control,
    diagnostic_text,
    encode_control,
)
from keepalived.wire.cursor import Malformed

WORD = st.integers(0, 2**32 - 1)
NUMBER = st.integers(1, 2**32 - 1)
PACKETS = st.builds(
    ControlPacket,
    state=st.sampled_from(SessionState),
    my_discriminator=NUMBER,
    your_discriminator=NUMBER,
    multiplier=st.integers(1, 255),
    desired_min_tx_us=WORD,
    required_min_rx_us=WORD,
    required_min_echo_rx_us=WORD,
    diagnostic=st.integers(0, 31),
    poll=st.booleans(),
    independent=st.booleans(),
    demand=st.booleans(),
)
UP = bytes.fromhex("20c004180000000b0000000a0000c3500000c35000000000")


def refused(data: bytes) -> str:
    found = decode_control(data)
    assert isinstance(found, Malformed)
    return found.why


def with_byte(at: int, value: int) -> bytes:
    return UP[:at] + bytes((value,)) + UP[at + 1 :]


@given(PACKETS)
def test_a_packet_reads_back_as_written(packet: ControlPacket) -> None:
    data = encode_control(packet)
    assert len(data) == data[3] == 24
    assert decode_control(data) == packet


@given(st.binary(max_size=64))
def test_the_decoder_survives_every_byte_string(data: bytes) -> None:
    found = decode_control(data)
    if isinstance(found, ControlPacket):
        assert found.my_discriminator
        assert found.multiplier


def test_what_stands_behind_the_packet_is_not_looked_at() -> None:
    assert decode_control(UP + b"more") == decode_control(UP)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (UP[:23], "23 bytes are too few"),
        (with_byte(0, 0x40), "version 2 is not 1"),
        (with_byte(3, 23), "says 23, which is too little"),
        (with_byte(3, 25), "says 25, but there are 24 bytes"),
        (with_byte(2, 0), "multiplier is 0"),
        (with_byte(1, 0xC1), "multipoint"),
        (with_byte(1, 0xF0), "polls and answers"),
        (with_byte(7, 0), "own discriminator is 0"),
        (with_byte(11, 0), "says UP and names no discriminator"),
        (with_byte(1, 0x80)[:11] + b"\0" + UP[12:], "says INIT and names no discriminator"),
        (with_byte(1, 0xC4), "says 24, which is too little"),
    ],
)
def test_a_packet_that_no_receiver_may_take_is_refused_with_its_reason(
    data: bytes, why: str
) -> None:
    assert why in refused(data)


@pytest.mark.parametrize("state", [0x00, 0x40])
def test_down_and_admin_down_need_not_name_a_discriminator_of_ours(state: int) -> None:
    found = decode_control(with_byte(1, state)[:8] + bytes(4) + UP[12:])
    assert isinstance(found, ControlPacket)


def test_a_packet_with_authentication_is_read_and_says_so() -> None:
    found = decode_control(with_byte(1, 0xC4)[:3] + b"\x1a" + UP[4:] + b"\x01\x02")
    assert isinstance(found, ControlPacket)
    assert found.authenticated


def test_every_diagnostic_has_a_name_and_a_reserved_one_its_number() -> None:
    assert [diagnostic_text(each) for each in (0, 1, 3, 7)] == [
        "No Diagnostic",
        "Control Detection Time Expired",
        "Neighbor Signaled Session Down",
        "Administratively Down",
    ]
    assert diagnostic_text(Diagnostic.REVERSE_DOWN) == "Reverse Concatenated Path Down"
    assert diagnostic_text(31) == "diagnostic 31"
