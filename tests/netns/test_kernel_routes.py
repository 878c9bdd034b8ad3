"""Routes and rules on the host's kernel: what `ip` shows of lines, and who hears of a loss."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import pytest
from tests.netns.kernel_bench import RecordingReactor, cable, inside, ip, namespaces

from keepalived.core.claims.held_route import route_of
from keepalived.core.claims.held_rule import Preferences, rules_of
from keepalived.core.claims.route import RouteLineValue
from keepalived.core.claims.rule import RuleLineValue
from keepalived.lang.words import Bad, Given
from keepalived.linux.kernel import Kernel
from keepalived.linux.monitor import Monitor
from keepalived.port.events import Lost, Refused
from keepalived.port.names import Names
from keepalived.port.resources import Change, Install, Remove
from keepalived.port.routing import HeldRoute, HeldRule

pytestmark = pytest.mark.netns


def route(text: str) -> HeldRoute:
    """The route that a line asks for."""
    line = RouteLineValue().read(Given(tuple(text.split())))
    assert not isinstance(line, Bad), line
    made = route_of(line, Names())
    assert isinstance(made, HeldRoute), made
    return made


def rule(text: str) -> HeldRule:
    """The rule that a line asks for."""
    line = RuleLineValue().read(Given(tuple(text.split())))
    assert not isinstance(line, Bad), line
    (made,), problems = rules_of((line,), Names(), Preferences())
    assert problems == ()
    return made


class Bench:
    """A namespace with eth0 and eth1, a monitor and a kernel that work in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.reactor = RecordingReactor()
        self.monitor = Monitor(self.reactor)
        self.kernel = Kernel(self.reactor, self.monitor)
        with inside(name):
            assert self.monitor.start() == ""
        self.reactor.settle(0)

    def apply(self, *changes: Change) -> None:
        with inside(self.name):
            self.kernel.apply(changes)

    def events(self, kind: type) -> list[object]:
        with inside(self.name):
            return [event for event in self.reactor.settle() if isinstance(event, kind)]

    def routes(self, *words: str) -> list[str]:
        return [" ".join(line.split()) for line in ip(self.name, *words).splitlines()]

    def close(self) -> None:
        self.kernel.close()
        self.monitor.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    with namespaces("a", "b") as (a, b):
        for number in (0, 1):
            cable(a, b, f"eth{number}", f"eth{number}")
            ip(a, "addr", "add", f"10.9.{number}.1/24", "dev", f"eth{number}")
            ip(a, "addr", "add", f"2001:db8:{number}::1/64", "dev", f"eth{number}", "nodad")
        made = Bench(a)
        yield made
        made.close()


SHOWN = [
    ("192.168.7.0/24 dev eth1", "192.168.7.0/24 dev eth1 proto keepalived"),
    ("192.168.8.0/24 via 10.9.0.2", "192.168.8.0/24 via 10.9.0.2 dev eth0 proto keepalived"),
    ("blackhole 192.168.9.0/24", "blackhole 192.168.9.0/24 proto keepalived"),
    (
        "192.168.10.0/24 dev eth0 src 10.9.0.1 metric 5 tos 0x10 realms 3/4 mtu lock 1300"
        " advmss 1200 initcwnd 5 features ecn congctl reno",
        "192.168.10.0/24 tos 0x10 dev eth0 proto keepalived src 10.9.0.1 metric 5"
        " realms 3/4 mtu lock 1300 advmss 1200 initcwnd 5 features ecn congctl reno",
    ),
    (
        "192.168.11.0/24 nexthop via 10.9.0.2 dev eth0 weight 3 nexthop via 10.9.1.2 dev eth1",
        "192.168.11.0/24 proto keepalived nexthop via 10.9.0.2 dev eth0 weight 3"
        " nexthop via 10.9.1.2 dev eth1 weight 1",
    ),
    (
        "192.168.12.0/24 via inet6 2001:db8::9 dev eth0",
        "192.168.12.0/24 via inet6 2001:db8::9 dev eth0 proto keepalived",
    ),
    (
        "192.168.13.0/24 encap ip id 7 dst 10.9.9.9 ttl 9 dev eth0",
        "192.168.13.0/24 encap ip id 7 src 0.0.0.0 dst 10.9.9.9 ttl 9 tos 0 dev eth0"
        " proto keepalived",
    ),
]
SHOWN_6 = [
    (
        "2001:db8:7::/48 via 2001:db8::9 metric 33 pref high",
        "2001:db8:7::/48 via 2001:db8::9 dev eth0 proto keepalived metric 33 pref high",
    ),
    (
        "default6 via 2001:db8:1::9 dev eth1 hoplimit 9",
        "default via 2001:db8:1::9 dev eth1 proto keepalived metric 1024 hoplimit 9 pref medium",
    ),
]


@pytest.mark.parametrize(("text", "shown"), [*SHOWN, *SHOWN_6])
def test_a_route_is_what_ip_shows_and_goes_again(bench: Bench, text: str, shown: str) -> None:
    path = route(text)
    family = "-6" if path.route.family == 10 else "-4"
    asked = (family, "route", "show", "proto", "keepalived")
    bench.apply(Install(path))
    assert bench.events(Refused) == []
    found = " ".join(bench.routes(*asked)).replace("weight 1 onlink", "weight 1")
    for word in shown.split():
        assert word in found.split() or word in ("proto", "keepalived")
    assert len(found.split()) <= len(shown.split())
    bench.apply(Remove(path))
    assert bench.routes(*asked) == [] and bench.events(Refused) == []


RULES = [
    ("from 10.0.0.0/8 table 77 preference 100", "100: from 10.0.0.0/8 lookup 77"),
    ("to 2001:db8::/32 prohibit preference 101", "101: from all to 2001:db8::/32 prohibit"),
    (
        "not from 10.3.0.0/24 ipproto tcp sport 5-7 dport 10-20 uidrange 0-100 blackhole"
        " preference 102",
        "102: not from 10.3.0.0/24 uidrange 0-100 ipproto tcp sport 5-7 dport 10-20 blackhole",
    ),
    (
        "fwmark 0x55/0xff iif eth0 oif eth1 tos 8 table 300 preference 103 realms 2",
        "103: from all tos 0x08 fwmark 0x55/0xff iif eth0 oif eth1 lookup 300 realms 2",
    ),
    (
        "table main suppress_prefixlength 3 preference 104",
        "104: from all lookup main suppress_prefixlength 3",
    ),
    ("goto 200 preference 105", "105: from all goto 200 [unresolved]"),
    ("tunnel-id 77 unreachable preference 106", "106: from all tun_id 77 unreachable"),
    ("l3mdev preference 107", "107: from all lookup [l3mdev-table]"),
]


@pytest.mark.parametrize(("text", "shown"), RULES)
def test_a_rule_is_what_ip_shows_and_goes_again(bench: Bench, text: str, shown: str) -> None:
    held = rule(text)
    family = "-6" if held.rule.family == 10 else "-4"
    before = bench.routes(family, "rule")
    bench.apply(Install(held))
    assert bench.events(Refused) == []
    new = [line for line in bench.routes(family, "rule") if line not in before]
    assert [line.replace(" proto keepalived", "") for line in new] == [shown]
    bench.apply(Remove(held))
    assert bench.routes(family, "rule") == before and bench.events(Refused) == []


def test_what_exists_already_counts_as_done(bench: Bench) -> None:
    path, held = route("192.168.7.0/24 dev eth1"), rule("from 10.0.0.0/8 table 7 preference 9")
    bench.apply(Install(path), Install(held))
    bench.apply(Install(path), Install(held))
    bench.apply(Remove(path), Remove(held))
    bench.apply(Remove(path), Remove(held))
    assert bench.events(Refused) == []


def test_a_route_through_a_link_that_is_not_there_is_refused(bench: Bench) -> None:
    bench.apply(Install(route("192.168.7.0/24 dev eth9")))
    (refused,) = bench.events(Refused)
    assert isinstance(refused, Refused) and refused.errno == errno.ENODEV


def test_a_route_whose_gateway_nobody_knows_is_refused_with_a_remedy(bench: Bench) -> None:
    bench.apply(Install(route("192.168.7.0/24 via 10.77.0.1")))
    (refused,) = bench.events(Refused)
    assert isinstance(refused, Refused) and "gateway cannot be reached" in refused.why


def test_what_somebody_else_removes_is_told_and_what_we_remove_is_not(bench: Bench) -> None:
    path, held = route("192.168.7.0/24 dev eth1"), rule("from 10.0.0.0/8 table 7 preference 9")
    six = route("2001:db8:7::/48 dev eth1")
    bench.apply(Install(path), Install(held), Install(six))
    assert bench.events(Lost) == []
    ip(bench.name, "route", "del", "192.168.7.0/24")
    ip(bench.name, "rule", "del", "pref", "9")
    ip(bench.name, "-6", "route", "del", "2001:db8:7::/48")
    lost = [event.resource for event in bench.events(Lost) if isinstance(event, Lost)]
    assert sorted(map(repr, lost)) == sorted(map(repr, (path, held, six)))
    bench.apply(Install(path), Install(held))
    bench.apply(Remove(path), Remove(held))
    assert bench.events(Lost) == []


def test_the_loss_of_what_is_not_tracked_is_no_news(bench: Bench) -> None:
    path = route("192.168.7.0/24 dev eth1 no_track")
    bench.apply(Install(path), Install(route("192.168.8.0/24 dev eth1")))
    ip(bench.name, "route", "del", "192.168.7.0/24")
    assert bench.events(Lost) == []


def test_routes_that_a_link_took_with_it_are_there_again_when_it_is_up(bench: Bench) -> None:
    bench.apply(Install(route("192.168.7.0/24 dev eth1 no_track")))
    ip(bench.name, "link", "set", "eth1", "down")
    bench.events(Lost)
    assert bench.routes("route", "show", "proto", "keepalived") == []
    ip(bench.name, "link", "set", "eth1", "up")
    with inside(bench.name):
        assert bench.reactor.run_until(
            lambda: bench.routes("route", "show", "proto", "keepalived") != []
        )


def test_a_route_that_cannot_come_back_with_its_link_is_refused_and_so_asked_for_again(
    bench: Bench,
) -> None:
    path = route("192.168.7.0/24 via 10.88.0.9 no_track")
    ip(bench.name, "address", "add", "10.88.0.1/24", "dev", "eth1")
    bench.apply(Install(path))
    ip(bench.name, "link", "set", "eth1", "down")
    ip(bench.name, "address", "del", "10.88.0.1/24", "dev", "eth1")
    bench.events(Lost)
    ip(bench.name, "link", "set", "eth1", "up")
    with inside(bench.name):
        told = bench.reactor.events
        assert bench.reactor.run_until(lambda: any(isinstance(each, Refused) for each in told))


def test_what_a_previous_life_left_is_known_again(bench: Bench) -> None:
    paths: tuple[HeldRoute | HeldRule, ...] = (
        route("192.168.7.0/24 dev eth1"),
        rule("from 10.0.0.0/8 table 7 preference 9"),
    )
    bench.apply(*(Install(path) for path in paths))
    with inside(bench.name):
        later = Kernel(bench.reactor, bench.monitor)
        absent = route("192.168.8.0/24 dev eth1")
        assert set(later.standing((*paths, absent))) == set(paths)
        later.close()
