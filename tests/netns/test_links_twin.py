"""What ours and keepalived 2.2.7 make of one configuration: links, addresses, routes, rules.

Rule: asked of `ip`, `nft` and /proc before, while the instance leads, and after the stop.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable

import pytest
from tests.lab.directors import REAL
from tests.lab.hosts import Host
from tests.lab.waiting import until
from tests.netns.daemons import Daemon, Link

pytestmark = pytest.mark.netns

VIRTUAL_MACS = """
vrrp_instance V4 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    use_vmac
    use_vmac_addr
    virtual_ipaddress { 10.77.0.100/24 }
    virtual_ipaddress_excluded { 2001:db8:77::100/64 }
}
vrrp_instance V6 {
    interface eth0
    virtual_router_id 52
    advert_int 0.1
    use_vmac
    no_accept
    virtual_ipaddress { fe80::52
        2001:db8:77::52/64 }
}
vrrp_instance BASE {
    interface eth0
    virtual_router_id 53
    version 3
    advert_int 0.1
    use_vmac vm53 02:00:00:00:07
    vmac_xmit_base
    virtual_ipaddress { 10.77.0.103/24 }
}
"""
PATHS = """
static_ipaddress { 10.78.0.1/24 dev eth0 }
static_routes { 10.79.0.0/16 via 10.77.0.9
    unreachable 10.80.0.0/16 }
static_rules { from 10.78.0.0/24 table 7 preference 55 }
vrrp_instance V4 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    promote_secondaries
    virtual_ipaddress { 10.77.0.100/24 label eth0:v
        10.77.0.101/24 brd + scope link }
    virtual_ipaddress_excluded { 2001:db8:77::7/64 home -nodad mngtmpaddr
        2001:db8:77::8/64 preferred_lft 300
        2001:db8:77::9
        2001:db8:77::10 preferred_lft forever
        10.77.0.104/24 noprefixroute no_track }
    virtual_routes {
        10.81.0.0/16 dev eth0 src 10.77.0.100 metric 5 mtu lock 1300 advmss 1200 initcwnd 5
        10.82.0.0/16 nexthop via 10.77.0.9 dev eth0 weight 3 nexthop via 10.77.0.8 dev eth0
        prohibit 10.83.0.0/16
        2001:db8:33::/48 via 2001:db8:77::99 dev eth0 metric 33 pref high
        default via 10.77.0.9 dev eth0 table 77
    }
    virtual_rules {
        from 10.9.0.0/24 to 10.4.0.0/16 tos 8 fwmark 0x55/0xff iif eth0 table 77 preference 100
        not from 10.3.0.0/24 ipproto tcp sport 5-7 dport 10-20 blackhole preference 101
        to 2001:db8:44::/48 prohibit preference 106
    }
}
"""


def shown(host: Host) -> dict[str, set[str]]:
    """Everything that a configuration could have changed on a host."""
    links = json.loads(host.run("ip", "-d", "-j", "link", "show"))
    switches = host.run("sh", "-c", "grep -r --exclude=stable_secret . /proc/sys/net/ipv*/conf")
    addresses = host.run("ip", "-o", "address", "show")
    return {
        "links": {f"{each['ifname']} {each['address']} {each['flags']}" for each in links},
        "addresses": {_short(line) for line in addresses.splitlines()},
        "routes": {_short(line) for line in host.run("ip", "route", "show", "table", "all")
                   .replace("\n\t", " ").splitlines()},
        "routes6": {_short(line) for line in
                    host.run("ip", "-6", "route", "show", "table", "all").splitlines()},
        "rules": set((host.run("ip", "rule") + host.run("ip", "-6", "rule")).splitlines()),
        "switches": set(switches.splitlines()),
        "elements": set(re.findall(r"(?:10\.77|2001:db8|fe80)[0-9a-f:.]*[0-9a-f]",
                                   host.run("nft", "list", "ruleset"))),
    }  # fmt: skip


def _short(line: str) -> str:
    """A line without times, and without the number of its link."""
    line = re.sub(r"\\ +valid_lft.*|expires \S+|^\d+: ", "", line)
    return " ".join(line.split())


def come_and_gone(
    link: Link, kind: str, text: str, leads: Callable[[], bool]
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """What a daemon adds while it leads, and what is otherwise after its stop."""
    until(lambda: "tentative" not in link.a.run("ip", "-6", "address"), 5, "settled addresses")
    before = shown(link.a)
    daemon = Daemon(kind, link.a, text, "-P")
    until(leads, 10, f"{kind} leads")
    until(
        lambda: daemon.log().count("Entering MASTER STATE") == text.count("vrrp_instance"), 5, "all"
    )
    during = shown(link.a)
    assert daemon.stop() == 0
    after = shown(link.a)
    added = {name: during[name] - before[name] for name in before}
    left = {name: after[name] ^ before[name] for name in before}
    return added, left


def twins(link: Link, text: str) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """What ours and 2.2.7 added; ours left nothing."""
    if not REAL.exists():
        pytest.skip("needs the package keepalived")
    link.a.ip("address add 2001:db8:77::1/64 dev eth0 nodad")

    def leads() -> bool:
        return "10.77.0.100" in link.a.run("ip", "address")

    theirs, _ = come_and_gone(link, "real", text, leads)
    for name in ("arp_ignore", "arp_filter"):  # which 2.2.7 leaves behind
        link.a.run("sh", "-c", f"echo 0 > /proc/sys/net/ipv4/conf/eth0/{name}")
    ours, left = come_and_gone(link, "ours", text, leads)
    assert {name: found for name, found in left.items() if found} == {}
    return ours, theirs


def test_virtual_macs_are_made_as_2_2_7_makes_them_and_leave_nothing(link: Link) -> None:
    ours, theirs = twins(link, VIRTUAL_MACS)
    assert any("00:00:5e:00:01:33" in each for each in ours["links"])
    assert any("00:00:5e:00:02:34" in each for each in ours["links"])
    assert any("vm53 02:00:00:00:07:35" in each for each in ours["links"])
    extra = {each for each in ours["switches"] ^ theirs["switches"] if "arp_ignore" not in each}
    # 2.2.7 counts an address of IPv6 that sits on a virtual MAC of its own.
    assert {each for each in extra if "vrrp.51/disable_ipv6" not in each} == set()
    for name in ("links", "addresses", "routes", "routes6", "rules", "elements"):
        few = {each for each in ours[name] ^ theirs[name] if "ff00::/8 dev vrrp.51 " not in each}
        assert few == set(), name


def test_routes_rules_and_addresses_are_as_2_2_7_puts_them_and_leave_nothing(link: Link) -> None:
    ours, theirs = twins(link, PATHS)
    assert any("proto keepalived" in each for each in ours["routes"])
    for name, found in theirs.items():
        assert ours[name] == found, name


def test_a_virtual_mac_that_a_kill_left_is_taken_up_and_one_deleted_is_made_again(
    link: Link,
) -> None:
    text = VIRTUAL_MACS
    daemon = Daemon("ours", link.a, text, "-P")

    def leads() -> bool:
        return "10.77.0.100" in link.a.run("ip", "address")

    def number(name: str) -> int:
        found = json.loads(link.a.run("ip", "-j", "link", "show"))
        return next((each["ifindex"] for each in found if each["ifname"] == name), 0)

    until(leads, 10, "it leads")
    first = number("vrrp.51")
    for file in (daemon.pid_file, daemon.vrrp_pid_file):
        link.a.run("kill", "-KILL", str(daemon.number(file)))
    until(lambda: not daemon.program.running(), 5, "it is dead")
    daemon.program.end()
    assert number("vrrp.51") == first
    daemon = Daemon("ours", link.a, text, "-P")
    until(lambda: daemon.log().count("Entering MASTER STATE") == 3, 10, "all lead again")
    assert number("vrrp.51") == first and number("vrrp1.51") == 0, "it was taken up"
    link.a.ip("link del vrrp.51")
    until(lambda: number("vrrp.51") not in (0, first), 5, "it is made again")
    until(leads, 5, "and leads again")
    assert daemon.stop() == 0
    assert number("vrrp.51") == 0 and link.a.run("nft", "list", "ruleset") == ""


def test_a_virtual_mac_comes_back_with_the_link_below(link: Link) -> None:
    text = "global_defs { dynamic_interfaces\n}\n" + VIRTUAL_MACS
    daemon = Daemon("ours", link.a, text, "-P")

    def leads() -> bool:
        return "10.77.0.100" in link.a.run("ip", "address")

    until(leads, 10, "it leads")
    link.a.ip("link del eth0")
    until(lambda: daemon.log().count("Entering FAULT STATE") == 3, 5, "all are at fault")
    link.world.cable(link.a, "eth0", link.switch, "a-port")
    link.a.ip("address add 10.77.0.1/24 dev eth0")
    link.switch.ip("link set a-port master lan")
    until(leads, 10, "it leads again")
    assert "00:00:5e:00:01:33" in link.a.run("ip", "link", "show", "vrrp.51")
    assert link.a.run("cat", "/proc/sys/net/ipv4/conf/vrrp.51/arp_ignore").strip() == "1"
    assert daemon.stop() == 0


def test_a_deleted_route_makes_the_master_give_up_and_puts_it_back(link: Link) -> None:
    daemon = Daemon("ours", link.a, PATHS, "-P")

    def there(what: str) -> Callable[[], bool]:
        return lambda: what in link.a.run("ip", "route", "show", "table", "all")

    until(there("10.81.0.0/16"), 10, "it leads")
    link.a.ip("route del 10.81.0.0/16")
    daemon.says("route to 10.81.0.0/16")
    until(there("10.81.0.0/16"), 5, "it leads again")
    link.a.ip("route del unreachable 10.80.0.0/16", "rule del pref 55")
    until(there("10.80.0.0/16"), 5, "the static route is back")
    until(lambda: "55:" in link.a.run("ip", "rule"), 5, "the static rule is back")
    assert daemon.log().count("Entering MASTER STATE") == 2
    assert daemon.stop() == 0


def test_static_things_are_held_without_any_instance(link: Link) -> None:
    text = "global_defs { disable_local_igmp\n}\nstatic_ipaddress { 10.78.0.1/24 dev eth0 }\n"
    daemon = Daemon("ours", link.a, text)

    def there() -> bool:
        return "10.78.0.1" in link.a.run("ip", "address")

    until(there, 10, "it is held")
    assert link.a.run("cat", "/proc/sys/net/ipv4/igmp_link_local_mcast_reports").strip() == "0"
    link.a.ip("address del 10.78.0.1/24 dev eth0")
    until(there, 5, "it is put back")
    assert daemon.stop() == 0
    assert not there()
    assert link.a.run("cat", "/proc/sys/net/ipv4/igmp_link_local_mcast_reports").strip() == "1"


def test_a_reload_gives_and_takes_virtual_macs_and_renames_them(link: Link) -> None:
    plain = """
vrrp_instance V4 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    %s
    virtual_ipaddress { 10.77.0.100/24 }
}
"""
    daemon = Daemon("ours", link.a, plain % "", "-P")

    def sits_on(name: str) -> Callable[[], bool]:
        return lambda: name in link.a.run("ip", "-o", "address", "show", "to", "10.77.0.100")

    until(sits_on("eth0"), 10, "on the interface")
    for words, name in (("use_vmac", "vrrp.51"), ("use_vmac other", "other"), ("", "eth0")):
        daemon.path.write_text(plain % words)
        daemon.signal(signal.SIGHUP)
        until(sits_on(name), 10, f"on {name}")
    links = link.a.run("ip", "link", "show")
    assert "vrrp.51" not in links and "other" not in links
    assert link.a.run("nft", "list", "ruleset") == ""
    assert link.a.run("cat", "/proc/sys/net/ipv4/conf/eth0/arp_ignore").strip() == "0"
    assert daemon.stop() == 0
