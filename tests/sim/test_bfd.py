"""BFD in the simulated world: paths that break and heal, and virtual routers that follow them."""

from __future__ import annotations

import os
from dataclasses import replace
from ipaddress import IPv4Address
from random import Random

import pytest

from keepalived.core.bfd.config import BfdInstance, SpeakerConfig
from keepalived.core.vrrp.config import RouterConfig
from keepalived.lang.option_values import Tracked
from keepalived.port.facts import Link, LinkAddress
from keepalived.sim.host import SimHost
from keepalived.sim.scenario import alone, directors, masters, states
from keepalived.sim.sister import BfdProcess
from keepalived.sim.world import World

SECOND = 1_000_000
DETECTION_US = 200_000
ADDRESSES = {name: IPv4Address(f"192.168.200.{n}") for name, n in (("d1", 5), ("d2", 6), ("gw", 9))}
SEEDS = int(os.environ.get("BFD_SEEDS", "60"))
UP_WITHIN_US = 2 * SECOND
"""Once both run and hear each other: an idle interval until one is heard, and a margin."""


def session(name: str, neighbour: str, own: str) -> BfdInstance:
    return BfdInstance(
        name=name,
        neighbor_ip=ADDRESSES[neighbour],
        source_ip=ADDRESSES[own],
        min_rx_us=50_000,
        min_tx_us=50_000,
        multiplier=4,
    )


def tracking(priority: int) -> RouterConfig:
    plain = alone(priority)
    tracked = (Tracked("GATEWAY", None),)
    return replace(plain, instances=(replace(plain.instances[0], track_bfd=tracked),))


class Town:
    """Two directors that each watch their way to a gateway."""

    def __init__(self, seed: int = 1) -> None:
        self.world = World(seed)
        self.d1, self.d2 = directors(self.world, tracking(150), tracking(100))
        self.gateway = self.world.host("gw", RouterConfig("GW"))
        link = Link(2, "eth0", bytes((2, 0, 0, 0, 0, 9)))
        self.gateway.plug(link, "outside", LinkAddress("eth0", ADDRESSES["gw"], 24))
        self.bfd = {
            host.name: BfdProcess(host, SpeakerConfig((session("GATEWAY", "gw", host.name),)))
            for host in (self.d1, self.d2)
        }
        both = tuple(session(name.upper(), name, "gw") for name in ("d1", "d2"))
        self.bfd["gw"] = BfdProcess(self.gateway, SpeakerConfig(both))

    def start(self) -> Town:
        for host in (self.d1, self.d2, self.gateway):
            host.start()
        self.world.run_until(8 * SECOND)
        assert masters(self.world, "VI_1") == ["d1"]
        return self

    def said(self, name: str, since: int = 0) -> list[bool]:
        return [word.up for at, word in self.bfd[name].told if at >= since]


def test_routers_are_at_fault_until_the_way_to_the_gateway_is_known() -> None:
    town = Town()
    town.d1.start()
    town.d2.start()
    town.world.run_until(5 * SECOND)
    assert states(town.d1) == states(town.d2) == {"VI_1": "FAULT"}
    town.gateway.start()
    town.world.run_until(12 * SECOND)
    assert masters(town.world, "VI_1") == ["d1"]


def test_a_master_that_loses_its_way_to_the_gateway_gives_up_within_the_detection_time() -> None:
    town = Town().start()
    town.world.part("outside", {"d1"}, {"gw"})
    cut = town.world.now
    town.world.run_for(2 * SECOND)
    fault = town.world.timeline.first("(VI_1) Entering FAULT", "d1", since=cut)
    led = town.world.timeline.first("(VI_1) Entering MASTER", "d2", since=cut)
    assert fault is not None and fault - cut <= DETECTION_US + 1_000
    assert led is not None and led - fault <= 609_375 + 1_000
    town.world.heal("outside")
    town.world.run_for(6 * SECOND)
    assert masters(town.world, "VI_1") == ["d1"]


def test_a_bfd_process_that_crashes_and_comes_back_moves_nobody() -> None:
    town = Town().start()
    begin = town.world.now
    town.bfd["d1"].crash(parent_lives=True)
    town.world.run_for(20_000)
    town.bfd["d1"].start()
    town.world.run_for(5 * SECOND)
    assert town.bfd["d1"].states() == {"GATEWAY": "UP"}
    assert town.said("d1", begin) == [True]
    assert town.world.timeline.first("Entering", "d2", since=begin) is None
    assert masters(town.world, "VI_1") == ["d1"]


def test_a_router_process_that_crashes_alone_knows_at_once_that_the_way_is_there() -> None:
    town = Town().start()
    begin = town.world.now
    town.d1.crash(parent_lives=True)
    town.world.run_for(20_000)
    town.d1.start()
    town.world.run_for(2 * SECOND)
    assert town.world.timeline.first("(VI_1) Entering FAULT", "d1", since=begin) is None
    assert town.bfd["d1"].states() == {"GATEWAY": "UP"}


def test_a_gateway_that_stops_in_order_is_known_to_be_gone_at_once() -> None:
    town = Town().start()
    begin = town.world.now
    town.gateway.stop()
    town.world.run_for(10_000)
    assert town.said("d1", begin) == town.said("d2", begin) == [False]
    assert states(town.d1) == states(town.d2) == {"VI_1": "FAULT"}


def test_a_stall_shorter_than_the_detection_time_costs_nothing() -> None:
    town = Town().start()
    begin = town.world.now
    town.d1.stall(140_000)
    town.world.run_for(3 * SECOND)
    assert town.said("d1", begin) == town.said("gw", begin) == []


def test_a_host_that_was_stalled_for_long_hears_before_it_judges() -> None:
    town = Town().start()
    begin = town.world.now
    town.d1.stall(3 * SECOND)
    town.world.run_for(2 * SECOND)
    assert town.said("gw", begin) == [False]
    town.world.run_for(5 * SECOND)
    # The gateway's packets waited in the socket: what they say counts, and not the silence.
    lines = [line for line in town.world.timeline.lines if line.at >= begin and line.host == "d1"]
    assert not [line for line in lines if line.text.startswith("(GATEWAY) Expired")]
    assert town.bfd["d1"].states() == {"GATEWAY": "UP"}


def misfortunes(town: Town, chance: Random) -> None:
    """Let five things go wrong with the way between d1 and the gateway."""
    world, ends = town.world, (town.d1, town.gateway)
    for _ in range(5):
        world.run_for(chance.randrange(2 * SECOND))
        host = chance.choice(ends)
        match chance.randrange(6):
            case 0:
                world.part("outside", {"d1"}, {"gw"}, both_ways=chance.random() < 0.5)
            case 1:
                world.lose("outside", chance.randrange(400_000))
            case 2:
                world.heal("outside")
            case 3 if not host.stalled:
                host.stall(chance.randrange(1, 1_500_000))
            case 4 if host.running and not host.stalled:
                town.bfd[host.name].crash(parent_lives=True)
                world.run_for(chance.randrange(500_000))
                town.bfd[host.name].start()
            case 5 if host.running and not host.stalled:
                _restart(host, world, chance)
            case _:
                world.double("outside", 100_000)


def _restart(host: SimHost, world: World, chance: Random) -> None:
    if chance.random() < 0.5:
        host.crash()
    else:
        host.stop()
    world.run_for(chance.randrange(SECOND))
    host.start()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_after_any_misfortune_both_ends_come_up_and_a_cut_takes_both_down(seed: int) -> None:
    town = Town(seed).start()
    misfortunes(town, Random(seed))
    world, ours, theirs = town.world, town.bfd["d1"], town.bfd["gw"]
    world.heal("outside")
    world.run_for(2 * SECOND)  # the last stall is over by then
    # An end may have to give up first what it believes of the other's past: 4 idle intervals.
    world.run_for(4 * SECOND + UP_WITHIN_US)
    assert (ours.states()["GATEWAY"], theirs.states()["D1"]) == ("UP", "UP"), world.render()
    assert ours.words["GATEWAY"].up, world.render()
    world.part("outside", {"d1"}, {"gw"})
    world.run_for(DETECTION_US + 1_000)
    assert (ours.states()["GATEWAY"], theirs.states()["D1"]) == ("DOWN", "DOWN"), world.render()
    assert not ours.words["GATEWAY"].up, world.render()
    assert not town.said("d1", world.now - 1_000)[1:]
