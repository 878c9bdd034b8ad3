"""Whatever happens in whatever order: the VRRP half answers, and holds addresses only as master."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.vrrp.rooms import (
    ENDPOINT,
    OWN,
    PEER,
    VIP,
    Bench,
    config,
    instance,
    link,
    packet,
    pair,
    second,
    with_password,
)

from keepalived.core.vrrp.claims import lines_of
from keepalived.core.vrrp.config import RouterConfig, SyncGroup
from keepalived.port.events import (
    AddressGone,
    AddressSeen,
    Asked,
    DatagramHeard,
    Ending,
    Event,
    LinkGone,
    LinkSeen,
    Lost,
    Reconfigured,
    Refused,
    ScriptEnded,
    Started,
    Stopping,
    TalkEnded,
    Told,
    Woken,
)
from keepalived.port.facts import LinkAddress
from keepalived.port.resources import HeldAddress, Install
from keepalived.port.talk import Verdict
from keepalived.port.words import Mail

HELD = HeldAddress("eth0", VIP, 32)
SECOND_GROUPED = [SyncGroup(name="VG1", members=("VI_2", "VI_1"))]
OWNER = instance(priority=255, state="MASTER")
CONFIGS: tuple[RouterConfig, ...] = (
    config(instance()),
    config(instance("OTHER", virtual_ipaddress=())),
    pair(),
    config(instance(), second()),
    config(OWNER, replace(second(), priority=1), groups=SECOND_GROUPED),
    config(with_password(instance(), "x", "AH"), second(), groups=SECOND_GROUPED),
    config(),
)
PACKETS = st.builds(
    packet,
    priority=st.sampled_from((0, 1, 99, 100, 101, 254, 255)),
    source=st.sampled_from((OWN, PEER, IPv4Address("10.0.0.1"))),
    router_id=st.sampled_from((51, 52, 53)),
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.just(Woken()),
    st.builds(DatagramHeard, st.just(ENDPOINT), st.just(PEER), PACKETS),
    st.builds(DatagramHeard, st.just(ENDPOINT), st.just(PEER), st.binary(max_size=60)),
    st.builds(
        LinkSeen,
        st.builds(
            link,
            st.sampled_from(("eth0", "eth1")),
            running=st.booleans(),
            admin_up=st.booleans(),
            no_arp=st.booleans(),
            mtu=st.sampled_from((0, 68, 1500)),
        ),
    ),
    st.builds(LinkGone, st.sampled_from(("eth0", "eth1", "eth9"))),
    st.builds(AddressSeen, st.just(LinkAddress("eth0", OWN, 24))),
    st.builds(AddressGone, st.just(LinkAddress("eth0", OWN, 24))),
    st.builds(AddressGone, st.just(LinkAddress("eth0", VIP, 32))),
    st.builds(Reconfigured, st.sampled_from(CONFIGS)),
    st.sampled_from(
        (
            Lost(ENDPOINT),
            Lost(HELD),
            Refused(Install(HELD), 1, "no"),
            Refused(Install(ENDPOINT), 19, "no"),
            ScriptEnded("x", Ending.SIGNALLED, 9),
            TalkEnded(1, Verdict(True)),
            Told(Mail("a", "b")),
            Asked("status"),
            Stopping(),
        )
    ),
)
STEPS = st.lists(st.tuples(st.integers(0, 2_000_000), EVENTS), max_size=40)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CONFIGS), STEPS, st.booleans())
def test_every_event_is_answered_and_addresses_are_held_by_masters_only(
    first: RouterConfig, steps: list[tuple[int, Event]], early: bool
) -> None:
    bench = Bench(first)
    configured = first
    if not early:
        bench.give(Started())
    stopped = False
    for after, event in steps:
        bench.give(event, after)
        stopped = stopped or isinstance(event, Stopping)
        if isinstance(event, Reconfigured) and not stopped:
            assert isinstance(event.config, RouterConfig)
            configured = event.config
        check(bench, configured)
    bench.give(Stopping())
    assert bench.host.deadline() is None
    assert not held_by(bench)


def held_by(bench: Bench) -> set[object]:
    wanted = bench.host.ledger._wanted.values()
    return {key for each in wanted for key, r in each.items() if isinstance(r, HeldAddress)}


def check(bench: Bench, configured: RouterConfig) -> None:
    states = bench.states
    leading = [each for each in configured.instances if states.get(each.name) == "MASTER"]
    wanted = {
        HeldAddress(line.dev or each.interface, line.address, line.prefix).key
        for each in leading
        for line in lines_of(each)
    }
    assert held_by(bench) == wanted
    for group in bench.snapshot["groups"]:
        assert len({states[name] for name in group["members"]}) == 1
