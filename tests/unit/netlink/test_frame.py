"""Netlink's frames and tables: round trips, golden bytes, and any bytes at all."""

from __future__ import annotations

import struct
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from keepalived.wire.addresses import Family
from keepalived.wire.netlink import addresses, frame, generic, ipvs, links
from keepalived.wire.netlink.frame import Answer, Message
from keepalived.wire.netlink.table import Row, Shape, Table, flag_bytes, port_bytes


def one(data: bytes) -> Message:
    (message,) = frame.split(data)
    return message


@given(st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 65535), st.binary(max_size=40))))
def test_messages_of_a_buffer_come_out_as_they_went_in(
    parts: list[tuple[int, int, bytes]],
) -> None:
    data = b"".join(
        frame.encode(kind, flags, n, body) for n, (kind, flags, body) in enumerate(parts)
    )
    assert [(m.kind, m.flags, m.sequence, m.body) for m in frame.split(data)] == [
        (kind, flags, n, body) for n, (kind, flags, body) in enumerate(parts)
    ]


@given(st.lists(st.tuples(st.integers(0, 0x3FFF), st.binary(max_size=30))))
def test_attributes_come_out_as_they_went_in(parts: list[tuple[int, bytes]]) -> None:
    data = b"".join(frame.attribute(kind, value) for kind, value in parts)
    assert list(frame.attributes(data)) == parts


@given(st.binary(max_size=300))
def test_every_decoder_survives_any_bytes(data: bytes) -> None:
    list(frame.attributes(data))
    messages = list(frame.split(data))
    kinds = (frame.ERROR, links.NEW, links.GONE, addresses.NEW, addresses.GONE, generic.CONTROLLER)
    messages += [Message(kind, 0x300, 1, 2, data) for kind in kinds]
    heads = bytes([ipvs.NEW_SERVICE, 1, 0, 0]), bytes([ipvs.NEW_DESTINATION, 1, 0, 0])
    messages += [Message(30, 0, 1, 2, head + data) for head in heads]
    for nest in (1, 2):
        messages += [Message(30, 0, 1, 2, head + frame.attribute(nest, data)) for head in heads]
    for message in messages:
        frame.read_answer(message)
        frame.dump_error(message)
        links.decode(message)
        addresses.decode(message)
        generic.decode_answer(message, "IPVS")
        ipvs.decode_service(message)
        ipvs.decode_destination(message, Family.INET)


def test_a_length_that_cannot_be_right_ends_the_buffer() -> None:
    good = frame.encode(16, 0, 1, b"abcd")
    for wrong in (0, 15, 1000):
        bad = struct.pack("=IHHII", wrong, 16, 0, 2, 0)
        assert [m.sequence for m in frame.split(good + bad + good)] == [1]


def test_an_acknowledgement_is_an_answer_without_error() -> None:
    request = frame.encode(20, 5, 9, b"")
    assert frame.read_answer(one(frame.encode(2, 0, 9, struct.pack("=i", 0) + request))) == Answer(
        9, 0
    )
    assert frame.read_answer(one(frame.encode(3, 0, 9, struct.pack("=i", 0) + request))) is None


def test_the_kernels_words_come_with_the_error() -> None:
    said = frame.text_attribute(1, "Invalid prefix length")
    wanted = Answer(9, 22, "Invalid prefix length")
    capped = struct.pack("=i", -22) + frame.encode(20, 5, 9, b"12345678")[:16] + said
    assert frame.read_answer(Message(2, 0x300, 9, 0, capped)) == wanted
    whole = struct.pack("=i", -22) + frame.encode(20, 5, 9, b"12345678") + said
    assert frame.read_answer(Message(2, 0x200, 9, 0, whole)) == wanted


def test_a_layout_writes_what_its_table_reads() -> None:
    table = Table(
        Row(1, "small", Shape.U8),
        Row(2, "port", Shape.PORT),
        Row(3, "address", Shape.IN6),
        Row(4, "flags", Shape.PAIR),
        Row(5, "big", Shape.U64),
    )
    write = table.layout(("big", "port", "small", "flags", "address"))
    data = write(1 << 40, port_bytes(8080), 7, flag_bytes(5), b"x" * 16)
    assert table.decode(data) == {
        "big": 1 << 40,
        "port": 8080,
        "small": 7,
        "flags": 5,
        "address": b"x" * 16,
    }
    assert len(data) % 4 == 0
    nested = table.layout(("small",), nest=9)(7)
    assert list(frame.attributes(nested)) == [(9, table.layout(("small",))(7))]
    assert struct.unpack_from("=H", nested, 2)[0] & 0x8000


@given(
    st.sampled_from(["10.1.2.3", "fd00::7"]),
    st.integers(0, 32),
    st.integers(1, 1 << 30),
    st.sampled_from([0, 253, 254]),
    st.sampled_from(["", "eth0:1"]),
)
def test_an_address_message_reads_as_it_was_written(
    text: str, prefix: int, index: int, scope: int, label: str
) -> None:
    address = ip_address(text)
    body = addresses.encode(index, address, prefix, scope, label)
    record = addresses.decode(Message(addresses.NEW, 0, 1, 0, body))
    assert record is not None
    assert (record.index, record.address, record.prefix) == (index, address, prefix)
    assert (record.scope, record.label, record.protocol) == (scope, label, 18)


def test_an_address_message_has_the_bytes_that_the_kernel_expects() -> None:
    body = addresses.encode(3, ip_address("10.9.0.9"), 32)
    assert body.hex() == (
        "0220000003000000"  # family 2, prefix 32, no flags, scope 0, link 3
        "080002000a090009"  # LOCAL
        "080001000a090009"  # ADDRESS
        "05000b0012000000"  # PROTO 18
    )
    host = addresses.encode(3, ip_address("fd00::1"), 128, flags=2, preferred_s=0)
    assert host[2] == addresses.NO_DUPLICATE_DETECTION
    assert frame.attribute(6, struct.pack("=IIII", 0, 0xFFFFFFFF, 0, 0)) in host


def test_the_peers_address_of_a_point_to_point_link_is_not_ours() -> None:
    body = struct.pack("=BBBBI", 2, 32, 0, 0, 3)
    body += frame.attribute(1, ip_address("10.0.0.2").packed)
    body += frame.attribute(2, ip_address("10.0.0.1").packed)
    record = addresses.decode(Message(addresses.NEW, 0, 1, 0, body))
    assert record is not None and record.address == ip_address("10.0.0.1")


def test_a_familys_number_is_read_from_its_own_answer_only() -> None:
    body = bytes([1, 2, 0, 0]) + frame.attribute(1, b"\x1c\0") + frame.text_attribute(2, "IPVS")
    assert generic.decode_answer(Message(16, 0, 1, 0, body), "IPVS") == 0x1C
    assert generic.decode_answer(Message(16, 0, 1, 0, body), "ethtool") is None
