"""Flows as conntrack tells them: round trip of made bytes, and any bytes at all."""

from __future__ import annotations

from ipaddress import ip_address
from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from keepalived.linux.flows import Stale
from keepalived.port.resources import ServiceKey
from keepalived.wire.addresses import Family
from keepalived.wire.netlink.conntrack import (
    DESTINATION_TRANSLATED,
    SEEN_REPLY,
    Flow,
    delete_body,
    read_flow,
)
from keepalived.wire.netlink.frame import attribute, attributes

NESTED = 0x8000
VIP, CLIENT, RIP = "10.0.0.1", "10.9.0.1", "10.1.0.1"


def _end(protocol: int, source: str, source_port: int, target: str, target_port: int) -> bytes:
    kinds = (1, 2) if ":" not in source else (3, 4)
    hosts = b"".join(
        attribute(kind, ip_address(text).packed)
        for kind, text in zip(kinds, (source, target), strict=True)
    )
    ports = attribute(1, bytes([protocol]))
    ports += attribute(2, pack(">H", source_port)) + attribute(3, pack(">H", target_port))
    return attribute(1 | NESTED, hosts) + attribute(2 | NESTED, ports)


def _body(protocol: int, status: int, server: str = RIP, server_port: int = 8080) -> bytes:
    asked = attribute(1 | NESTED, _end(protocol, CLIENT, 5000, VIP, 80))
    answered = attribute(2 | NESTED, _end(protocol, server, server_port, CLIENT, 5000))
    return (
        b"\2\0\0\0" + asked + answered + attribute(3, pack(">I", status)) + attribute(12, b"abcd")
    )


def _flow(protocol: int, status: int) -> Flow:
    flow = read_flow(_body(protocol, status))
    assert flow is not None
    return flow


def test_a_flow_is_read_and_named_for_deletion() -> None:
    flow = _flow(17, DESTINATION_TRANSLATED)
    assert (str(flow.asked.target), flow.asked.target_port) == (VIP, 80)
    assert (str(flow.answered.source), flow.answered.source_port) == (RIP, 8080)
    body = delete_body(flow)
    assert body[:4] == b"\2\0\0\0"
    named = dict(attributes(body[4:]))
    assert named[1] == _end(17, CLIENT, 5000, VIP, 80)
    assert named[12] == b"abcd"


@given(st.binary(max_size=120), st.integers(0, 200))
def test_any_bytes_are_a_flow_or_none(noise: bytes, cut: int) -> None:
    read_flow(noise)
    whole = _body(17, 0)
    read_flow(whole[:cut] + noise)


def test_which_flows_to_a_gone_server_are_stale() -> None:
    udp = ServiceKey(Family.INET, 17, ip_address(VIP), 80)
    tcp = ServiceKey(Family.INET, 6, ip_address(VIP), 80)
    mark = ServiceKey(Family.INET, mark=7)
    to, port = ip_address(RIP), 8080
    sent = DESTINATION_TRANSLATED
    assert Stale(udp, to, port).matches(_flow(17, sent | SEEN_REPLY))
    assert Stale(tcp, to, port).matches(_flow(6, sent))
    assert Stale(mark, to, 0).matches(_flow(17, sent | SEEN_REPLY))
    assert not Stale(tcp, to, port).matches(_flow(6, sent | SEEN_REPLY))
    assert not Stale(udp, to, port).matches(_flow(17, 0))
    assert not Stale(udp, to, 8081).matches(_flow(17, sent))
    assert not Stale(udp, ip_address("10.1.0.2"), port).matches(_flow(17, sent))
    assert not Stale(ServiceKey(Family.INET, 17, ip_address(VIP), 81), to).matches(_flow(17, sent))
    assert not Stale(tcp, to, port).matches(_flow(17, sent))


def test_flows_from_before_a_service_are_stale_until_they_have_a_server() -> None:
    new = Stale(ServiceKey(Family.INET, 17, ip_address(VIP), 80))
    assert new.matches(_flow(17, SEEN_REPLY))
    assert not new.matches(_flow(17, DESTINATION_TRANSLATED))
    assert not new.matches(_flow(6, 0))
