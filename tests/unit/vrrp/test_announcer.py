"""How often a master announces its addresses: the words of gratuitous ARP at work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.vrrp.rooms import MAC, instance, line

from keepalived.config.load import load_text
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.garp import Announcer
from keepalived.core.vrrp.holdings import Holdings
from keepalived.port.facts import Link
from keepalived.port.resources import HeldLink

LINKS = {"eth0": Link(index=2, name="eth0", mac=MAC, mtu=1500, admin_up=True, running=True)}
SECOND = 1_000_000


def story(
    config: VrrpInstance, until_s: int, lower: bool = False, links: Mapping[str, Link] = LINKS
) -> list[tuple[int, int]]:
    """Lead, and give the seconds at which how many frames go out."""
    announcer = Announcer()
    announcer.lead(0, config)
    told = [(0, len(announcer.announce(0, config, links, lower)))]
    while (due := min((d for d in announcer.dues if d is not None), default=None)) is not None:
        if due > until_s * SECOND:
            break
        told.append((due // SECOND, len(announcer.due(due, config, links))))
    return [each for each in told if each[1]]


def test_a_new_master_announces_twice_five_times() -> None:
    assert story(instance(), 100) == [(0, 5), (5, 5)]


def test_repeat_and_delay_are_as_given() -> None:
    config = instance(garp_master_repeat=2, garp_master_delay_us=3 * SECOND)
    assert story(config, 100) == [(0, 2), (3, 2)]
    assert story(instance(garp_master_delay_us=0), 100) == [(0, 5)]


def test_a_master_refreshes_what_it_announced() -> None:
    config = instance(
        garp_master_repeat=1,
        garp_master_delay_us=0,
        garp_master_refresh_us=10 * SECOND,
        garp_master_refresh_repeat=2,
    )
    assert story(config, 35) == [(0, 1), (10, 2), (20, 2), (30, 2)]


def test_an_answer_to_a_lower_master_has_its_own_number() -> None:
    config = instance(garp_lower_prio_repeat=3, garp_lower_prio_delay_us=0)
    assert story(config, 100, lower=True) == [(0, 3)]
    assert story(instance(garp_lower_prio_repeat=0), 100, lower=True) == []
    assert story(instance(garp_master_repeat=2), 100, lower=True) == [(0, 2), (5, 2)]


def test_who_no_longer_leads_announces_nothing() -> None:
    announcer = Announcer()
    config = instance(garp_master_refresh_us=SECOND)
    announcer.lead(0, config)
    announcer.announce(0, config, LINKS, False)
    announcer.rest()
    assert set(announcer.dues) == {None}


def test_addresses_on_other_links_are_announced_again_and_again() -> None:
    lines = (line("10.0.0.100"), line("10.0.1.1", dev="eth1"), line("10.0.2.1", link="vrrp.9"))
    more = {"eth1": Link(3, "eth1", MAC), "vrrp.9": Link(4, "vrrp.9", MAC)}
    quiet: dict[str, Any] = {
        "garp_master_repeat": 1,
        "garp_master_delay_us": 0,
        "virtual_ipaddress": lines,
    }
    held = Holdings(links=(HeldLink("vrrp.9", "eth1"),))
    for everywhere, frames in ((False, 1), (True, 2)):
        config = instance(holdings=held, garp_extra_if=(10, everywhere), **quiet)
        assert story(config, 25, links={**LINKS, **more}) == [(0, 3), (10, frames), (20, frames)]


def test_the_times_of_a_file_are_its_seconds() -> None:
    text = (
        "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\ngarp_master_repeat 1\n"
        "garp_master_delay 2\ngarp_extra_if all 3\ngarp_master_refresh 5\n"
        "virtual_ipaddress {\n10.0.0.1\n10.0.1.1 dev eth1\n}\n}\n"
    )
    links = {**LINKS, "eth1": Link(3, "eth1", MAC)}
    told = story(load_text(text).config.instances[0], 7, links=links)
    assert told == [(0, 2), (2, 2), (3, 1), (5, 2), (6, 1)]


def test_announcements_in_a_row_have_a_bound_and_who_asks_for_more_is_told() -> None:
    text = (
        "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n"
        "garp_master_repeat 2147483647\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n"
    )
    loaded = load_text(text)
    assert ["no more than 1000" in fault.what for fault in loaded.faults] == [True]
    assert story(loaded.config.instances[0], 1) == [(0, 1000)]
