"""What an instance stands on: addresses on links that are not its own, sockets that it lacks."""

from __future__ import annotations

from ipaddress import IPv4Address

from tests.unit.vrrp.rooms import ENDPOINT, Bench, config, instance, link

from keepalived.core.vrrp.lines import Peer
from keepalived.port.events import AddressGone, AddressSeen, Refused
from keepalived.port.facts import LinkAddress
from keepalived.port.resources import Install

SOURCE = IPv4Address("192.0.2.1")
ON_LO = LinkAddress("lo0", SOURCE, 32)


def test_a_tracked_source_address_is_followed_on_whatever_link_it_is() -> None:
    peers = (Peer(IPv4Address("10.0.0.6")),)
    unicast = instance(unicast_peers=peers, unicast_src_ip=SOURCE, track_src_ip=True)
    bench = Bench(config(unicast), links=(link("eth0"), link("lo0"))).start()
    assert bench.states == {"VI_1": "FAULT"}
    bench.give(AddressSeen(ON_LO))
    assert bench.states == {"VI_1": "BACKUP"}
    bench.give(AddressGone(ON_LO))
    assert bench.states == {"VI_1": "FAULT"}


def test_who_has_no_socket_hears_nobody_and_does_not_lead_for_that() -> None:
    bench = Bench(config(instance())).start()
    refused = Refused(Install(ENDPOINT), 24, "too many open files")
    bench.give(refused)
    assert bench.states == {"VI_1": "FAULT"}
    bench.give(refused)
    for _ in range(5):
        bench.wake()
        assert Install(ENDPOINT) in bench.operations, "it is tried again"
        bench.give(refused)
        assert bench.states == {"VI_1": "FAULT"}
    bench.wake()
    since = bench.now
    while bench.states == {"VI_1": "FAULT"}:
        bench.wake()
    assert bench.states == {"VI_1": "BACKUP"} and bench.now - since <= 1_000_000
