"""Flows that the kernel tracks: sifted by it, forgotten by us, thousands of others let be."""

from __future__ import annotations

import socket
import time
from ipaddress import ip_address

import pytest
from tests.netns.kernel_bench import inside
from tests.netns.nft_world import (
    SERVERS,
    SERVERS6,
    VIP,
    VIP6,
    Driven,
    World,
    ask_udp,
    installs,
    key,
    server,
    udp_socket,
)

from keepalived.linux import flows
from keepalived.linux.netlink_socket import NetlinkSocket, Request
from keepalived.port.resources import Remove, Service
from keepalived.wire.addresses import Address, Family
from keepalived.wire.netlink import conntrack
from keepalived.wire.netlink.conntrack import Flow

pytestmark = pytest.mark.netns


def _dump(
    world: World, family: Family, target: Address | None = None, server: Address | None = None
) -> list[Flow]:
    with inside(world.director):
        asker = NetlinkSocket(conntrack.NETFILTER)
        body = conntrack.dump_body(family, target, server)
        dump = asker.dump(Request(conntrack.GET, body))
        asker.close()
    assert dump.errno == 0
    return [flow for m in dump.messages if (flow := conntrack.read_flow(m.body))]


def test_the_kernel_sifts_flows_by_address(driven: Driven) -> None:
    at = key(protocol=17)
    driven.apply(*installs(Service(at, "rr"), *[server(at, a) for a in SERVERS]))
    for _ in range(9):
        ask_udp(driven.world.client, VIP, 80)
    to_one = _dump(driven.world, Family.INET, None, ip_address(SERVERS[0]))
    assert to_one
    assert {str(flow.answered.source) for flow in to_one} == {SERVERS[0]}
    to_service = _dump(driven.world, Family.INET, ip_address(VIP))
    assert {str(flow.asked.target) for flow in to_service} == {VIP}
    assert {str(flow.answered.source) for flow in to_service} >= set(SERVERS)


@pytest.mark.parametrize("most", [0, 16])
@pytest.mark.parametrize(("vip", "pool"), [(VIP, SERVERS), (VIP6, SERVERS6)])
def test_flows_to_gone_servers_are_forgotten_and_no_others(
    driven: Driven, monkeypatch: pytest.MonkeyPatch, most: int, vip: str, pool: tuple[str, ...]
) -> None:
    monkeypatch.setattr(flows, "MOST_SIFTED", most)
    at = key(vip, protocol=17)
    servers = [server(at, a) for a in pool]
    driven.apply(*installs(Service(at, "rr"), *servers))
    socks = [udp_socket(driven.world.client, ":" in vip) for _ in range(6)]
    homes = [ask_udp(driven.world.client, vip, 80, sock) for sock in socks]
    assert sorted(homes) == ["s1", "s1", "s2", "s2", "s3", "s3"]
    driven.apply(Remove(servers[0]), Remove(servers[1]))
    tracked = _dump(driven.world, at.family)
    left = {str(f.answered.source) for f in tracked if f.asked.target == at.address}
    assert pool[2] in left
    assert not left & set(pool[:2])
    assert {ask_udp(driven.world.client, vip, 80, sock) for sock in socks} == {"s3"}
    for sock in socks:
        sock.close()


def test_many_other_flows_cost_the_loop_little(driven: Driven) -> None:
    at = key(protocol=17)
    servers = [server(at, a) for a in SERVERS]
    driven.apply(*installs(Service(at, "rr"), *servers))
    with inside(driven.world.client):
        noise = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for port in range(10_000, 40_000):
        noise.sendto(b"x", ("10.1.0.77", port))
    noise.close()
    with udp_socket(driven.world.client) as sock:
        home = ask_udp(driven.world.client, VIP, 80, sock)
        gone = servers[int(home[1]) - 1]
        before, used = time.monotonic(), time.process_time()
        driven.apply(Remove(gone))
        took, used = time.monotonic() - before, time.process_time() - used
        assert ask_udp(driven.world.client, VIP, 80, sock) != home
    print(f"\n  a server out beside 30,000 flows: {took * 1000:.0f} ms, CPU {used * 1000:.0f} ms")
    assert used < 1
