"""What an instance stands on: addresses on links that are not its own, sockets that it lacks."""

from __future__ import annotations

from ipaddress import IPv4Address

from tests.unit.vrrp.rooms import Bench, config, instance, link

from keepalived.core.vrrp.lines import Peer
from keepalived.port.events import AddressGone, AddressSeen
from keepalived.port.facts import LinkAddress

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
