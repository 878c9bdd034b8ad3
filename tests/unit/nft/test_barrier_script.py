"""The tables of barriers as text: both families, with numbers, counters, and without detours."""

from __future__ import annotations

from keepalived.linux.barrier_script import script
from keepalived.linux.barriers import Firewall
from keepalived.wire.addresses import Family


def test_a_table_replaces_its_predecessor_in_one_transaction() -> None:
    text = script(Family.INET, "mine", Firewall())
    assert text.startswith("table ip mine {}\ndelete table ip mine\ntable ip mine {\n")


def test_without_detours_only_barriers_are_left() -> None:
    for family in Family:
        text = script(family, "keepalived", Firewall(), detours=False)
        assert "vmac" not in text and "dup" not in text
        assert text.count("@vips drop") == 2 and text.count("{") == text.count("}")


def test_neighbours_are_let_through_before_anything_is_dropped() -> None:
    text = script(Family.INET6, "keepalived", Firewall())
    for chain in ("chain out", "chain in "):
        rules = text[text.index(chain) :]
        assert rules.index("nd-neighbor-solicit") < rules.index("@vips")


def test_counters_priority_and_numbers_of_links_are_as_asked_for() -> None:
    text = script(Family.INET6, "k", Firewall("k", -7, by_number=True, counts=True))
    assert "priority -7;" in text and "@vips counter drop" in text
    assert "type ipv6_addr . iface_index" in text and "meta iif @vips_link_local" in text
