"""Who may displace whom, and when: preemption and its delay, owners, timers that slept."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.vrrp.rooms import LOWER_PEER, PEER, Bench, config, instance, packet

from keepalived.core.vrrp.timing import SECOND_US, master_down_us, skew_us
from keepalived.port.events import Woken

SECOND = SECOND_US


def one(**more: Any) -> Bench:
    return Bench(config(instance(**more))).start()


def fast(**more: Any) -> Bench:
    """Give a bench of version 3 at a tenth of a second."""
    return one(version=3, advert_int_us=100_000, **more)


def v3(priority: int = 150, interval_us: int = 100_000, **more: Any) -> bytes:
    return packet(priority, version=3, interval_us=interval_us, **more)


def test_nopreempt_follows_a_lesser_master_and_leads_when_that_falls_silent() -> None:
    bench = one(nopreempt=True, priority=200)
    for _ in range(5):
        bench.give(Woken(), after=SECOND)
        bench.hear(packet(50))
        assert bench.states == {"VI_1": "BACKUP"}
    assert bench.host.deadline() == bench.now + master_down_us(2, 200, SECOND)
    bench.wake()
    assert bench.states == {"VI_1": "MASTER"}


def test_preempt_delay_bears_with_a_lesser_master_and_then_displaces_it() -> None:
    bench = one(preempt_delay_us=10 * SECOND, priority=200)
    heard_first = bench.now
    while bench.now < heard_first + 9 * SECOND:
        bench.hear(packet(50))
        assert bench.host.deadline() == bench.now + master_down_us(2, 200, SECOND)
        bench.give(Woken(), after=SECOND)
    bench.give(Woken(), after=2 * SECOND)
    due = bench.host.deadline()
    bench.hear(packet(50))
    assert bench.host.deadline() == due, "the running timer decides now"
    bench.wake()
    assert bench.states == {"VI_1": "MASTER"}
    assert bench.snapshot["instances"][0]["why"] == "the master heard has a lower priority"


def test_a_better_master_ends_the_delay_and_a_later_lesser_one_begins_it_anew() -> None:
    bench = one(preempt_delay_us=3 * SECOND, priority=200)
    bench.hear(packet(50))
    bench.give(Woken(), after=2 * SECOND)
    bench.hear(packet(250))
    bench.give(Woken(), after=2 * SECOND)
    bench.hear(packet(50))
    assert bench.host.deadline() == bench.now + master_down_us(2, 200, SECOND)


def test_preempt_delay_delays_no_takeover_from_a_silent_master() -> None:
    bench = one(preempt_delay_us=1000 * SECOND)
    bench.wake()
    assert (bench.states, bench.now) == ({"VI_1": "MASTER"}, master_down_us(2, 100, SECOND))


def test_version_3_waits_by_the_master_s_interval_and_speaks_by_its_own() -> None:
    bench = fast()
    assert bench.host.deadline() == master_down_us(3, 100, 100_000) == 360_937
    bench.hear(v3(interval_us=500_000))
    assert bench.host.deadline() == master_down_us(3, 100, 500_000)
    bench.wake()
    assert bench.states == {"VI_1": "MASTER"}
    assert [advert.interval_us for advert in bench.adverts] == [100_000]
    assert bench.host.deadline() == bench.now + 100_000


def test_version_3_s_skew_after_a_resignation_is_of_the_master_s_interval() -> None:
    bench = fast()
    bench.hear(v3(interval_us=500_000))
    bench.hear(v3(0, interval_us=500_000))
    assert bench.host.deadline() == bench.now + skew_us(3, 100, 500_000)


def test_an_interval_of_nought_is_refused() -> None:
    bench = fast()
    due = bench.host.deadline()
    bench.hear(v3(interval_us=0))
    assert bench.host.deadline() == due


@pytest.mark.parametrize("adverts", [1, 5])
def test_down_timer_adverts_is_how_much_silence_is_borne(adverts: int) -> None:
    bench = one(down_timer_adverts=adverts)
    assert bench.host.deadline() == adverts * SECOND + skew_us(2, 100, SECOND)


def test_lower_prio_no_advert_announces_but_does_not_answer_a_lesser_master() -> None:
    bench = one(lower_prio_no_advert=True).lead()
    due = bench.host.deadline()
    bench.hear(packet(50))
    assert (bench.adverts, bench.host.deadline()) == ([], due)
    assert bench.frames


def test_higher_prio_send_advert_speaks_once_more_before_it_gives_way() -> None:
    for wished, said in ((True, [100]), (False, []), (None, [])):
        bench = one(higher_prio_send_advert=wished).lead()
        bench.hear(packet(150))
        assert (bench.states, [a.priority for a in bench.adverts]) == ({"VI_1": "BACKUP"}, said)


def test_of_two_that_led_side_by_side_the_one_that_gives_way_lets_the_other_know() -> None:
    tie = one().lead()
    tie.hear(packet(100, source=PEER))
    assert [advert.priority for advert in tie.adverts] == [100]
    healed = one()
    healed.hear(packet(150, source=PEER))
    healed.lead()
    healed.hear(packet(150, source=PEER))
    assert [advert.priority for advert in healed.adverts] == [100]


def owner(**more: Any) -> Bench:
    return one(priority=255, state="MASTER", **more)


def test_an_owner_of_the_lower_address_gives_way_at_once() -> None:
    bench = owner()
    bench.hear(packet(255, source=PEER))
    assert bench.states == {"VI_1": "BACKUP"}


def test_an_owner_of_the_higher_address_gives_in_to_one_that_does_not_stop() -> None:
    bench = owner()
    begun = bench.now
    while bench.states == {"VI_1": "MASTER"} and bench.now < begun + 10 * SECOND:
        bench.hear(packet(255, source=LOWER_PEER))
        bench.give(Woken(), after=SECOND)
    # Two adverts of its own, then 1.2 intervals.
    assert bench.states == {"VI_1": "BACKUP"}
    assert 3_200_000 <= bench.now - begun <= 5 * SECOND
    assert bench.snapshot["instances"][0]["priority"] == 254
    bench.wake()
    assert bench.states == {"VI_1": "MASTER"}
    assert [advert.priority for advert in bench.adverts] == [255]


def test_an_owner_that_hears_another_one_only_now_and_then_stays() -> None:
    bench = owner()
    for _ in range(10):
        bench.hear(packet(255, source=LOWER_PEER))
        assert bench.states == {"VI_1": "MASTER"}
        bench.give(Woken(), after=4 * SECOND)


def test_startup_delay_takes_no_part_until_it_is_over() -> None:
    bench = Bench(config(instance(), startup_delay_us=5 * SECOND)).start()
    assert bench.states == {"VI_1": "INIT"}
    bench.hear(packet(150))
    assert bench.host.deadline() == 5 * SECOND
    bench.wake()
    assert bench.states == {"VI_1": "BACKUP"}
    assert bench.host.deadline() == 5 * SECOND + master_down_us(2, 100, SECOND)


def test_delay_after_boot_counts_from_the_host_s_start() -> None:
    bench = Bench(config(instance(), delay_after_boot_us=60 * SECOND))
    bench.now = 40 * SECOND
    bench.start()
    assert bench.host.deadline() == 60 * SECOND
    late = Bench(config(instance(), delay_after_boot_us=60 * SECOND))
    late.now = 61 * SECOND
    assert late.start().states == {"VI_1": "BACKUP"}


def test_timer_expired_backup_follows_where_another_one_will_have_led() -> None:
    words: dict[str, Any] = {"nopreempt": True, "timer_expired_backup": 50}
    asleep = one(**words)
    due = asleep.host.deadline()
    assert due is not None
    asleep.give(Woken(), after=due + SECOND)
    assert asleep.states == {"VI_1": "BACKUP"}
    awake = one(**words)
    awake.give(Woken(), after=due + 1_000)
    assert awake.states == {"VI_1": "MASTER"}
    awake.give(Woken(), after=20 * SECOND)
    assert awake.states == {"VI_1": "BACKUP"}
    assert awake.adverts == []


def test_skip_check_adv_addr_looks_at_the_addresses_of_a_new_master_only() -> None:
    bench = one(skip_check_adv_addr=True)
    bench.hear(packet(150, addresses=()))
    bench.hear(packet(150, addresses=()))
    counters = bench.snapshot["instances"][0]["counters"]
    assert counters["addresses_differed"] == 1
