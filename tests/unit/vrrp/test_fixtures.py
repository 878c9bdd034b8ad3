"""Own links, barriers, routes and rules through the router: their order, their loss, their end."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

from tests.unit.vrrp.rooms import MAC, VIP, Bench, config, instance, line, link

from keepalived.config.load import load_text
from keepalived.config.views import router_config
from keepalived.core.vrrp.config import RouterConfig
from keepalived.port.effects import Send
from keepalived.port.events import (
    AddressGone,
    LinkGone,
    LinkSeen,
    Lost,
    Reconfigured,
    Refused,
    Stopping,
)
from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import (
    Barrier,
    Detour,
    HeldAddress,
    HeldLink,
    Install,
    Remove,
    Replace,
    Setting,
    VrrpEndpoint,
)
from keepalived.port.routing import HeldRoute, HeldRule

VMAC = Link(9, "vrrp.51", bytes.fromhex("00005e000133"), kind="macvlan", parent=2)
TEXT = (
    "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\n%s\n"
    "virtual_ipaddress {\n10.0.0.100\n}\n}\n"
)
PATHS = """no_accept
virtual_routes {
10.60.0.0/16 dev eth0
10.61.0.0/16 via 10.0.0.9 no_track
}
virtual_rules {
from 10.60.0.0/16 table 7 preference 9
}"""


def routers(words: str, top: str = "") -> RouterConfig:
    """What a file with one instance comes to."""
    return router_config(load_text(top + TEXT % words).config, "here")


def kinds(bench: Bench, way: type[Install | Remove] = Install) -> list[str]:
    """The kinds of what the last step put in, or took out, in order."""
    return [type(each.resource).__name__ for each in bench.operations if isinstance(each, way)]


def with_vmac() -> Bench:
    """A router that has begun, and whose own link was made."""
    bench = Bench(routers("use_vmac")).start()
    bench.give(LinkSeen(VMAC))
    return bench


def test_the_own_link_comes_first_and_nobody_hears_that_it_is_awaited() -> None:
    bench = Bench(routers("use_vmac")).start()
    made = [each for each in kinds(bench) if each in ("Detour", "HeldLink", "VrrpEndpoint")]
    assert made == ["Detour", "HeldLink"], "the detour stands before the link can speak"
    assert bench.said == [] and bench.scripts == []
    bench.give(LinkSeen(VMAC))
    assert bench.states == {"VI_1": "BACKUP"}
    assert bench.said == ["(VI_1) Entering BACKUP STATE (init): it starts"]
    endpoints = [each.resource for each in bench.operations if isinstance(each, Install)]
    assert any(isinstance(e, VrrpEndpoint) and e.link == "vrrp.51" for e in endpoints)


def test_a_link_that_the_kernel_refuses_is_a_fault_that_is_told() -> None:
    bench = Bench(routers("use_vmac")).start()
    asked = next(
        each
        for each in bench.operations
        if isinstance(each, Install) and isinstance(each.resource, HeldLink)
    )
    bench.give(Refused(asked, 95, "this kernel cannot make one"))
    bench.wake()
    assert bench.states == {"VI_1": "FAULT"}
    assert "HeldLink" in kinds(bench), "it is tried again"


def test_an_own_link_that_somebody_deletes_is_made_again_with_its_switches() -> None:
    bench = with_vmac()
    bench.wake()
    assert bench.states == {"VI_1": "MASTER"}
    bench.give(AddressGone(LinkAddress("vrrp.51", VIP, 32)))
    bench.give(LinkGone("vrrp.51"))
    assert bench.states == {"VI_1": "FAULT"}
    made = kinds(bench)
    assert "HeldLink" in made and "Setting" in made
    bench.give(LinkSeen(VMAC))
    assert bench.states == {"VI_1": "BACKUP"}


def test_it_goes_with_its_parent_and_comes_back_with_it() -> None:
    bench = with_vmac()
    bench.give(LinkGone("vrrp.51"))
    bench.give(LinkGone("eth0"))
    assert "HeldLink" not in kinds(bench)
    bench.give(LinkSeen(link("eth0")))
    assert kinds(bench)[:2] == ["Detour", "HeldLink"]


def test_the_last_word_leaves_before_the_own_link_does() -> None:
    bench = with_vmac()
    bench.wake()
    done = bench.give(Stopping())
    while bench.host.deadline() is not None:
        done += bench.wake()
    bench.operations = done
    order = [type(each).__name__ for each in done if isinstance(each, Send | Remove)]
    removed = kinds(bench, Remove)
    assert order[0] == "Send"
    assert removed.index("HeldAddress") < removed.index("HeldLink")
    assert removed[-1] == "Detour"
    assert not bench.host.ledger.held()


def test_addresses_and_announcements_use_the_virtual_hardware_address() -> None:
    bench = with_vmac()
    bench.wake()
    assert HeldAddress("vrrp.51", VIP, 32) in [
        each.resource for each in bench.operations if isinstance(each, Install)
    ]
    assert {frame[6:12] for frame in bench.frames} == {VMAC.mac}
    assert VMAC.mac != MAC


def test_a_new_master_speaks_then_raises_barriers_then_takes_addresses_routes_and_rules() -> None:
    bench = Bench(routers(PATHS)).start()
    bench.wake()
    order = [
        type(each.resource if isinstance(each, Install) else each).__name__
        for each in bench.operations
        if isinstance(each, Install | Send)
    ]
    first = list(dict.fromkeys(order))
    assert first == ["Send", "Barrier", "HeldAddress", "HeldRoute", "HeldRule", "ConflictWatch"]
    assert order[-1] == "Send", "announcements come last"


def test_an_owner_has_no_barrier() -> None:
    bench = Bench(routers("priority 255\nno_accept")).start()
    bench.wake()
    assert bench.states == {"VI_1": "MASTER"}
    held = bench.host.ledger.held()
    assert not [each for each in held if isinstance(each, Barrier)]


def test_a_lost_route_makes_the_master_give_up_and_one_not_tracked_does_not() -> None:
    bench = Bench(routers(PATHS)).start()
    bench.wake()
    routes = [each for each in bench.host.ledger.held() if isinstance(each, HeldRoute)]
    tracked, other = sorted(routes, key=lambda each: not each.tracked)
    assert tracked.tracked and not other.tracked
    bench.give(Lost(tracked))
    assert bench.states == {"VI_1": "BACKUP"}
    assert "route to 10.60.0.0/16" in " ".join(bench.said)


def test_an_untracked_address_that_somebody_deletes_is_let_be() -> None:
    bench = Bench(
        config(instance(virtual_ipaddress_excluded=(line("10.0.0.104", flags=("no_track",)),)))
    ).lead()
    bench.give(AddressGone(LinkAddress("eth0", IPv4Address("10.0.0.104"), 32)))
    assert bench.states == {"VI_1": "MASTER"} and bench.operations == []


def test_static_things_are_put_back_at_once_and_wait_for_their_link() -> None:
    top = (
        "static_ipaddress {\n10.9.0.1/24 dev eth0\n10.9.1.1/24 dev eth7\n}\n"
        "static_routes {\n10.90.0.0/16 via 10.0.0.9\n}\n"
        "static_rules {\nto 10.90.0.0/16 table 9\n}\n"
    )
    bench = Bench(routers("", top)).start()
    static = [each.resource for each in bench.operations if isinstance(each, Install)]
    held = [each for each in static if isinstance(each, HeldAddress | HeldRoute | HeldRule)]
    assert [type(each).__name__ for each in held] == ["HeldAddress", "HeldRoute", "HeldRule"]
    for each in held:
        gone: Any = (
            AddressGone(LinkAddress(each.link, each.address, each.prefix))
            if isinstance(each, HeldAddress)
            else Lost(each)
        )
        assert bench.give(gone) == [Install(each)]
    bench.give(LinkSeen(link("eth7")))
    assert [str(each) for each in bench.installed] == ["10.9.1.1"]


def test_what_the_host_does_not_know_is_named_and_left_out() -> None:
    bench = Bench(routers("virtual_routes {\n10.60.0.0/16 dev eth0 table nowhere\n}")).start()
    assert bench.said[0].startswith("route to 10.60.0.0/16: there is no table 'nowhere'")


def test_no_resource_is_altered_by_a_reload_that_changes_nothing() -> None:
    bench = with_vmac()
    bench.wake()
    bench.give(Reconfigured(routers("use_vmac")))
    assert not [e for e in bench.operations if isinstance(e, Install | Remove | Replace)]
    assert not [e for e in bench.host.ledger.held() if isinstance(e, Detour) and e.inet6]
    assert [e for e in bench.host.ledger.held() if isinstance(e, Setting)]


def test_a_static_thing_that_was_refused_is_asked_for_again_without_any_instance() -> None:
    static = HeldAddress("eth0", VIP, 32)
    bench = Bench(config(statics=(static,))).start()
    assert Install(static) in bench.operations
    bench.give(Refused(Install(static), 101, "unreachable"))
    bench.wake()
    assert Install(static) in bench.operations
