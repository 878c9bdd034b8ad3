"""The text that nft is given, as far as it can be judged without a kernel."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepalived.linux.masquerade import whole as masquerade_script
from keepalived.linux.nft_process import NFT_MISSING, errno_in, first_words
from keepalived.linux.nft_script import (
    MOST_SLOTS,
    Pool,
    _shares,
    difference,
    unable,
    whole,
)
from keepalived.port.resources import Forwarding, Server, Service, ServiceKey
from keepalived.wire.addresses import Family

KEY = ServiceKey(Family.INET, 6, ip_address("10.0.0.1"), 80)


def _server(number: int, weight: int = 1, port: int = 80) -> Server:
    return Server(KEY, ip_address(f"10.1.0.{number}"), port, weight)


def _pool(scheduler: str, *weights: int, persistence_s: int = 0) -> Pool:
    servers = tuple(_server(n, weight) for n, weight in enumerate(weights, 1))
    return Pool(Service(KEY, scheduler, persistence_s), servers)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=12))
def test_shares_fill_a_turn_and_are_in_proportion_to_the_weights(weights: list[int]) -> None:
    for scheduler in ("wrr", "sh"):
        shares = _shares(_pool(scheduler, *weights))
        counted: Counter[Server] = Counter()
        expected = 0
        for first, last, server in shares:
            assert first == expected <= last
            expected = last + 1
            counted[server] += last - first + 1
        turn = sum(counted.values())
        for server, slots in counted.items():
            assert slots * sum(weights) == server.weight * turn
        assert len(counted) == sum(1 for weight in weights if weight)


def test_wrr_is_interleaved_up_to_a_limit() -> None:
    names = [s.address.packed[-1] for _, _, s in _shares(_pool("wrr", 2, 1))]
    assert names == [1, 2, 1]
    assert len(_shares(_pool("wrr", MOST_SLOTS, MOST_SLOTS - 1))) == 2
    assert len(_shares(_pool("wrr", 1000, 500))) == 3


def test_the_heaviest_weights_still_fit_into_the_kernels_counter() -> None:
    shares = _shares(_pool("wrr", 2**31 - 1, 2**31 - 2, 2**31 - 3, 1))
    assert len(shares) == 4
    assert shares[-1][1] < 2**32
    sizes = [last - first + 1 for first, last, _ in shares]
    assert max(sizes[:3]) - min(sizes[:3]) < 3
    assert sizes[3] == 1


def test_weights_count_for_wrr_and_sh_and_not_for_rr_and_dh() -> None:
    for scheduler, turn in (("rr", 3), ("dh", 3), ("wrr", 7), ("sh", 7), ("lc", 3), ("wlc", 7)):
        assert _shares(_pool(scheduler, 4, 2, 1, 0))[-1][1] == turn - 1, scheduler


def test_a_service_that_stays_as_it_is_is_not_in_the_transaction() -> None:
    pool = _pool("wrr", 2, 1)
    assert difference("t", {KEY: pool}, {KEY: pool}) == ""
    assert difference("t", {}, {KEY: None}) == ""


def test_a_change_of_weight_touches_only_the_services_own_chain() -> None:
    before = _pool("wrr", 1, 1, persistence_s=50)
    after = _pool("wrr", 2, 1, persistence_s=50)
    lines = difference("t", {KEY: before}, {KEY: after}).splitlines()
    assert lines[0] == "flush chain inet t tcp-10.0.0.1-80"
    assert all(line.startswith("add rule inet t tcp-10.0.0.1-80 ") for line in lines[1:])


def test_another_granularity_forgets_who_stayed_where() -> None:
    before = _pool("rr", 1, 1, persistence_s=50)
    after = Pool(replace(before.service, granularity=24), before.servers)
    text = difference("t", {KEY: before}, {KEY: after})
    assert "flush set inet t tcp-10.0.0.1-80/10.1.0.1-80\n" in text
    assert "update @tcp-10.0.0.1-80/10.1.0.1-80 { ip saddr & 255.255.255.0 timeout 50s }" in text


def test_a_server_that_leaves_takes_its_chain_and_its_clients_along() -> None:
    before = _pool("rr", 1, 1, persistence_s=50)
    after = Pool(before.service, before.servers[:1])
    text = difference("t", {KEY: before}, {KEY: after})
    assert text.index("flush chain inet t tcp-10.0.0.1-80/10.1.0.2-80\n") < text.index(
        "delete chain inet t tcp-10.0.0.1-80/10.1.0.2-80\n"
    )
    assert text.endswith("delete set inet t tcp-10.0.0.1-80/10.1.0.2-80\n")


def test_the_empty_table_is_no_table() -> None:
    assert whole("t", {}) == "table inet t {}\ndelete table inet t\n"
    assert masquerade_script("m", ()) == "table inet m {}\ndelete table inet m\n"


def test_masqueraded_networks_stand_in_the_set_of_their_family() -> None:
    text = masquerade_script("m", [ip_network("10.1.0.0/24"), ip_network("fd01::/64")])
    assert "set networks-ip { type ipv4_addr; flags interval; auto-merge;" in text
    assert "elements = { fd01::/64 }" in text


@pytest.mark.parametrize(
    ("resource", "word"),
    [
        (Service(KEY, "sed"), "sed"),
        (Service(KEY, "sh", flags=0x8), "flags"),
        (Service(replace(KEY, protocol=132), "rr"), "132"),
        (Server(KEY, ip_address("10.1.0.1"), 80, 1, Forwarding.DR), "DR"),
        (Server(KEY, ip_address("10.1.0.1"), 80, 1, upper_threshold=5), "threshold"),
        (Server(KEY, ip_address("fd00::1"), 80), "family"),
    ],
)
def test_what_the_plane_cannot_do_has_a_sentence(resource: Service | Server, word: str) -> None:
    assert word in (unable(resource) or "")
    assert unable(Service(KEY, "wlc")) is None
    assert unable(_server(1)) is None


def test_nfts_words_are_cut_to_the_first_complaint() -> None:
    words = (
        "/dev/stdin:3:1-5: Error: Could not process rule: Operation not supported\n"
        "table ip x\n^^^^^\n/dev/stdin:4:1-2: Error: No such file or directory\n"
    )
    told = "Could not process rule: Operation not supported in 'table ip x'"
    assert first_words(words) == told
    assert first_words("nft: cannot do that\n") == "nft: cannot do that"
    assert errno_in(first_words(words)) == 95
    assert errno_in(NFT_MISSING) == 2
    assert errno_in("nft ended with status -9") == 5
    assert first_words("") == ""
