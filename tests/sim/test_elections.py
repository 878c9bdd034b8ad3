"""Who leads and when: preemption and its delay, owners, starts, stalls, splits, announcements."""

from __future__ import annotations

import pytest
from tests.sim.stage import (
    SECOND,
    TENTH,
    adverts,
    frames,
    last_advert,
    led_after,
    one,
    settled,
    v3,
    word,
)

from keepalived.core.vrrp.config import RouterConfig
from keepalived.core.vrrp.pacing import Pace
from keepalived.records import replace
from keepalived.sim.scenario import directors, instance, masters, states
from keepalived.sim.world import World

# Preemption


def test_nopreempt_leaves_a_lesser_master_in_the_lead() -> None:
    world, (first, _) = settled(one(150, nopreempt=True), one(100, nopreempt=True))
    first.crash()
    world.run_for(6 * SECOND)
    first.start()
    world.run_for(20 * SECOND)
    assert masters(world, "VI_1") == ["d2"]


def test_nopreempt_leads_when_the_lesser_master_falls_silent() -> None:
    world, (first, second) = settled(one(150, nopreempt=True), one(100, nopreempt=True))
    first.crash()
    world.run_for(6 * SECOND)
    first.start()
    world.run_for(6 * SECOND)
    last = last_advert(second)
    second.crash()
    world.run_for(6 * SECOND)
    assert led_after(world, "d1", last) < 3_500_000


def test_preempt_delay_counts_from_the_first_lesser_advert_heard() -> None:
    world, (first, _) = settled(one(150, preempt_delay_us=10 * SECOND), one(100))
    first.crash()
    world.run_for(6 * SECOND)
    started = world.now
    first.start()
    world.run_for(9 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    world.run_for(8 * SECOND)
    # The delay, then at most an interval until the next advert is ignored, then the timer.
    assert 10 * SECOND < led_after(world, "d1", started) < 15 * SECOND


def test_preempt_delay_does_not_delay_a_takeover_from_the_dead() -> None:
    world, (first, _) = settled(one(150), one(100, preempt_delay_us=60 * SECOND))
    last = last_advert(first)
    first.crash()
    world.run_for(5 * SECOND)
    assert led_after(world, "d2", last) < 3_700_000


@pytest.mark.parametrize("adverts_missed", [2, 3, 10])
def test_down_timer_adverts_is_how_many_adverts_may_be_missed(adverts_missed: int) -> None:
    world, (first, _) = settled(one(150), one(100, down_timer_adverts=adverts_missed))
    last = last_advert(first)
    first.crash()
    world.run_for(20 * SECOND)
    wait = adverts_missed * SECOND + 609_375
    assert wait + 50 <= led_after(world, "d2", last) <= wait + 300


def test_five_routers_have_one_master_and_the_next_best_follows_it() -> None:
    world, hosts = settled(*(one(100 + 10 * n) for n in range(5)))
    assert masters(world, "VI_1") == ["d5"]
    for number in (4, 3, 2):
        hosts[number].crash()
        world.run_for(6 * SECOND)
        assert masters(world, "VI_1") == [f"d{number}"]


def test_equals_that_start_together_are_one_master_by_address() -> None:
    world, _ = settled(one(100), one(100), one(100))
    assert masters(world, "VI_1") == ["d3"]


# Owners


def owner(**more: object) -> RouterConfig:
    return one(255, state="MASTER", **more)


def test_an_owner_leads_at_once_and_takes_over_at_once_when_it_returns() -> None:
    world, (first, _) = settled(owner(), one(100), for_us=SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert world.timeline.first("(VI_1) Entering MASTER", "d1") == 0
    first.crash()
    world.run_for(6 * SECOND)
    back = world.now
    first.start()
    world.run_for(SECOND)
    assert led_after(world, "d1", back) == 0
    assert masters(world, "VI_1") == ["d1"]


def test_of_two_owners_the_one_of_the_higher_address_goes_on_and_both_complain() -> None:
    world, _ = settled(owner(), owner(), for_us=20 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    for host in ("d1", "d2"):
        assert "CONFIGURATION ERROR" in "\n".join(world.timeline.texts(host))


def test_an_owner_that_ignores_adverts_hears_nobody() -> None:
    world, (first, _) = settled(owner(owner_ignore_adverts=True), one(254))
    world.part("outside", {"d1"}, {"d2"}, both_ways=False)
    world.run_for(6 * SECOND)
    assert masters(world, "VI_1") == ["d1", "d2"]
    assert word(first, "counters")["refused"]["owner"] > 0


# Starts


def test_startup_delay_puts_off_the_whole_director() -> None:
    config = replace(one(150), startup_delay_us=8 * SECOND)
    world, _ = settled(config, one(100), for_us=7 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    assert states(world.hosts["d1"]) == {"VI_1": "INIT"}
    world.run_for(6 * SECOND)
    assert masters(world, "VI_1") == ["d1"]


def test_delay_after_boot_is_over_on_a_host_that_is_up_for_long() -> None:
    config = replace(one(150), delay_after_boot_us=3 * SECOND)
    world = World(1)
    (host,) = directors(world, config)
    world.run_until(5 * SECOND)
    host.start()
    assert states(host) == {"VI_1": "BACKUP"}


def test_state_master_below_255_waits_like_any_other() -> None:
    world, _ = settled(one(200, state="MASTER"), for_us=4 * SECOND)
    assert world.timeline.first("(VI_1) Entering MASTER") == 3_218_750


# Stalls


def test_timer_expired_backup_follows_after_a_stall_where_nopreempt_would_lead() -> None:
    words = {"nopreempt": True, "timer_expired_backup": 50}
    world, (first, _) = settled(one(150, **words), one(100))
    world.part("outside", {"d1"}, {"d2"})
    first.stall(6 * SECOND)
    world.run_for(5_500_000)
    world.heal("outside")
    world.run_for(10 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    assert "its timer ran so late" in "\n".join(world.timeline.texts("d1"))


@pytest.mark.parametrize("for_us", [SECOND, 3 * SECOND, 20 * SECOND])
def test_a_backup_s_stall_never_makes_two_masters(for_us: int) -> None:
    world, (_, second) = settled(v3(150), v3(100))
    second.stall(for_us)
    world.run_for(for_us + SECOND)
    assert word(second, "counters")["became_master"] == 0


def test_a_clock_that_runs_two_permille_fast_costs_no_mastership() -> None:
    world = World(1)
    first, second = directors(world, v3(150, 10_000), v3(100, 10_000))
    second.drift_ppm, first.drift_ppm = 2_000, -2_000
    first.start()
    second.start()
    world.run_until(30 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert word(second, "counters")["became_master"] == 0


# Splits that heal


def test_after_a_split_the_better_one_announces_its_addresses_again() -> None:
    world, (first, _) = settled(one(150), one(100))
    world.part("outside", {"d1"}, {"d2"})
    world.run_for(15 * SECOND)
    healed = world.now
    world.heal("outside")
    world.run_for(2 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert len(frames(first, healed)) >= 5, "the link must learn where the address is"


def test_after_a_split_of_equals_the_one_that_goes_on_announces_again() -> None:
    world, (_, second) = settled(one(100), one(100))
    world.part("outside", {"d1"}, {"d2"})
    world.run_for(15 * SECOND)
    healed = world.now
    world.heal("outside")
    world.run_for(2 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    assert len(frames(second, healed)) >= 5


def test_two_masters_name_each_other_in_the_log() -> None:
    world, _ = settled(one(150), one(100))
    world.part("outside", {"d1"}, {"d2"})
    world.run_for(15 * SECOND)
    world.heal("outside")
    world.run_for(3 * SECOND)
    said = "\n".join([*world.timeline.texts("d1"), *world.timeline.texts("d2")])
    assert "it led beside us" in said or "higher priority 150, ours 100" in said


def test_who_hears_nobody_but_is_heard_leads_beside_the_better_one_until_healed() -> None:
    world, _ = settled(one(150), one(100))
    world.part("outside", {"d1"}, {"d2"}, both_ways=False)
    world.run_for(10 * SECOND)
    assert masters(world, "VI_1") == ["d1", "d2"]
    world.heal("outside")
    world.run_for(2 * SECOND)
    assert masters(world, "VI_1") == ["d1"]


# Announcements


def test_a_new_master_announces_five_times_and_again_after_five_seconds() -> None:
    world, (first,) = settled(one(200), for_us=10 * SECOND)
    led = led_after(world, "d1", 0)
    assert [at - led for at in frames(first)] == [0] * 5 + [5 * SECOND] * 5


def test_a_gap_between_announcements_is_kept_on_the_wire() -> None:
    config = replace(one(200), paces=(Pace((), 20_000, 0),))
    world, (first,) = settled(config, for_us=4 * SECOND)
    led = led_after(world, "d1", 0)
    assert [at - led for at in frames(first)] == [0, 20_000, 40_000, 60_000, 80_000]


def test_a_refreshing_master_announces_as_often_as_it_says() -> None:
    config = one(200, garp_master_refresh_us=3 * SECOND, garp_master_delay_us=0)
    world, (first,) = settled(config, for_us=15 * SECOND)
    led = led_after(world, "d1", 0)
    assert [at - led for at in frames(first)][5:] == [3 * SECOND, 6 * SECOND, 9 * SECOND]


def test_lower_prio_no_advert_keeps_its_beat_and_wins_all_the_same() -> None:
    world, (first, _) = settled(one(150, lower_prio_no_advert=True), one(100))
    world.part("outside", {"d1"}, {"d2"})
    world.run_for(6 * SECOND)
    world.heal("outside")
    since = world.now
    world.run_for(3 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert len(adverts(first, since)) <= 4


# Reloads


def test_a_reload_that_raises_a_priority_moves_the_lead_without_a_silence() -> None:
    world, (_, second) = settled(one(150), one(100))
    second.reconfigure(one(200))
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d2"]


def test_a_reload_that_lowers_the_master_s_priority_lets_the_other_lead() -> None:
    world, (first, _) = settled(one(150), one(100))
    first.reconfigure(one(50))
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d2"]


def test_a_reload_of_version_makes_a_new_router_of_it_and_leaves_nothing_behind() -> None:
    world, (first, second) = settled(one(150), one(100))
    for host, priority in ((first, 150), (second, 100)):
        host.reconfigure(v3(priority))
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert not second.kernel.virtual_addresses()


def test_a_reload_to_other_addresses_swaps_them_under_the_master() -> None:
    world, (first, _) = settled(one(150), one(100))
    first.reconfigure(one(150, addresses=("192.168.200.77",)))
    world.run_for(SECOND)
    held = {str(address) for _, address, _ in first.kernel.virtual_addresses()}
    assert (held, masters(world, "VI_1")) == ({"192.168.200.77"}, ["d1"])


def test_a_reload_that_takes_the_instance_away_gives_it_to_the_peer_in_a_skew() -> None:
    world, (first, _) = settled(v3(150), v3(100))
    since = world.now
    first.reconfigure(RouterConfig("LVS_MAIN", ()))
    world.run_for(SECOND)
    assert led_after(world, "d2", since) < TENTH


def test_a_new_instance_in_a_reload_starts_as_backup() -> None:
    world, (first, _) = settled(one(150), one(100))
    more = instance("VI_2", 77, 200, "eth1", ("192.168.100.77",))
    first.reconfigure(replace(one(150), instances=(*one(150).instances, more)))
    assert states(first) == {"VI_1": "MASTER", "VI_2": "BACKUP"}
    world.run_for(5 * SECOND)
    assert states(first) == {"VI_1": "MASTER", "VI_2": "MASTER"}
