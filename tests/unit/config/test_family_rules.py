"""Addresses of an instance's adverts are of one family with what it holds."""

from __future__ import annotations

import pytest

from keepalived.config.load import Loaded, load_text

ROUTER = """vrrp_instance A {{
 interface eth0
 virtual_router_id 5
 {}
 virtual_ipaddress {{
  {}
 }}
}}
"""


def loaded(words: str, vip: str = "10.0.0.1") -> Loaded:
    return load_text(ROUTER.format(words, vip))


@pytest.mark.parametrize(
    ("words", "vip"),
    [
        ("mcast_src_ip 2001:db8::1", "10.0.0.1"),
        ("mcast_src_ip 10.0.0.9", "2001:db8::1"),
        ("mcast_dst_ip ff02::12", "10.0.0.1"),
        ("unicast_src_ip 2001:db8::1\n unicast_peer {\n  10.0.0.2\n }", "10.0.0.1"),
        ("unicast_peer {\n  10.0.0.2\n  2001:db8::2\n }", "10.0.0.1"),
    ],
)
def test_an_address_of_the_other_family_is_told_of_and_left_out(words: str, vip: str) -> None:
    found = loaded(words, vip)
    assert [fault.status for fault in found.faults] == [5]
    (instance,) = found.config.instances
    addresses = [instance.mcast_src_ip, instance.mcast_dst_ip, instance.unicast_src_ip]
    addresses += [peer.address for peer in instance.unicast_peers]
    own = instance.virtual_ipaddress[0].address.version
    assert all(each.version == own for each in addresses if each is not None)


@pytest.mark.parametrize(
    ("words", "vip"),
    [
        ("mcast_src_ip 10.0.0.9", "10.0.0.1"),
        ("unicast_src_ip fe80::1\n unicast_peer {\n  fe80::2\n }", "2001:db8::1"),
    ],
)
def test_addresses_of_one_family_are_no_fault(words: str, vip: str) -> None:
    assert loaded(words, vip).faults == ()
