"""Links, routes, rules and elements of sets as bytes; any bytes are read or passed over."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepalived.core.claims.tunnel import tunnel_of
from keepalived.wire.addresses import Family
from keepalived.wire.netlink import frame, links, nft_sets, routes, rules
from keepalived.wire.netlink.frame import Message
from keepalived.wire.netlink.routes import Route, Way
from keepalived.wire.netlink.rules import Rule

TEN = (ip_address("10.0.0.0"), 8)
NUMBERS = {"eth0": 2, "eth1": 3}


def test_a_macvlan_is_asked_for_with_its_mode_address_and_group() -> None:
    body = links.encode("vrrp.51", 2, "macvlan", "private", bytes.fromhex("00005e000133"), 7)
    found = dict(frame.attributes(body[16:]))
    assert found[3] == b"vrrp.51\0" and found[5] == (2).to_bytes(4, "little")
    assert found[1] == bytes.fromhex("00005e000133") and found[27][0] == 7
    info = dict(frame.attributes(found[18]))
    assert info[1] == b"macvlan\0"
    assert dict(frame.attributes(info[2]))[1] == (1).to_bytes(4, "little")


def test_an_ipvlan_has_its_mode_and_flags_in_two_bytes_each() -> None:
    body = links.encode("ipv", 2, "ipvlan", "vepa")
    info = dict(frame.attributes(dict(frame.attributes(body[16:]))[18]))
    data = dict(frame.attributes(info[2]))
    assert data == {1: b"\0\0", 2: b"\2\0"}


def test_a_link_tells_its_kind_its_parent_and_a_vrf_its_table() -> None:
    attributes = frame.text_attribute(3, "blue") + frame.attribute(
        18, frame.text_attribute(1, "vrf") + frame.attribute(2, frame.attribute(1, b"\x0a\0\0\0"))
    )
    record = links.decode(Message(links.NEW, 0, 0, 0, b"\0" * 4 + b"\7" + b"\0" * 11 + attributes))
    assert record is not None
    assert (record.index, record.kind, record.vrf_table, record.parent) == (7, "vrf", 10, 0)


def test_a_parent_in_another_namespace_is_none_of_ours() -> None:
    attributes = frame.text_attribute(3, "m") + frame.attribute(5, b"\2\0\0\0")
    foreign = attributes + frame.attribute(37, b"\1\0\0\0")
    head = b"\0" * 4 + b"\7" + b"\0" * 11
    for data, parent in ((attributes, 2), (foreign, 0)):
        record = links.decode(Message(links.NEW, 0, 0, 0, head + data))
        assert record is not None and record.parent == parent


def test_a_route_is_read_as_it_was_written_as_far_as_it_tells_it_from_others() -> None:
    written = Route(Family.INET, TEN, table=300, tos=16, metric=5, way=Way("eth1"))
    record = routes.decode(Message(routes.NEW, 0, 0, 0, routes.encode(written, NUMBERS)))
    assert record is not None
    assert (record.destination, record.table, record.tos) == (TEN, 300, 16)
    assert (record.metric, record.protocol, record.kind, record.link) == (5, 18, 1, 3)


def test_a_route_by_a_link_that_is_not_there_cannot_be_written() -> None:
    for route in (
        Route(Family.INET, TEN, way=Way("eth9")),
        Route(Family.INET, TEN, hops=(Way("eth0"), Way("eth9"))),
    ):
        with pytest.raises(KeyError):
            routes.encode(route, NUMBERS)


def test_a_gateway_of_the_other_family_has_an_attribute_of_its_own() -> None:
    six = routes.encode(Route(Family.INET, TEN, way=Way("eth0", ip_address("fe80::9"))), NUMBERS)
    found = dict(frame.attributes(six[12:]))
    assert found[18] == b"\x0a\0" + ip_address("fe80::9").packed and 5 not in found


def test_a_rule_is_read_as_it_was_written_as_far_as_it_tells_it_from_others() -> None:
    written = Rule(Family.INET6, 77, 7, origin=(ip_address("2001:db8::"), 32), incoming="eth0")
    record = rules.decode(Message(rules.NEW, 0, 0, 0, rules.encode(written)))
    assert record is not None
    assert (record.family, record.preference, record.action, record.protocol) == (10, 77, 7, 18)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("mpls", "100/200"), 1),
        (("ip", "id", "7", "dst", "10.0.0.1", "csum"), 2),
        (("ila", "1:2:3:4", "csum-mode", "no-action"), 3),
        (("ip6", "dst", "2001:db8::1", "hoplimit", "9"), 4),
    ],
)
def test_every_kind_of_tunnel_can_be_written(words: tuple[str, ...], kind: int) -> None:
    number, attributes = tunnel_of(words)
    assert number == kind and list(frame.attributes(attributes))


def test_an_element_of_a_map_has_a_key_and_a_value() -> None:
    key, value = nft_sets.name_key("vrrp.51"), nft_sets.number_value(2)
    body = nft_sets.encode_element(Family.INET, "keepalived", "vmac_map", key, value)
    found = dict(frame.attributes(body[4:]))
    assert body[0] == 2 and found[1] == b"keepalived\0" and found[2] == b"vmac_map\0"
    element = dict(frame.attributes(dict(frame.attributes(found[3]))[1]))
    assert dict(frame.attributes(element[1]))[1] == key and len(key) == 16
    assert dict(frame.attributes(element[2]))[1] == value


@given(st.binary(max_size=120), st.sampled_from([links, routes, rules]))
def test_any_bytes_are_read_or_passed_over(data: bytes, reader: object) -> None:
    for kind in (reader.NEW, reader.GONE, 99):  # type: ignore[attr-defined]
        reader.decode(Message(kind, 0, 0, 0, data))  # type: ignore[attr-defined]
