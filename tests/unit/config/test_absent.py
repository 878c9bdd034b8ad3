"""A word with nothing behind it: told like any mistake, with the status of upstream's stop."""

from __future__ import annotations

import pytest

from keepalived.config.load import exit_class, load_text

ROUTER = """vrrp_instance A {{
 interface eth0
 virtual_router_id 5
 {}
 virtual_ipaddress {{
  10.0.0.1
 }}
}}
"""


@pytest.mark.parametrize("word", ["priority", "advert_int # no number", "mcast_src_ip ! none"])
def test_most_words_without_a_value_end_upstreams_test_with_2(word: str) -> None:
    faults = load_text(ROUTER.format(word) + "nonsense\n").faults
    assert exit_class(faults) == 2
    assert any("nonsense" in fault.what for fault in faults), "here reading goes on"


@pytest.mark.parametrize("word", ["garp_extra_if", "kernel_rx_buf_size"])
def test_some_are_only_told_of(word: str) -> None:
    assert exit_class(load_text(ROUTER.format(word)).faults) == 5


def test_a_wrong_value_is_another_mistake() -> None:
    assert exit_class(load_text(ROUTER.format("priority many")).faults) == 5
    assert exit_class(load_text(ROUTER.format("priority 7")).faults) == 0


def test_a_pair_of_words_that_is_missing_counts_as_well() -> None:
    assert exit_class(load_text("global_defs {\n smtp_server\n}\n").faults) == 2
