"""Echo requests as they are sent, and replies as they come."""

from __future__ import annotations

from keepalived.wire.addresses import Family
from keepalived.wire.checksum import internet_checksum
from keepalived.wire.icmp import Echo, behind_ip_header, decode_reply, encode_request

ECHO = Echo(0x1234, 7, b"data!")


def test_a_request_of_ipv4_carries_its_checksum() -> None:
    packet = encode_request(Family.INET, ECHO)
    assert packet[:2] == b"\x08\x00" and packet[4:] == b"\x12\x34\x00\x07data!"
    assert internet_checksum(packet) == 0


def test_a_request_of_ipv6_leaves_the_checksum_to_the_kernel() -> None:
    assert encode_request(Family.INET6, ECHO) == b"\x80\x00\x00\x00\x12\x34\x00\x07data!"


def test_a_reply_is_read_and_nothing_else() -> None:
    reply = b"\x00\x00\xab\xcd\x12\x34\x00\x07data!"
    assert decode_reply(Family.INET, reply) == ECHO
    assert decode_reply(Family.INET6, reply) is None
    assert decode_reply(Family.INET6, b"\x81" + reply[1:]) == ECHO
    assert decode_reply(Family.INET, encode_request(Family.INET, ECHO)) is None
    assert decode_reply(Family.INET, b"\x00\x01" + reply[2:]) is None
    assert decode_reply(Family.INET, reply[:7]) is None


def test_what_stands_behind_an_ip_header_is_found() -> None:
    assert behind_ip_header(b"\x46" + bytes(23) + b"rest") == b"rest"
    assert behind_ip_header(b"\x45" + bytes(18)) == b""
    assert behind_ip_header(b"\x65" + bytes(30)) == b""
