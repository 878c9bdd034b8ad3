"""Failovers with names, in the simulated world: exact times, and who leads in the end."""

from __future__ import annotations

import pytest

from keepalived.port.resources import HeldAddress
from keepalived.sim.host import SimHost
from keepalived.sim.invariants import Watcher
from keepalived.sim.scenario import alone, case_ten, directors, masters, states, watch
from keepalived.sim.world import World

SECOND = 1_000_000
GROUPED = ("VI_1", "VI_2", "VI_3", "VI_4")


def two(one: int = 150, other: int = 100, seed: int = 1) -> tuple[World, SimHost, SimHost]:
    """Give two running directors of these priorities, settled."""
    world = World(seed)
    first, second = directors(world, alone(one), alone(other))
    first.start()
    second.start()
    world.run_until(10 * SECOND)
    return world, first, second


def test_a_router_alone_leads_after_3609375_microseconds() -> None:
    world = World()
    (host,) = directors(world, alone(100))
    host.start()
    world.run_until(5 * SECOND)
    assert world.timeline.first("(VI_1) Entering MASTER") == 3_609_375


def test_a_crash_is_noticed_three_intervals_and_a_skew_after_the_last_advert() -> None:
    world, first, _ = two()
    last = max(at for at, _ in first.sent)
    first.crash()
    world.run_for(10 * SECOND)
    led = world.timeline.first("(VI_1) Entering MASTER", "d2", since=last)
    assert led is not None
    assert 3_609_375 + 50 <= led - last <= 3_609_375 + 300


def test_a_clean_stop_is_taken_over_after_the_skew_alone() -> None:
    world, first, _ = two()
    first.stop()
    stopped = world.now
    world.run_for(2 * SECOND)
    led = world.timeline.first("(VI_1) Entering MASTER", "d2", since=stopped)
    assert led is not None
    assert 609_375 + 50 <= led - stopped <= 609_375 + 300
    assert not first.kernel.held


def test_the_better_router_takes_over_again_when_it_returns() -> None:
    world, first, _ = two()
    first.crash()
    world.run_for(6 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    first.start()
    world.run_for(3_500_000)
    assert masters(world, "VI_1") == ["d1"]


def test_a_crashed_daemon_that_returns_gives_back_what_its_former_life_left() -> None:
    world, first, _ = two()
    first.crash()
    assert first.kernel.virtual_addresses()
    world.run_for(6 * SECOND)
    first.start()
    assert not first.kernel.virtual_addresses()


def test_both_sides_of_a_partition_lead_and_the_better_one_when_it_heals() -> None:
    world, _, _ = two()
    world.part("outside", {"d1"}, {"d2"})
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d1", "d2"]
    world.heal("outside")
    world.run_for(SECOND + 300)
    assert masters(world, "VI_1") == ["d1"]
    assert not world.hosts["d2"].kernel.virtual_addresses()


def test_a_one_way_partition_makes_no_one_lead_who_still_hears_the_master() -> None:
    world, _, _ = two()
    world.part("outside", {"d2"}, {"d1"}, both_ways=False)
    world.run_for(10 * SECOND)
    assert masters(world, "VI_1") == ["d1"]


def test_equal_priorities_are_decided_by_the_address_when_a_partition_heals() -> None:
    world, _, _ = two(100, 100)
    world.part("outside", {"d1"}, {"d2"})
    world.run_for(5 * SECOND)
    world.heal("outside")
    world.run_for(2 * SECOND)
    assert masters(world, "VI_1") == ["d2"], "d2 has the higher address"


def test_a_backup_that_stalled_hears_the_waiting_adverts_before_it_judges() -> None:
    world, _, second = two()
    second.stall(8 * SECOND)
    world.run_for(12 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert world.timeline.first("(VI_1) Entering MASTER", "d2") is None


def test_a_master_that_stalled_yields_to_the_better_and_takes_back_from_the_lesser() -> None:
    world, first, _ = two()
    first.stall(6 * SECOND)
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d1", "d2"], "d1 does not know yet"
    world.run_for(3 * SECOND)
    assert masters(world, "VI_1") == ["d1"]


def test_an_address_deleted_by_hand_is_back_within_the_skew() -> None:
    world, first, _ = two()
    (held,) = [r for r in first.kernel.held.values() if isinstance(r, HeldAddress)]
    first.take_address(held)
    world.run_for(500_000)
    assert (masters(world, "VI_1"), len(first.kernel.virtual_addresses())) == (["d1"], 1)


def test_a_kernel_that_refuses_is_asked_again() -> None:
    world = World()
    (host,) = directors(world, alone())
    host.refuse(True)
    host.start()
    world.run_until(6 * SECOND)
    assert (masters(world, "VI_1"), host.kernel.virtual_addresses()) == (["d1"], set())
    host.refuse(False)
    world.run_for(SECOND)
    assert len(host.kernel.virtual_addresses()) == 1


def test_a_link_that_vanishes_and_returns_brings_the_router_back() -> None:
    world, first, _ = two()
    link = first.kernel.links["eth0"]
    base = next(a for a in first.kernel.addresses.values() if a.link == "eth0" and not a.ours)
    first.remove_link("eth0")
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    first.return_link(link, base)
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d1"]


def case() -> tuple[World, SimHost, SimHost, Watcher]:
    """Give case study X, started and settled, under watch."""
    world = World(7)
    first, second = directors(world, case_ten(True), case_ten(False))
    watcher = Watcher(world)
    watch(world, 50_000, watcher.look)
    first.start()
    second.start()
    world.run_until(5 * SECOND)
    return world, first, second, watcher


def leaders(world: World) -> list[list[str]]:
    return [masters(world, name) for name in GROUPED]


def test_case_ten_distributes_its_four_instances() -> None:
    world, _, _, watcher = case()
    assert leaders(world) == [["d1"], ["d1"], ["d2"], ["d2"]]
    assert not watcher.violations


@pytest.mark.parametrize("link", ["eth0", "eth1"])
def test_case_ten_moves_as_a_whole_when_one_link_fails_and_back(link: str) -> None:
    world, first, _, watcher = case()
    first.set_link(link, False)
    assert set(states(first).values()) == {"FAULT"}
    failed = world.now
    world.run_for(4 * SECOND)
    assert leaders(world) == [["d2"]] * 4
    first.set_link(link, True)
    world.run_for(4 * SECOND)
    assert leaders(world) == [["d1"], ["d1"], ["d2"], ["d2"]]
    assert not watcher.violations
    led = world.timeline.first("(VI_2) Entering MASTER", "d2", since=failed)
    assert led == world.timeline.first("(VI_1) Entering MASTER", "d2", since=failed)


def test_a_timeline_reads_like_a_score() -> None:
    world, first, _ = two()
    first.stop()
    lines = world.render().splitlines()
    assert lines[0].split() == ["seconds", "d1", "d2"]
    assert any(row.startswith("   3.414062  (VI_1) Entering MASTER STATE") for row in lines)
    world.say("the end")
    assert world.render().endswith("== the end")
