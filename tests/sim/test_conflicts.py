"""Another host with an address of the master's: told of, and followed wherever the addresses go."""

from __future__ import annotations

from ipaddress import ip_address

from tests.sim.stage import SECOND, one, settled

from keepalived.port.conflict import ConflictWatch
from keepalived.port.events import ConflictSeen
from keepalived.sim.host import SimHost
from keepalived.sim.scenario import masters

THEIRS = bytes.fromhex("02aabbccdd01")


def watched(host: SimHost) -> list[str]:
    return [
        str(address)
        for each in host.kernel.held.values()
        if isinstance(each, ConflictWatch)
        for address in each.addresses
    ]


def held(host: SimHost) -> list[str]:
    return sorted(str(address) for _, address, _ in host.kernel.virtual_addresses())


def test_the_watch_goes_where_the_addresses_go() -> None:
    world, (first, second) = settled(one(150), one(100))
    assert sorted(watched(first)) == held(first) != []
    assert watched(second) == []
    first.set_link("eth0", False)
    world.run_for(6 * SECOND)
    assert watched(first) == [] and sorted(watched(second)) == held(second) != []
    first.set_link("eth0", True)
    world.run_for(6 * SECOND)
    assert watched(second) == [] and sorted(watched(first)) == held(first) != []
    for host in (first, second):
        host.stop()
    world.run_for(3 * SECOND)
    assert watched(first) == watched(second) == []


def test_a_stranger_with_our_address_moves_nobody() -> None:
    world, (first, second) = settled(one(150), one(100))
    stolen = ip_address(held(first)[0])
    for _ in range(6):
        for host in (first, second):
            host.give(ConflictSeen("eth0", stolen, THEIRS))
        world.run_for(10 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    told = [line for line in world.render().splitlines() if "02:aa:bb:cc:dd:01" in line]
    assert len(told) == 1, "the master alone, and once"


def test_a_link_that_is_made_anew_is_watched_anew() -> None:
    world, (first, _) = settled(one(150), one(100))
    link = first.kernel.links["eth0"]
    own = [each for each in first.kernel.addresses.values() if not each.ours]
    first.remove_link("eth0")
    world.run_for(5 * SECOND)
    assert watched(first) == []
    first.return_link(link, *(each for each in own if each.link == "eth0"))
    world.run_for(10 * SECOND)
    assert masters(world, "VI_1") == ["d1"] and sorted(watched(first)) == held(first) != []
