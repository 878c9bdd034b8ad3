"""Version 3, IPv6, unicast: the same elections in every dialect, at the protocol's own times."""

from __future__ import annotations

import pytest
from tests.sim.stage import (
    SECOND,
    TENTH,
    adverts,
    last_advert,
    led_after,
    one,
    peers,
    settled,
    v3,
    v6,
    word,
)

from keepalived.core.vrrp.advert_words import Authentication
from keepalived.core.vrrp.config import RouterConfig
from keepalived.sim.scenario import masters


@pytest.mark.parametrize(
    ("interval_us", "down_us"), [(10_000, 36_093), (TENTH, 360_937), (SECOND, 3_609_375)]
)
def test_in_version_3_a_crash_is_noticed_after_three_intervals_and_their_skew(
    interval_us: int, down_us: int
) -> None:
    world, (first, _) = settled(v3(150, interval_us), v3(100, interval_us))
    last = last_advert(first)
    first.crash()
    world.run_for(5 * SECOND)
    assert down_us + 50 <= led_after(world, "d2", last) <= down_us + 300


@pytest.mark.parametrize(("interval_us", "skew_us"), [(10_000, 6_093), (TENTH, 60_937)])
def test_in_version_3_a_resignation_is_taken_up_after_the_interval_s_skew(
    interval_us: int, skew_us: int
) -> None:
    world, (first, _) = settled(v3(150, interval_us), v3(100, interval_us))
    stopped = world.now
    first.stop()
    world.run_for(SECOND)
    assert skew_us + 50 <= led_after(world, "d2", stopped) <= skew_us + 300


def test_a_backup_of_version_3_waits_by_the_interval_that_the_master_says() -> None:
    world, (first, second) = settled(v3(150, SECOND), v3(100, TENTH))
    assert masters(world, "VI_1") == ["d1"]
    last = last_advert(first)
    first.crash()
    world.run_for(10 * SECOND)
    assert 3_609_375 <= led_after(world, "d2", last) <= 3_609_700
    since = world.now
    world.run_for(SECOND)
    assert 9 <= len(adverts(second, since)) <= 11, "it says its own interval as master"


def test_versions_2_and_3_do_not_hear_each_other_and_both_say_so() -> None:
    world, _ = settled(one(150), v3(100, SECOND))
    assert masters(world, "VI_1") == ["d1", "d2"]
    for host in ("d1", "d2"):
        said = "\n".join(world.timeline.texts(host))
        assert "its VRRP version is not ours" in said


def test_another_interval_in_version_2_makes_two_masters_and_each_says_which() -> None:
    world, _ = settled(one(150), one(100, advert_int_us=2 * SECOND))
    assert masters(world, "VI_1") == ["d1", "d2"]
    assert "2 s, ours 1 s" in "\n".join(world.timeline.texts("d1"))


def test_over_ipv6_the_better_router_leads_and_the_other_takes_over() -> None:
    world, (first, second) = settled(v6(150), v6(100))
    assert masters(world, "VI_1") == ["d1"]
    last = last_advert(first)
    first.crash()
    world.run_for(SECOND)
    assert 360_937 + 50 <= led_after(world, "d2", last) <= 360_937 + 300
    assert len(second.kernel.virtual_addresses()) == 2


def test_over_ipv6_an_equal_priority_is_decided_by_the_link_local_address() -> None:
    world, _ = settled(v6(100), v6(100))
    world.part("outside", {"d1"}, {"d2"})
    world.run_for(SECOND)
    assert masters(world, "VI_1") == ["d1", "d2"]
    world.heal("outside")
    world.run_for(SECOND)
    assert masters(world, "VI_1") == ["d2"]


def test_ipv4_and_ipv6_of_one_number_on_one_link_do_not_meet() -> None:
    world, _ = settled(v3(150), v6(100))
    assert masters(world, "VI_1") == ["d1", "d2"]


def test_unicast_peers_elect_as_a_group_does() -> None:
    world, (first, _) = settled(one(150, unicast_peers=peers(0)), one(100, unicast_peers=peers(1)))
    assert masters(world, "VI_1") == ["d1"]
    first.crash()
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d2"]


def test_each_unicast_peer_gets_an_advert_of_its_own_in_the_order_of_the_file() -> None:
    configs = [one(200 - n, unicast_peers=peers(n, 3)) for n in range(3)]
    world, (first, _, _) = settled(*configs)
    since = world.now
    world.run_for(SECOND)
    targets = [str(send.target) for send in adverts(first, since)]
    assert targets == ["192.168.200.6", "192.168.200.7"]
    assert masters(world, "VI_1") == ["d1"]


def test_unicast_over_ipv6_elects_too() -> None:
    world, (first, _) = settled(
        v6(150, unicast_peers=peers(0, family6=True)), v6(100, unicast_peers=peers(1, family6=True))
    )
    assert masters(world, "VI_1") == ["d1"]
    first.stop()
    world.run_for(SECOND)
    assert masters(world, "VI_1") == ["d2"]


def test_a_stranger_s_unicast_moves_nobody_where_sources_are_checked() -> None:
    world, (_, second, _) = settled(
        one(100, unicast_peers=peers(0), check_unicast_src=True),
        one(90, unicast_peers=peers(1), check_unicast_src=True),
        one(250, unicast_peers=peers(2, 3)),
    )
    assert masters(world, "VI_1") == ["d1", "d3"]
    assert word(second, "counters")["refused"].get("not_a_peer", 0) > 3


def test_peers_that_do_not_name_each_other_both_lead() -> None:
    world, _ = settled(one(150, unicast_peers=peers(0)), one(100))
    assert masters(world, "VI_1") == ["d1", "d2"]


@pytest.mark.parametrize("kind", ["PASS", "AH"])
def test_another_password_makes_two_masters_and_both_say_what_differs(kind: str) -> None:
    def guarded(priority: int, password: str) -> RouterConfig:
        proof = Authentication(auth_type=kind, auth_pass=password)
        return one(priority, authentication=proof)

    world, _ = settled(guarded(150, "right"), guarded(100, "wrong"))
    assert masters(world, "VI_1") == ["d1", "d2"]
    for host in ("d1", "d2"):
        assert "give both routers the same auth_pass" in "\n".join(world.timeline.texts(host))


def test_a_peer_with_other_addresses_counts_and_is_told_of() -> None:
    world, _ = settled(one(150), one(100, addresses=("192.168.200.99",)))
    assert masters(world, "VI_1") == ["d1"]
    assert "names other addresses than ours" in "\n".join(world.timeline.texts("d2"))


def test_a_master_over_doubled_wires_stays_alone() -> None:
    world, _ = settled(v3(150), v3(100))
    world.double("outside", 900_000)
    world.run_for(20 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert word(world.hosts["d2"], "counters")["became_master"] == 0


def test_ten_millisecond_adverts_survive_a_tenth_of_loss_most_of_the_time() -> None:
    world, (_, second) = settled(v3(150, 10_000), v3(100, 10_000))
    world.lose("outside", 100_000)
    world.run_for(20 * SECOND)
    # Three in a row are lost once in a thousand adverts: some two in twenty seconds.
    assert word(second, "counters")["became_master"] <= 12
    world.heal("outside")
    world.run_for(SECOND)
    assert masters(world, "VI_1") == ["d1"]
