"""Handing over, and outliving the death of a process: nobody on the link misses an address."""

from __future__ import annotations

from itertools import pairwise

from keepalived.core.vrrp.config import RouterConfig
from keepalived.port.events import Asked
from keepalived.port.resources import VrrpEndpoint
from keepalived.records import replace
from keepalived.sim.host import SimHost
from keepalived.sim.scenario import alone, case_ten, directors, masters, states, watch
from keepalived.sim.world import World

SECOND = 1_000_000
MS = 1_000
SKEW_100 = 609_375


def kind(config: RouterConfig) -> RouterConfig:
    """A configuration with which a stop hands over."""
    return replace(config, handover=True)


def two(one: int = 150, other: int = 100) -> tuple[World, SimHost, SimHost]:
    """Two running directors of these priorities, settled."""
    world = World(1)
    first, second = directors(world, kind(alone(one)), kind(alone(other)))
    first.start()
    second.start()
    world.run_until(10 * SECOND)
    return world, first, second


def holders(world: World) -> list[str]:
    """Who has the virtual address."""
    return [h.name for h in world.hosts.values() if h.kernel.virtual_addresses()]


def adverts(host: SimHost, since: int = 0) -> list[tuple[int, int]]:
    """When a host sent which priority: the third byte behind the IPv4 header."""
    found = []
    for at, send in host.sent:
        if isinstance(send.endpoint, VrrpEndpoint) and at >= since:
            found.append((at, send.data[22]))
    return found


def ask(host: SimHost, *arguments: str) -> None:
    """Ask as kactl does."""
    host.give(Asked("handover", arguments))


def test_a_stop_with_a_peer_never_leaves_the_address_without_a_holder() -> None:
    world, first, _ = two()
    seen: list[list[str]] = []
    watch(world, MS, lambda: seen.append(holders(world)))
    stopped = world.now
    first.stop()
    world.run_for(2 * SECOND)
    assert all(seen)
    led = world.timeline.first("(VI_1) Entering MASTER", "d2", since=stopped)
    assert led is not None
    assert SKEW_100 <= led - stopped <= SKEW_100 + 300
    both = sum(1 for each in seen if len(each) == 2)
    assert 48 <= both <= 52, "it holds on for a moment after the peer was heard, and no longer"
    assert adverts(first, stopped) == [(stopped, 0)], "it says once that it gives up"
    assert not first.running
    assert not first.kernel.held
    assert holders(world) == ["d2"]


def test_a_word_that_is_lost_on_the_way_is_said_again() -> None:
    world, first, _ = two()
    seen: list[list[str]] = []
    watch(world, MS, lambda: seen.append(holders(world)))
    world.part("outside", {"d1"}, {"d2"})
    stopped = world.now
    first.stop()
    world.run_for(10 * MS)
    world.heal("outside")
    world.run_for(3 * SECOND)
    longest_skew = 255 * SECOND // 256
    assert adverts(first, stopped) == [(stopped, 0), (stopped + longest_skew, 0)]
    led = world.timeline.first("(VI_1) Entering MASTER", "d2", since=stopped)
    assert led is not None
    assert led - stopped <= longest_skew + SKEW_100 + 300
    assert all(seen)


def test_a_stop_without_a_peer_lasts_a_second_and_the_longest_skew() -> None:
    world = World()
    (host,) = directors(world, kind(alone(100)))
    host.start()
    world.run_until(10 * SECOND)
    host.stop()
    world.run_for(1_990 * MS)
    assert host.running and holders(world) == ["d1"]
    world.run_for(10 * MS)
    assert not host.running
    assert not host.kernel.held


def test_a_backup_that_stops_does_not_wait() -> None:
    world, _, second = two()
    second.stop()
    assert not second.running
    assert masters(world, "VI_1") == ["d1"]


def test_a_handover_makes_a_backup_that_stays_one_until_it_is_told() -> None:
    world, first, second = two()
    ask(first, "begin")
    world.run_for(SECOND)
    assert (states(first), states(second)) == ({"VI_1": "BACKUP"}, {"VI_1": "MASTER"})
    world.run_for(60 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    ask(first, "end")
    world.run_for(4 * SECOND)
    assert masters(world, "VI_1") == ["d1"]


def test_a_handover_ends_at_its_time() -> None:
    world, first, _ = two()
    ask(first, "begin", "", str(20 * SECOND))
    world.run_for(19 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    world.run_for(6 * SECOND)
    assert masters(world, "VI_1") == ["d1"]


def test_one_that_handed_over_leads_again_when_its_peer_falls_silent() -> None:
    world, first, second = two()
    ask(first, "begin")
    world.run_for(10 * SECOND)
    second.crash()
    world.run_for(5 * SECOND)
    assert states(first) == {"VI_1": "MASTER"}
    second.start()
    world.run_for(10 * SECOND)
    assert states(first) == {"VI_1": "MASTER"}, "what it yielded for is over"


def test_a_handover_that_nobody_wants_ends_with_the_same_master() -> None:
    world = World()
    (host,) = directors(world, kind(alone(100)))
    host.start()
    world.run_until(10 * SECOND)
    seen: list[list[str]] = []
    watch(world, MS, lambda: seen.append(holders(world)))
    ask(host, "begin")
    world.run_for(5 * SECOND)
    assert all(seen)
    assert states(host) == {"VI_1": "MASTER"}
    assert world.timeline.first("(VI_1) leads on: no peer took over", "d1") is not None


def test_a_link_that_goes_down_during_a_handover_ends_it() -> None:
    world, first, second = two()
    first.stop()
    first.set_link("eth0", False)
    world.run_for(3 * SECOND)
    assert not first.running
    assert masters(world, "VI_1") == ["d2"]
    assert second.running


def test_a_group_hands_over_as_a_whole() -> None:
    world = World()
    first, second = directors(world, kind(case_ten(True)), kind(case_ten(False)))
    first.start()
    second.start()
    world.run_until(12 * SECOND)
    assert states(first) == {"VI_1": "MASTER", "VI_2": "MASTER", "VI_3": "BACKUP", "VI_4": "BACKUP"}
    seen: list[int] = []
    watch(world, MS, lambda: seen.append(len(first.kernel.virtual_addresses())))
    first.stop()
    world.run_for(2 * SECOND)
    assert set(seen) == {3, 0}, "all of a group's addresses go at once"
    assert set(states(second).values()) == {"MASTER"}


def test_a_group_is_asked_for_by_a_members_name() -> None:
    world = World()
    first, second = directors(world, kind(case_ten(True)), kind(case_ten(False)))
    first.start()
    second.start()
    world.run_until(12 * SECOND)
    ask(first, "begin", "VI_2")
    world.run_for(2 * SECOND)
    assert set(states(first).values()) == {"BACKUP"}
    ask(first, "end", "VG1")
    world.run_for(5 * SECOND)
    assert states(first)["VI_1"] == "MASTER"


def test_who_is_not_known_is_named() -> None:
    world, first, _ = two()
    ask(first, "begin", "VI_9")
    answer = first.snapshot()["handover"]
    assert answer == {"error": "no instance or group is called VI_9", "instances": []}
    assert masters(world, "VI_1") == ["d1"]


def test_a_process_that_is_started_anew_at_once_leads_on_unnoticed() -> None:
    world, first, second = two()
    world.run_for(300 * MS)
    died = world.now
    runs = len(first.scripts)
    held = first.kernel.virtual_addresses()
    first.crash(parent_lives=True)
    world.run_for(40 * MS)
    first.start()
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert first.kernel.virtual_addresses() == held
    sent = adverts(first)
    gaps = [after[0] - before[0] for before, after in pairwise(sent)]
    assert max(gaps[-8:]) == SECOND, "the beat goes on"
    assert all(priority == 150 for _, priority in adverts(first, died))
    assert len(first.scripts) == runs, "nothing changed, so nobody is told"
    assert states(second) == {"VI_1": "BACKUP"}


def test_a_process_that_comes_a_little_late_says_its_advert_at_once() -> None:
    world, first, _ = two()
    first.crash(parent_lives=True)
    world.run_for(2_300 * MS)
    first.start()
    back = world.now
    assert adverts(first, back) == [(back, 150)]
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert world.timeline.first("(VI_1) Entering MASTER", "d2", since=back - 4 * SECOND) is None


def test_a_process_that_comes_too_late_lets_go_first() -> None:
    world, first, _ = two()
    first.crash(parent_lives=True)
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    first.start()
    assert states(first) == {"VI_1": "BACKUP"}
    assert not first.kernel.virtual_addresses()
    world.run_for(SECOND)
    assert adverts(first, world.now - SECOND) == []


def test_a_group_goes_on_only_as_a_whole() -> None:
    world = World()
    first, second = directors(world, case_ten(True), case_ten(False))
    first.start()
    second.start()
    world.run_until(12 * SECOND)
    first.crash(parent_lives=True)
    world.run_for(40 * MS)
    first.start()
    assert states(first) == {"VI_1": "MASTER", "VI_2": "MASTER", "VI_3": "BACKUP", "VI_4": "BACKUP"}
    world.run_for(5 * SECOND)
    assert states(second)["VI_1"] == "BACKUP"


def test_after_a_clean_stop_nothing_is_remembered() -> None:
    world, first, _ = two()
    first.stop()
    world.run_for(3 * SECOND)
    assert not any(first.lives.values())
    first.start()
    assert states(first) == {"VI_1": "BACKUP"}


def test_what_was_handed_over_stays_handed_over_when_the_process_dies() -> None:
    world, first, _ = two()
    ask(first, "begin")
    world.run_for(2 * SECOND)
    first.crash(parent_lives=True)
    world.run_for(50 * MS)
    first.start()
    world.run_for(30 * SECOND)
    assert masters(world, "VI_1") == ["d2"]


def test_a_stop_that_is_to_hand_over_to_nobody_ends_a_handover_that_was_asked_for() -> None:
    world, first, _ = two()
    first.reconfigure(replace(first.config, handover=False))
    world.part("outside", {"d1"}, {"d2"})
    first.give(Asked("handover", ("begin", "", "")))
    world.run_for(300 * MS)
    first.stop()
    assert not first.running
    assert not first.kernel.virtual_addresses()
    assert [p for _, p in adverts(first, world.now)] == [], "it gave up already"
