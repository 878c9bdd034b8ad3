"""Ours and real keepalived 2.2.7 as the two directors of case study XI, VRRP part, in both roles.

The pair is started once for each mixture; every test begins and ends in the initial distribution.
"""

from __future__ import annotations

import pytest
from tests.lab.judge import complaints, kinds
from tests.lab.mastership import INITIAL, all_on
from tests.lab.network import mac
from tests.lab.pair import START_S, Pair, now_us

MIXTURES = [("ours", "real"), ("real", "ours")]
MASTER_DOWN_MS, SKEW_MS, ADVERT_MS = 3609.4, 609.4, 1000.0
TOLERANCE_MS = 150.0
"""For two programs, two captures and whatever else this machine does meanwhile."""

pytestmark = [
    pytest.mark.netns,
    pytest.mark.parametrize("pair", MIXTURES, indirect=True, ids="-".join, scope="module"),
]


def test_each_director_is_master_of_its_half(pair: Pair) -> None:
    pair.settle()
    assert pair.rule.masters() == INITIAL


@pytest.mark.parametrize(
    ("gone", "left", "ids"),
    [("director1", "director2", (51, 52)), ("director2", "director1", (53, 54))],
)
def test_the_other_takes_over_when_the_host_is_gone_and_gives_back_when_it_returns(
    pair: Pair, gone: str, left: str, ids: tuple[int, int]
) -> None:
    pair.settle()
    at_us = now_us()
    assert pair.rule.crash(gone) >= 2
    pair.rule.wait_for(all_on(left), 6.0)
    for router_id in ids:
        took_ms = pair.rule.handover_ms(router_id, at_us, gone, left)
        assert abs(took_ms - MASTER_DOWN_MS) < TOLERANCE_MS, f"{router_id} took {took_ms} ms"
    pair.network.reboot(gone)
    pair.start(gone)
    pair.rule.wait_for(INITIAL, START_S)


@pytest.mark.parametrize(
    ("stopped", "left", "ids"),
    [("director1", "director2", (51, 52)), ("director2", "director1", (53, 54))],
)
def test_a_clean_stop_hands_over_within_the_skew_and_leaves_no_address(
    pair: Pair, stopped: str, left: str, ids: tuple[int, int]
) -> None:
    pair.settle()
    at_us = now_us()
    assert pair.rule.daemons[stopped].stop() == 0
    own = pair.network.host(stopped).run("ip", "-o", "-4", "addr", "show", "scope", "global")
    assert own.count("inet ") == 2, own
    pair.rule.wait_for(all_on(left), 3.0)
    for router_id in ids:
        last = [a for a in pair.rule.wire.since(at_us, router_id) if a.priority == 0]
        assert len(last) == 1, f"farewells of {router_id}: {last}"
        took_ms = pair.rule.handover_ms(router_id, at_us, stopped, left)
        assert took_ms < SKEW_MS + TOLERANCE_MS, f"{router_id} took {took_ms} ms"
    pair.start(stopped)
    pair.rule.wait_for(INITIAL, START_S)


@pytest.mark.parametrize(
    ("director", "other", "lan"),
    [
        ("director1", "director2", 200),
        ("director1", "director2", 100),
        ("director2", "director1", 200),
    ],
)
def test_one_link_down_moves_all_four_instances_and_its_return_brings_them_back(
    pair: Pair, director: str, other: str, lan: int
) -> None:
    """The guide, end of section X: the sync groups move as one."""
    pair.settle()
    pair.network.pull(director, lan)
    pair.rule.wait_for(all_on(other), 3 * ADVERT_MS / 1000 + 3.0)
    pair.network.push(director, lan)
    pair.rule.wait_for(INITIAL, START_S)


def test_tshark_has_no_complaint_about_any_packet_of_ours(pair: Pair) -> None:
    pair.settle()
    for director in (name for name, kind in pair.kinds.items() if kind == "ours"):
        for lan in (200, 100):
            capture = pair.capture(director, lan, mac(director, lan))
            seen = kinds(capture)
            assert {"VRRP", "ARP"} <= set(seen), f"{director} on {lan}: only {seen}"
            assert complaints(capture) == [], f"{director} on LAN {lan}"
