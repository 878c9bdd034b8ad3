"""A change of a link counts when it has lasted; one that was taken back never was."""

from __future__ import annotations

from dataclasses import replace

from keepalived.core.vrrp.debounce import Debounce, Delays
from keepalived.port.facts import Link

UP = Link(2, "eth0", bytes(6))
DOWN = replace(UP, running=False)


def held_back() -> Debounce:
    made = Debounce()
    made.adopt({"eth0": Delays(2_000_000, 500_000)})
    return made


def test_a_fall_counts_after_its_delay() -> None:
    ear = held_back()
    assert not ear.take(1_000_000, UP, DOWN)
    assert ear.deadline() == 3_000_000 and ear.due(2_999_999) == []
    assert ear.due(3_000_000) == [DOWN] and ear.deadline() is None


def test_a_fall_that_is_taken_back_never_was() -> None:
    ear = held_back()
    assert not ear.take(0, UP, DOWN)
    assert ear.take(1_000_000, UP, UP)
    assert ear.deadline() is None


def test_news_of_a_fallen_link_do_not_put_its_fall_off() -> None:
    ear = held_back()
    assert not ear.take(0, UP, DOWN)
    assert not ear.take(1_500_000, UP, replace(DOWN, mtu=1400))
    assert ear.due(2_000_000) == [replace(DOWN, mtu=1400)]


def test_a_rise_has_a_delay_of_its_own() -> None:
    ear = held_back()
    assert not ear.take(0, DOWN, UP)
    assert ear.deadline() == 500_000


def test_what_is_new_or_gone_or_of_another_link_counts_at_once() -> None:
    ear = held_back()
    other = replace(UP, name="eth1")
    assert ear.take(0, None, DOWN) and ear.take(0, other, replace(other, running=False))
    assert not ear.take(0, UP, DOWN)
    ear.forget("eth0")
    assert ear.deadline() is None


def test_a_virtual_link_goes_by_the_delays_of_the_one_below() -> None:
    ear = held_back()
    virtual = replace(UP, name="vrrp.51", parent=2)
    assert not ear.take(0, virtual, replace(virtual, running=False), "eth0")
