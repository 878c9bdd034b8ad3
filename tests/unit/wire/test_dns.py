"""Questions of the DNS as they are sent, and what counts of a reply."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepalived.wire.cursor import Malformed
from keepalived.wire.dns import Reply, decode_reply, encode_name, encode_question


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        (".", b"\0"),
        ("com", b"\3com\0"),
        ("www.example.com", b"\3www\7example\3com\0"),
        ("www.example.com.", b"\3www\7example\3com\0"),
    ],
)
def test_a_name_is_written_label_by_label(name: str, wire: bytes) -> None:
    assert encode_name(name) == wire


@pytest.mark.parametrize("name", ["", "a..b", ".a", "x" * 64, ".".join(["x" * 63] * 4)])
def test_what_is_no_name_is_said_to_be_none(name: str) -> None:
    assert isinstance(encode_name(name), Malformed)


def test_the_longest_name_has_255_bytes() -> None:
    wire = encode_name(".".join(["x" * 63] * 3 + ["x" * 61]))
    assert isinstance(wire, bytes) and len(wire) == 255


def test_a_question_is_the_one_that_the_real_program_sends() -> None:
    seen = "3645010000010000000000000000060001"
    assert encode_question(0x3645, b"\0", "SOA").hex() == seen
    seen = "98b90100000100000000000003777777076578616d706c6503636f6d0000010001"
    name = encode_name("www.example.com")
    assert isinstance(name, bytes)
    assert encode_question(0x98B9, name, "A").hex() == seen


def test_of_a_reply_its_number_and_its_error_count() -> None:
    assert decode_reply(b"\x12\x34\x81\x85" + bytes(8)) == Reply(0x1234, 5)
    assert isinstance(decode_reply(b"\x12\x34\x01\x80" + bytes(8)), Malformed)
    assert isinstance(decode_reply(b"\x12\x34\x81\x80" + bytes(7)), Malformed)


@given(st.binary(max_size=40))
def test_any_bytes_are_a_reply_or_none(data: bytes) -> None:
    assert isinstance(decode_reply(data), Reply | Malformed)
