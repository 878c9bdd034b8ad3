"""Links of our own, switches and barriers on the host's kernel, judged by `ip`, `nft` and /proc."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from tests.netns.kernel_bench import RecordingReactor, cable, inside, ip, namespaces, run

from keepalived.linux.barriers import Barriers, Firewall
from keepalived.linux.kernel import Kernel
from keepalived.linux.monitor import Monitor
from keepalived.linux.settings import Settings
from keepalived.port.events import LinkGone, LinkSeen, Refused
from keepalived.port.resources import (
    Barrier,
    Change,
    Detour,
    HeldAddress,
    HeldLink,
    Install,
    Remove,
    Setting,
)
from keepalived.wire.addresses import Family

pytestmark = pytest.mark.netns

MAC = bytes.fromhex("00005e000133")
VMAC = HeldLink("vrrp.51", "eth0", mac=MAC)


class Bench:
    """A namespace with eth0, and the adapters that work in it."""

    def __init__(self, name: str, firewall: Firewall) -> None:
        self.name = name
        self.reactor = RecordingReactor()
        self.monitor = Monitor(self.reactor)
        self.kernel = Kernel(self.reactor, self.monitor)
        self.settings = Settings(self.reactor)
        self.barriers = Barriers(self.reactor, self.monitor, firewall)
        with inside(name):
            assert self.monitor.start() == ""
        self.reactor.settle(0)

    def apply(self, *changes: Change) -> None:
        with inside(self.name):
            for change in changes:
                resource = change.resource  # type: ignore[union-attr]
                match resource:
                    case Setting():
                        self.settings.apply([change])
                    case Barrier() | Detour():
                        self.barriers.apply([change])
                    case _:
                        self.kernel.apply([change])

    def settle(self) -> list[object]:
        with inside(self.name):
            return list(self.reactor.settle())

    def link(self, name: str = "vrrp.51") -> dict[str, object]:
        shown: list[dict[str, object]] = json.loads(ip(self.name, "-d", "-j", "link", "show"))
        return next((each for each in shown if each["ifname"] == name), {})

    def sysctl(self, path: str) -> str:
        return run("ip", "netns", "exec", self.name, "cat", f"/proc/sys/net/{path}").strip()

    def rules(self) -> str:
        return run("ip", "netns", "exec", self.name, "nft", "list", "ruleset")

    def close(self) -> None:
        self.kernel.close()
        self.monitor.close()
        self.barriers.close()


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with namespaces("a", "b") as (a, b):
        cable(a, b)
        ip(a, "addr", "add", "10.9.0.1/24", "dev", "eth0")
        made = Bench(a, getattr(request, "param", Firewall()))
        yield made
        made.close()


def test_a_virtual_mac_is_what_ip_shows_and_is_up_when_it_is_told(bench: Bench) -> None:
    bench.apply(Install(VMAC))
    shown = bench.link()
    info = shown["linkinfo"]
    assert isinstance(info, dict)
    assert shown["address"] == "00:00:5e:00:01:33"
    assert (info["info_kind"], info["info_data"]["mode"]) == ("macvlan", "private")
    assert shown["inet6_addr_gen_mode"] == "none"
    seen = [e.link for e in bench.settle() if isinstance(e, LinkSeen) and e.link.name == "vrrp.51"]
    assert seen and all(each.up for each in seen), "it is never told of as down"
    assert (seen[0].kind, seen[0].mac) == ("macvlan", MAC)


def test_an_address_can_go_on_a_virtual_mac_in_the_same_step(bench: Bench) -> None:
    address = HeldAddress("vrrp.51", ip_address("10.9.0.100"), 24)
    with inside(bench.name):
        bench.kernel.apply([Install(VMAC), Install(address)])
    assert "10.9.0.100" in ip(bench.name, "addr", "show", "dev", "vrrp.51")
    assert not [event for event in bench.settle() if isinstance(event, Refused)]


def test_it_goes_and_is_told_to_be_gone(bench: Bench) -> None:
    bench.apply(Install(VMAC))
    bench.settle()
    bench.apply(Remove(VMAC))
    assert bench.link() == {}
    assert LinkGone("vrrp.51") in bench.settle()


def test_the_group_is_the_parents_or_the_one_that_is_asked_for(bench: Bench) -> None:
    ip(bench.name, "link", "set", "eth0", "group", "9")
    bench.apply(Install(VMAC), Install(HeldLink("vm52", "eth0", mac=MAC[:5] + b"\x34", group=7)))
    assert (bench.link()["group"], bench.link("vm52")["group"]) == ("9", "7")


def test_one_that_a_crash_left_is_taken_as_it_is(bench: Bench) -> None:
    bench.apply(Install(VMAC))
    number = bench.link()["ifindex"]
    bench.settle()
    bench.apply(Install(VMAC))
    assert bench.link()["ifindex"] == number
    assert not [event for event in bench.settle() if isinstance(event, Refused)]


def test_somebody_elses_link_of_that_name_stays_and_is_named(bench: Bench) -> None:
    ip(bench.name, "link", "add", "vrrp.51", "type", "veth", "peer", "name", "other")
    bench.settle()
    bench.apply(Install(VMAC))
    (refused,) = [event for event in bench.settle() if isinstance(event, Refused)]
    assert refused.errno == errno.EEXIST and "another link of that name" in refused.why
    bench.apply(Remove(VMAC))
    assert bench.link()["link_type"] == "ether"


def test_without_its_parent_it_is_refused(bench: Bench) -> None:
    bench.apply(Install(HeldLink("vrrp.51", "eth7", mac=MAC)))
    (refused,) = [event for event in bench.settle() if isinstance(event, Refused)]
    assert refused.errno == errno.ENODEV and "no link eth7" in refused.why


def test_switches_are_set_and_come_back(bench: Bench) -> None:
    ours = [Setting("arp_ignore", 1, "eth0"), Setting("promote_secondaries", 1, "eth0")]
    bench.apply(*map(Install, ours))
    assert bench.sysctl("ipv4/conf/eth0/arp_ignore") == "1"
    bench.apply(*map(Remove, reversed(ours)))
    assert bench.sysctl("ipv4/conf/eth0/arp_ignore") == "0"
    assert bench.sysctl("ipv4/conf/eth0/promote_secondaries") == "0"


def test_a_switch_that_somebody_else_moved_meanwhile_stays_so(bench: Bench) -> None:
    bench.apply(Install(Setting("arp_ignore", 1, "eth0")))
    with inside(bench.name), open("/proc/sys/net/ipv4/conf/eth0/arp_ignore", "w") as file:
        file.write("2")
    bench.apply(Remove(Setting("arp_ignore", 1, "eth0")))
    assert bench.sysctl("ipv4/conf/eth0/arp_ignore") == "2"


def test_reverse_path_filtering_of_all_is_passed_down_before_it_ends(bench: Bench) -> None:
    with inside(bench.name), open("/proc/sys/net/ipv4/conf/all/rp_filter", "w") as file:
        file.write("2")
    ours = [Setting("rp_filter", 0, "all"), Setting("rp_filter", 0, "vrrp.51")]
    bench.apply(Install(VMAC), *map(Install, ours))
    shown = [bench.sysctl(f"ipv4/conf/{name}/rp_filter") for name in ("all", "eth0", "vrrp.51")]
    assert shown == ["0", "2", "0"]
    bench.apply(*map(Remove, reversed(ours)))
    shown = [bench.sysctl(f"ipv4/conf/{name}/rp_filter") for name in ("all", "eth0", "default")]
    assert shown == ["2", "0", "0"]


def test_a_switch_that_does_not_exist_is_refused_and_one_without_its_link_is_not(
    bench: Bench,
) -> None:
    bench.apply(Install(Setting("no_such_switch", 1)), Install(Setting("arp_ignore", 1, "gone")))
    (refused,) = [event for event in bench.settle() if isinstance(event, Refused)]
    assert refused.errno == errno.ENOENT


def test_a_barrier_stands_in_both_chains_and_the_table_goes_with_the_last(bench: Bench) -> None:
    four, six = Barrier(ip_address("10.9.0.100")), Barrier(ip_address("2001:db8::1"))
    local = Barrier(ip_address("fe80::1"), "eth0")
    bench.apply(Install(four), Install(six), Install(local))
    rules = bench.rules()
    assert "elements = { 10.9.0.100 }" in rules and "elements = { 2001:db8::1 }" in rules
    assert 'elements = { fe80::1 . "eth0" }' in rules
    assert rules.count("@vips drop") == 4 and "nd-neighbor-solicit" in rules
    bench.apply(Remove(four))
    assert "table ip " not in bench.rules() and "table ip6 keepalived" in bench.rules()
    bench.apply(Remove(six), Remove(local))
    assert bench.rules() == ""
    assert not [event for event in bench.settle() if isinstance(event, Refused)]


def test_a_barrier_keeps_packets_off_but_not_neighbours(bench: Bench) -> None:
    ip(bench.name, "addr", "add", "10.9.0.100/24", "dev", "eth0")
    other = bench.name[:-1] + "b"
    ip(other, "addr", "add", "10.9.0.2/24", "dev", "eth0")
    ping = ["ip", "netns", "exec", other, "ping", "-c1", "-W1", "10.9.0.100"]
    run(*ping)
    bench.apply(Install(Barrier(ip_address("10.9.0.100"))))
    with pytest.raises(Exception, match="ping"):
        run(*ping)
    bench.apply(Remove(Barrier(ip_address("10.9.0.100"))))
    run(*ping)


@pytest.mark.parametrize(
    "bench", [Firewall("mine", -5, by_number=True, counts=True)], indirect=True
)
def test_table_priority_counters_and_numbers_are_as_configured(bench: Bench) -> None:
    bench.apply(Install(Barrier(ip_address("fe80::1"), "eth0")))
    rules = bench.rules()
    assert "table ip6 mine" in rules and "priority filter - 5" in rules
    assert "counter packets 0 bytes 0 drop" in rules
    assert "type ipv6_addr . iface_index" in rules and 'fe80::1 . "eth0"' in rules


def test_a_detour_names_the_parent_in_the_families_that_the_link_speaks(bench: Bench) -> None:
    bench.apply(Install(Detour("vrrp.51", "eth0")), Install(Detour("vrrp.52", "eth0", True)))
    rules = bench.rules()
    assert '"vrrp.51" : "eth0"' in rules and rules.count('"vrrp.52" : "eth0"') == 2
    assert 'ip protocol igmp meta oifkind "macvlan" dup to ip daddr device' in rules
    assert "icmpv6 type nd-router-solicit oifname @vmac_set drop" in rules


def test_a_table_that_a_crash_left_is_replaced(bench: Bench) -> None:
    run("ip", "netns", "exec", bench.name, "nft", "add table ip keepalived")
    run("ip", "netns", "exec", bench.name, "nft", "add set ip keepalived old { type mark; }")
    bench.apply(Install(Barrier(ip_address("10.9.0.100"))))
    assert "set old" not in bench.rules() and "set vips" in bench.rules()


def test_a_setting_of_ipv6_is_found_in_its_own_folder(bench: Bench) -> None:
    bench.apply(Install(Setting("disable_ipv6", 1, "eth0", Family.INET6)))
    assert bench.sysctl("ipv6/conf/eth0/disable_ipv6") == "1"
