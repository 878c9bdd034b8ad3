"""The router at a reload: what is kept keeps its state, what is gone lets go, the new begins."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from tests.unit.vrrp.rooms import (
    ENDPOINT,
    VIP,
    Bench,
    config,
    instance,
    line,
    packet,
    pair,
    second,
    with_password,
)

from keepalived.core.vrrp.config import SyncGroup
from keepalived.lang.values import Command
from keepalived.port.effects import Send
from keepalived.port.events import Reconfigured, Woken
from keepalived.port.resources import HeldAddress, Install


def one(**more: Any) -> Bench:
    return Bench(config(instance(**more)))


def test_a_reload_keeps_the_master_and_changes_its_addresses() -> None:
    bench = one().lead()
    more = instance("RENAMED", virtual_ipaddress=(line("10.0.0.101"), line()), priority=120)
    bench.give(Reconfigured(config(more)), after=100_000)
    assert bench.states == {"RENAMED": "MASTER"}
    assert [advert.priority for advert in bench.adverts] == [120]
    assert (bench.installed, bench.removed) == ([IPv4Address("10.0.0.101")], [])
    assert len(bench.frames) == 10
    assert bench.host.deadline() == bench.now + 1_000_000


def test_a_reload_that_swaps_two_names_touches_nothing() -> None:
    bench = Bench(config(instance(), second())).lead()
    bench.give(Reconfigured(config(instance("VI_2"), replace(second(), name="VI_1"))))
    assert (bench.installed, bench.removed) == ([], [])
    assert bench.snapshot["instances"][0]["name"] == "VI_2"


def test_a_swap_of_names_loses_nothing_though_one_of_both_stands_on_another_link_now() -> None:
    bench = Bench(config(instance(), second())).lead()
    moved = replace(second(), name="VI_1", virtual_ipaddress=(line("10.0.1.100", dev="eth0"),))
    bench.give(Reconfigured(config(instance("VI_2"), moved)))
    held = {each.address for each in bench.host.ledger.held() if isinstance(each, HeldAddress)}
    assert held == {VIP, IPv4Address("10.0.1.100")}


def test_a_reload_moves_a_backup_s_deadline_by_what_the_time_changed() -> None:
    bench = one().start()
    bench.give(Reconfigured(config(instance(priority=200))), after=1_000_000)
    assert bench.host.deadline() == 3_000_000 + 218_750


def test_a_reload_ends_what_is_gone_and_begins_what_is_new() -> None:
    gone = instance(notify=Command(("/n",)))
    bench = Bench(config(gone)).lead()
    bench.give(Reconfigured(config(second())))
    assert [advert.priority for advert in bench.adverts] == [0]
    assert (bench.removed, bench.states) == ([VIP], {"VI_2": "BACKUP"})
    assert bench.scripts == [("/n", "INSTANCE", "VI_1", "FAULT", "100")]
    assert "(VI_1) ended: the configuration no longer has it" in bench.said


def test_a_reload_to_ah_opens_the_other_socket_before_it_speaks_signed() -> None:
    bench = one().lead()
    bench.give(Reconfigured(config(with_password(instance(), "x", "AH"))))
    assert bench.states == {"VI_1": "MASTER"}
    endpoints = [each for each in bench.operations if isinstance(each, (Install, Send))][:2]
    assert isinstance(endpoints[0], Install)
    assert isinstance(endpoints[1], Send)
    assert endpoints[0].resource == endpoints[1].endpoint == replace(ENDPOINT, protocol=51)


def test_a_configuration_that_comes_before_the_start_is_the_one_that_counts() -> None:
    bench = one()
    bench.give(Reconfigured(config(second())))
    assert bench.start().states == {"VI_2": "BACKUP"}


def test_a_newcomer_to_a_leading_group_leads() -> None:
    group = SyncGroup(name="VG1", members=("VI_1", "VI_2"))
    bench = Bench(config(instance(), groups=[group])).start()
    assert "VRRP_Group(VG1) has no instance VI_2; the group goes without it" in bench.said
    bench.wake()
    bench.give(Reconfigured(pair()))
    assert set(bench.states.values()) == {"MASTER"}
    assert bench.snapshot["instances"][1]["why"] == "the group that it joined leads already"


def test_a_newcomer_to_a_group_whose_members_disagree_listens_like_the_others() -> None:
    third = second(interface="eth1", virtual_router_id=53)
    bench = Bench(config(instance(), second())).start()
    bench.now = 1_000_000
    bench.hear(packet(150))
    bench.now = 3_609_375
    bench.give(Woken())
    assert bench.states == {"VI_1": "BACKUP", "VI_2": "MASTER"}
    group = SyncGroup(name="VG1", members=("VI_1", "VI_2", "VI_3"))
    members = (instance(), second(), replace(third, name="VI_3"))
    bench.hear(packet(150))
    bench.give(Reconfigured(config(*members, groups=[group])))
    assert set(bench.states.values()) == {"BACKUP"}
