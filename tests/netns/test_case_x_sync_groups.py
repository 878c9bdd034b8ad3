"""The guide's own words on sync groups, end of section X, with ours on both directors.

"If eth0 on LVS director 1 fails", all four instances end on director 2; "if eth0 on LVS director 1
became available the distribution will transition back to the initial state".
"""

from __future__ import annotations

import pytest
from tests.lab.judge import complaints
from tests.lab.mastership import INITIAL, all_on
from tests.lab.network import mac
from tests.lab.pair import START_S, Pair

pytestmark = [
    pytest.mark.netns,
    pytest.mark.parametrize(
        "pair", [("ours", "ours")], indirect=True, ids="-".join, scope="module"
    ),
]


def test_eth0_without_carrier_moves_everything_to_director_2_and_back(pair: Pair) -> None:
    pair.settle()
    pair.network.pull("director1", 200)
    pair.rule.wait_for(all_on("director2"), 6.0)
    pair.network.push("director1", 200)
    pair.rule.wait_for(INITIAL, START_S)


def test_eth0_set_down_by_hand_moves_everything_to_director_2_and_back(pair: Pair) -> None:
    pair.settle()
    pair.network.host("director1").ip("link set eth0 down")
    pair.rule.wait_for(all_on("director2"), 6.0)
    pair.network.host("director1").ip("link set eth0 up")
    pair.rule.wait_for(INITIAL, START_S)


def test_one_director_alone_owns_everything_and_shares_when_the_other_comes(pair: Pair) -> None:
    """The guide's `ip address list` of section X, before and after director 2 starts."""
    pair.settle()
    assert pair.rule.daemons["director2"].stop() == 0
    pair.rule.wait_for(all_on("director1"), 3.0)
    shown = pair.network.host("director1").addresses("eth0")
    assert [a for a in shown if a.endswith("/32")] == [
        "192.168.200.10/32",
        "192.168.200.11/32",
        "192.168.200.12/32",
        "192.168.200.13/32",
    ]
    pair.start("director2")
    pair.rule.wait_for(INITIAL, START_S)


def test_tshark_has_no_complaint_about_any_packet_of_the_two(pair: Pair) -> None:
    pair.settle()
    for director in pair.kinds:
        for lan in (200, 100):
            assert complaints(pair.capture(director, lan, mac(director, lan))) == []
