"""Masquerading on this kernel: who sees whose address."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from tests.netns.kernel_bench import inside
from tests.netns.nft_world import (
    CLIENTS,
    CLIENTS6,
    DIRECTOR_OUTSIDE,
    OUTSIDE,
    SERVERS,
    VIP,
    Loop,
    World,
    ask,
    installs,
    key,
    run,
    server,
    tables,
)

from keepalived.linux.masquerade import Masquerading
from keepalived.linux.nftables import NftPlane
from keepalived.port.events import Refused
from keepalived.port.resources import Change, Install, Masquerade, Remove, Service

pytestmark = pytest.mark.netns


class Driven:
    """Masquerading in the director's namespace and the loop that it runs in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.loop = Loop()
        self.adapter = Masquerading(self.loop)

    def apply(self, *changes: Change) -> None:
        with inside(self.world.director):
            self.adapter.apply(changes)
            self.loop.until(self.adapter.ready)


@pytest.fixture
def driven(world: World) -> Iterator[Driven]:
    made = Driven(world)
    yield made
    made.adapter.close()
    with inside(world.director):
        run("nft flush ruleset")


FOUR = Masquerade(ip_network("10.1.0.0/24"))
WIDE = Masquerade(ip_network("10.1.0.0/20"))
SIX = Masquerade(ip_network("fd01::/64"))


def test_a_servers_packets_leave_with_the_directors_address(driven: Driven) -> None:
    inner = driven.world.pools[0]
    assert ask(inner, OUTSIDE, 9000)[1] == SERVERS[0]
    driven.apply(Install(FOUR), Install(SIX), Install(WIDE))
    assert driven.loop.events == []
    assert ask(inner, OUTSIDE, 9000)[1] == DIRECTOR_OUTSIDE
    assert ask(inner, CLIENTS6[0], 9000)[1] in ("fd09::254", "fd07::100")
    driven.apply(Remove(FOUR), Remove(SIX))
    assert ask(inner, OUTSIDE, 9000)[1] == DIRECTOR_OUTSIDE
    driven.apply(Remove(WIDE))
    assert tables(driven.world.director) == []
    assert ask(inner, OUTSIDE, 9000)[1] == SERVERS[0]


def test_clients_addresses_are_never_rewritten(driven: Driven) -> None:
    theirs = Masquerade(ip_network("10.9.0.0/16"))
    driven.apply(Install(theirs))
    plane = NftPlane(driven.loop)
    at = key()
    with inside(driven.world.director):
        plane.apply(installs(Service(at, "rr"), server(at, SERVERS[0], 8081)))
        driven.loop.until(plane.ready)
    assert ask(driven.world.client, VIP, 80, CLIENTS[5]) == ("s1", CLIENTS[5], 8081)
    plane.close()


def test_what_the_director_sends_and_what_stays_among_servers_is_spared(driven: Driven) -> None:
    driven.apply(Install(FOUR))
    with inside(driven.world.director):
        run(f"ip route add {OUTSIDE}/32 dev out src 10.1.0.254")
    try:
        assert ask(driven.world.director, OUTSIDE, 9000)[1] == "10.1.0.254"
    finally:
        with inside(driven.world.director):
            run(f"ip route del {OUTSIDE}/32")
    # Through the director, though both are servers: a host route sends the packet its way.
    inner = driven.world.pools[0]
    run(f"ip -n {inner} route add {SERVERS[1]}/32 via 10.1.0.254")
    try:
        assert ask(inner, SERVERS[1], 80)[1] == SERVERS[0]
    finally:
        run(f"ip -n {inner} route del {SERVERS[1]}/32")


def test_what_a_crashed_life_left_is_taken_away(driven: Driven) -> None:
    driven.apply(Install(FOUR))
    assert tables(driven.world.director) == ["keepalived_masq"]
    with inside(driven.world.director):
        second = Masquerading(driven.loop)
        second.tidy()
        driven.loop.until(lambda: tables(driven.world.director) == [])
        second.tidy()
        second.apply([Install(FOUR)])
        end = driven.loop.now() + 1_500_000
        driven.loop.until(lambda: driven.loop.now() > end and second.ready())
    assert tables(driven.world.director) == ["keepalived_masq"]
    assert driven.loop.events == []
    second.close()


def test_a_kernel_without_nftables_is_a_sentence_and_not_an_end(world: World) -> None:
    loop = Loop()
    adapter = Masquerading(loop, nft="/bin/false")
    adapter.apply([Install(FOUR)])
    loop.until(adapter.ready)
    assert loop.events == [
        Refused(
            Install(FOUR),
            5,
            "cannot masquerade 10.1.0.0/24 with nftables on this kernel: nft ended with status 1",
        )
    ]
    adapter.close()
