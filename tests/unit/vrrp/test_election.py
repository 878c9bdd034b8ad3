"""One virtual router's conduct, seen through its router: who leads, when, and why."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest
from tests.unit.vrrp.rooms import (
    DOWN_US,
    LOWER_PEER,
    MAC,
    OWN,
    PEER,
    VIP,
    Bench,
    config,
    instance,
    packet,
    with_password,
)

from keepalived.core.vrrp.dialect import interval_of
from keepalived.core.vrrp.state import MOVES, State
from keepalived.core.vrrp.timing import SECOND_US, master_down_us, next_beat, skew_us
from keepalived.port.conflict import ConflictWatch
from keepalived.port.effects import Note, Send
from keepalived.port.events import Asked, Stopping, Woken
from keepalived.port.resources import Install, VrrpEndpoint


def one(**more: Any) -> Bench:
    return Bench(config(instance(**more))).start()


def test_a_backup_leads_after_three_silent_intervals_and_its_skew() -> None:
    bench = one()
    assert bench.host.deadline() == DOWN_US == master_down_us(2, 100, SECOND_US)
    bench.give(Woken(), after=DOWN_US - 1)
    assert bench.states == {"VI_1": "BACKUP"}
    bench.give(Woken(), after=1)
    assert bench.states == {"VI_1": "MASTER"}


@pytest.mark.parametrize(("priority", "skew"), [(1, 996_093), (100, 609_375), (254, 7_812)])
def test_the_skew_is_the_priority_s_share_of_a_second(priority: int, skew: int) -> None:
    assert skew_us(2, priority, 7 * SECOND_US) == skew


@pytest.mark.parametrize(
    ("given", "whole"), [(10_000, 1), (1_400_000, 1), (1_500_000, 2), (255_000_000, 255)]
)
def test_an_interval_is_told_in_whole_seconds(given: int, whole: int) -> None:
    assert interval_of(instance(advert_int_us=given)) == whole * SECOND_US


def test_beats_keep_to_their_grid_and_a_stall_is_not_caught_up() -> None:
    assert next_beat(1_000, 1_400, 1_000) == 2_000
    assert next_beat(1_000, 9_400, 1_000) == 10_400


def test_a_new_master_speaks_then_takes_the_address_then_announces_it() -> None:
    bench = one()
    bench.wake()
    kinds = [
        type(each).__name__
        if not isinstance(each, Send)
        else ("advert" if isinstance(each.endpoint, VrrpEndpoint) else "frame")
        for each in bench.operations
        if not (isinstance(each, Note) and "timeout" in each.line.text())
    ]
    # Last of what is held, as nothing waits for it: the attention for others with the address.
    taken = ["Install", "Install"]
    assert kinds == ["advert", *taken, *["frame"] * 5, "Note", "Note", "Keep"]
    assert bench.installed == [VIP]
    last = [each.resource for each in bench.operations if isinstance(each, Install)][-1]
    assert last == ConflictWatch("eth0", "VI_1", (VIP,), MAC)
    assert bench.said[1].startswith("(VI_1) Entering MASTER STATE: no advert was heard")


def test_a_master_advertises_every_interval_without_drift() -> None:
    bench = one()
    bench.wake()
    for beat in range(1, 4):
        bench.give(Woken(), after=0 if bench.now >= DOWN_US + beat * 1_000_000 else 1_000_200)
        assert [advert.priority for advert in bench.adverts] == [100]
    # Woken late each time, yet the next one is due on the grid of the first.
    assert bench.host.deadline() == DOWN_US + 4_000_000


def test_packets_are_numbered_from_one() -> None:
    bench = one()
    numbers = []
    for _ in range(3):
        bench.wake()
        send = next(e for e in bench.operations if isinstance(e, Send))
        numbers.append(int.from_bytes(send.data[4:6], "big"))
    assert numbers == [1, 2, 3]


def test_addresses_are_announced_again_five_seconds_later() -> None:
    bench = one()
    bench.wake()
    led = bench.now
    assert len(bench.frames) == 5
    while bench.now < led + 5_000_000:
        bench.wake()
        later = bench.frames
    assert (bench.now, len(later)) == (led + 5_000_000, 5)
    assert not bench.give(Asked("anything"))


def test_an_advert_of_higher_or_equal_priority_keeps_a_backup_quiet() -> None:
    for priority in (100, 101, 255):
        bench = one()
        bench.now = 1_000_000
        bench.hear(packet(priority, LOWER_PEER))
        assert bench.host.deadline() == 1_000_000 + DOWN_US
        master = bench.snapshot["instances"][0]["master"]
        assert master == {"address": str(LOWER_PEER), "priority": priority}


def test_a_lesser_master_is_displaced_when_the_time_has_run_out() -> None:
    bench = one()
    bench.now = 1_000_000
    bench.hear(packet(50))
    assert bench.said == ["(VI_1) received lower priority (50) advert from 10.0.0.6 - discarding"]
    bench.hear(packet(50))
    assert bench.said == [], "said once, until something changes"
    assert bench.host.deadline() == DOWN_US
    bench.wake()
    assert bench.snapshot["instances"][0]["why"] == "the master heard has a lower priority"


def test_after_priority_zero_only_the_skew_is_waited_for() -> None:
    bench = one()
    bench.now = 1_000_000
    bench.hear(packet(0))
    assert bench.said == ["(VI_1) Backup received priority 0 advertisement from 10.0.0.6"]
    assert bench.host.deadline() == 1_609_375
    bench.wake()
    assert bench.snapshot["instances"][0]["why"] == "the master gave up with priority 0"


def test_a_master_yields_to_a_higher_priority() -> None:
    bench = one()
    bench.wake()
    bench.hear(packet(150))
    assert bench.states == {"VI_1": "BACKUP"}
    assert (bench.removed, bench.adverts) == ([VIP], [])
    assert bench.said[0] == (
        "(VI_1) Master received advert from 10.0.0.6 with higher priority 150, ours 100"
    )
    assert bench.host.deadline() == bench.now + DOWN_US


def test_equal_priorities_are_decided_by_the_address() -> None:
    bench = one()
    bench.wake()
    bench.hear(packet(100, LOWER_PEER))
    assert bench.states == {"VI_1": "MASTER"}
    bench.hear(packet(100, PEER))
    assert bench.states == {"VI_1": "BACKUP"}
    assert bench.said[0].endswith("with same priority 100 but higher IP address than ours")


def test_a_master_answers_a_lesser_one_with_an_advert_and_announcements() -> None:
    bench = one()
    bench.wake()
    bench.now += 400_000
    bench.hear(packet(50))
    assert bench.said == [
        "(VI_1) Received advert from 10.0.0.6 with lower priority 50, ours 100,"
        " forcing new election: it led beside us, do all adverts reach it?"
    ]
    assert (len(bench.adverts), len(bench.frames)) == (1, 5)
    assert bench.host.deadline() == bench.now + 1_000_000


def test_a_master_answers_priority_zero_with_an_advert() -> None:
    bench = one()
    bench.wake()
    bench.hear(packet(0))
    assert [advert.priority for advert in bench.adverts] == [100]
    assert bench.said == ["(VI_1) Master received priority 0 message from 10.0.0.6"]


def test_an_advert_from_our_own_address_is_ignored_and_said_once() -> None:
    bench = one()
    bench.wake()
    bench.hear(packet(100, OWN))
    assert len(bench.said) == 1
    assert "our own address 10.0.0.5" in bench.said[0]
    assert not bench.hear(packet(100, OWN))
    assert bench.states == {"VI_1": "MASTER"}


def test_an_owner_leads_at_once_and_holds_its_socket_before_it_speaks() -> None:
    bench = one(priority=255, state="MASTER")
    assert bench.states == {"VI_1": "MASTER"}
    first_install = next(n for n, e in enumerate(bench.operations) if isinstance(e, Install))
    first_send = next(n for n, e in enumerate(bench.operations) if isinstance(e, Send))
    assert first_install < first_send


def test_state_master_means_nothing_below_priority_255() -> None:
    assert one(priority=254, state="MASTER").states == {"VI_1": "BACKUP"}
    assert one(priority=255, state="BACKUP").states == {"VI_1": "BACKUP"}


def test_of_two_owners_the_higher_address_leads_and_both_complain() -> None:
    bench = one(priority=255, state="MASTER")
    bench.hear(packet(255, LOWER_PEER))
    assert bench.states == {"VI_1": "MASTER"}
    assert "CONFIGURATION ERROR" in bench.said[0]
    bench.hear(packet(255, PEER))
    assert bench.states == {"VI_1": "BACKUP"}


def test_stopping_says_priority_zero_before_the_address_goes() -> None:
    bench = one()
    bench.wake()
    bench.give(Stopping())
    assert [advert.priority for advert in bench.adverts] == [0]
    assert isinstance(bench.operations[0], Send)
    assert bench.removed == [VIP]
    assert bench.said == [
        "(VI_1) sent 0 priority",
        "(VI_1) removing VIPs.",
        "(VI_1) ended: the daemon stops",
    ]
    assert bench.host.deadline() is None
    assert not bench.hear(packet(150))


def test_a_stopping_backup_says_nothing_on_the_wire() -> None:
    bench = one()
    bench.give(Stopping())
    assert (bench.adverts, bench.removed) == ([], [])


def test_adverts_carry_the_password() -> None:
    bench = Bench(config(with_password(instance(), "s3cret"))).start()
    bench.wake()
    assert (bench.adverts[0].auth_type, bench.adverts[0].auth_data) == (1, b"s3cret\0\0")


def test_other_addresses_are_warned_about_but_count() -> None:
    bench = one()
    bench.hear(packet(150, addresses=(VIP, IPv4Address("10.0.0.101"))))
    assert "names other addresses than ours" in bench.said[0]
    assert bench.snapshot["instances"][0]["counters"]["addresses_differed"] == 1
    assert bench.snapshot["instances"][0]["master"]["priority"] == 150


def test_every_state_leads_somewhere_and_faults_never_straight_to_master() -> None:
    assert set(MOVES) == set(State)
    assert State.MASTER not in MOVES[State.FAULT]


@pytest.mark.parametrize(("priority", "words"), [(0, "priority 0"), (50, "lower priority")])
def test_a_flood_of_adverts_is_answered_but_fills_neither_disk_nor_link(
    priority: int, words: str
) -> None:
    bench = Bench(config(instance())).lead()
    lines = answers = frames = 0
    for _ in range(1000):
        bench.now += 1000
        bench.hear(packet(priority))
        lines += len([line for line in bench.said if words in line])
        answers += len(bench.adverts)
        frames += len(bench.frames)
    assert frames <= 10
    assert answers == 1000
    assert 1 <= lines <= 2


def test_whoever_goes_on_giving_up_keeps_no_backup_from_leading() -> None:
    bench = Bench(config(instance())).start()
    for _ in range(6):
        bench.now += 100_000
        bench.hear(packet(0))
    assert bench.host.deadline() == 100_000 + skew_us(2, 100, SECOND_US)
    bench.hear(packet(150))
    bench.hear(packet(0))
    assert bench.host.deadline() == bench.now + skew_us(2, 100, SECOND_US)
