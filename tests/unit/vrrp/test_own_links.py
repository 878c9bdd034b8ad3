"""Names, hardware addresses and switches of the links of an instance's own."""

from __future__ import annotations

import pytest

from keepalived.config.load import load_text
from keepalived.config.views import router_config
from keepalived.core.vrrp.config import RouterConfig
from keepalived.core.vrrp.fixtures import links_of
from keepalived.core.vrrp.ground import Ground
from keepalived.port.facts import Link
from keepalived.port.resources import Detour, HeldAddress, HeldLink, LinkKind, Setting
from keepalived.wire.addresses import mac_text

ETH0, ETH1 = Link(2, "eth0", bytes(6)), Link(3, "eth1", bytes(6))


def settled(text: str, *links: Link) -> RouterConfig:
    found = load_text(text)
    assert [fault for fault in found.faults if fault.status] == []
    return router_config(found.config, "here", links=(ETH0, ETH1, *links))


def instance(name: str, vrid: int, words: str, first: str = "10.0.0.1", more: str = "") -> str:
    return (
        f"vrrp_instance {name} {{\ninterface eth0\nvirtual_router_id {vrid}\n{words}\n"
        f"virtual_ipaddress {{\n{first}\n}}\nvirtual_ipaddress_excluded {{\n{more}\n}}\n}}\n"
    )


def names(config: RouterConfig) -> list[str]:
    return [link.link for each in config.instances for link in each.holdings.links]


def test_a_virtual_mac_is_named_after_its_router_and_has_its_number_in_its_address() -> None:
    (made,) = settled(instance("A", 51, "use_vmac")).instances
    own = made.holdings.own
    assert own is not None and own.parent == "eth0"
    assert (own.link, mac_text(own.mac)) == ("vrrp.51", "00:00:5e:00:01:33")


def test_for_ipv6_the_address_is_another_one() -> None:
    (made,) = settled(instance("A", 51, "use_vmac", "fe80::1")).instances
    assert made.holdings.own is not None
    assert mac_text(made.holdings.own.mac) == "00:00:5e:00:02:33"


@pytest.mark.parametrize(
    ("first", "expected"),
    [("10.0.0.1", "vrrp1.51"), ("fe80::1", "vrrp6.51")],
)
def test_a_name_that_is_taken_gets_a_number_and_for_ipv6_first_a_six(
    first: str, expected: str
) -> None:
    foreign = Link(9, "vrrp.51", b"\2" * 6, kind="macvlan", parent=2)
    assert names(settled(instance("A", 51, "use_vmac", first), foreign)) == [expected]


def test_one_that_is_there_already_is_known_by_its_parent_and_address() -> None:
    old = Link(9, "older", bytes.fromhex("00005e000133"), kind="macvlan", parent=2)
    assert names(settled(instance("A", 51, "use_vmac"), old)) == ["older"]
    elsewhere = Link(9, "older", bytes.fromhex("00005e000133"), kind="macvlan", parent=3)
    assert names(settled(instance("A", 51, "use_vmac"), elsewhere)) == ["vrrp.51"]


def test_prefixes_names_groups_and_five_bytes_are_as_written() -> None:
    text = "global_defs {\nvmac_prefix vm\nvmac_addr_prefix va\n}\n"
    text += instance("A", 51, "use_vmac\nuse_vmac_addr", more="10.0.1.9 dev eth1")
    text += instance("B", 52, "use_vmac mine 02:00:00:00:07 group 7")
    config = settled(text)
    assert names(config) == ["vm.51", "va.51", "mine"]
    own = config.instances[1].holdings.own
    assert own is not None and (mac_text(own.mac), own.group) == ("02:00:00:00:07:34", 7)


def test_an_address_goes_on_the_own_link_unless_it_names_another() -> None:
    (made,) = settled(
        instance("A", 51, "use_vmac", "10.0.0.1", "10.0.1.9 dev eth1\n10.0.0.7 dev eth0")
    ).instances
    lines = made.virtual_ipaddress + made.virtual_ipaddress_excluded
    assert [line.link or line.dev for line in lines] == ["vrrp.51", "eth1", "vrrp.51"]


def test_a_single_address_may_have_a_virtual_mac_of_its_own() -> None:
    (made,) = settled(instance("A", 51, "", "10.0.0.1", "10.0.1.9 dev eth1 use_vmac")).instances
    assert made.holdings.own is None
    (link,) = made.holdings.links
    assert (link.parent, made.virtual_ipaddress_excluded[0].link) == ("eth1", link.link)


def test_an_ipvlan_holds_the_address_that_it_speaks_from() -> None:
    config = settled(instance("A", 51, "use_ipvlan ipv 10.0.0.9/24 private"))
    held = links_of(config.instances, _ground())
    (link,) = [each for each in held if isinstance(each, HeldLink)]
    assert (link.kind, link.link, link.mode, link.mac) == (LinkKind.IPVLAN, "ipv", "private", b"")
    assert [str(each.address) for each in held if isinstance(each, HeldAddress)] == ["10.0.0.9"]


def _ground(*links: Link) -> Ground:
    ground = Ground()
    for link in links or (ETH0, ETH1):
        ground.link_seen(link)
    return ground


def test_switches_stand_around_a_link_of_ipv4_and_ipv6_is_off_there() -> None:
    held = links_of(settled(instance("A", 51, "use_vmac")).instances, _ground())
    switches = {(e.link, e.name): e.value for e in held if isinstance(e, Setting)}
    assert switches[("vrrp.51", "disable_ipv6")] == 1
    assert switches[("vrrp.51", "arp_ignore")] == switches[("eth0", "arp_filter")] == 1
    assert switches[("vrrp.51", "rp_filter")] == 0
    assert Detour("vrrp.51", "eth0", False) in held


def test_an_excluded_address_of_ipv6_leaves_ipv6_on() -> None:
    text = instance("A", 51, "use_vmac", "10.0.0.1", "2001:db8::1")
    held = links_of(settled(text).instances, _ground())
    assert "disable_ipv6" not in [each.name for each in held if isinstance(each, Setting)]
    assert Detour("vrrp.51", "eth0", True) in held


def test_without_the_parent_nothing_is_asked_for() -> None:
    config = settled(instance("A", 51, "use_vmac"))
    assert links_of(config.instances, _ground(ETH1)) == ()
