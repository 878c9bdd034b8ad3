"""What does not go together in an election is reset with a message, and strict mode is strict."""

from __future__ import annotations

import pytest

from keepalived.config.load import load_text
from keepalived.core.vrrp.config import VrrpInstance

INSTANCE = (
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n%s\n"
    "virtual_ipaddress {\n10.0.0.1\n}\n}\n"
)


def settled(words: str) -> tuple[VrrpInstance, list[str]]:
    found = load_text(INSTANCE % words)
    return found.config.instances[0], [fault.what for fault in found.faults if fault.status]


@pytest.mark.parametrize(
    ("words", "field", "value", "what"),
    [
        ("state MASTER\npriority 9\nnopreempt", "nopreempt", False, "state MASTER"),
        ("priority 255\nnopreempt", "nopreempt", False, "priority 255"),
        ("nopreempt\npreempt_delay 5", "preempt_delay_us", 0, "nopreempt"),
        ("state MASTER\npriority 9\npreempt_delay 5", "preempt_delay_us", 0, "state MASTER"),
        ("strict_mode on\nstate MASTER\npriority 9", "state", "BACKUP", "owner"),
        ("strict_mode on\npreempt_delay 5", "preempt_delay_us", 0, "preempt_delay"),
        ("strict_mode on\ndown_timer_adverts 5", "down_timer_adverts", 3, "3 silent"),
        ("strict_mode on\ngarp_lower_prio_repeat 2", "garp_lower_prio_repeat", 0, "announce"),
        ("strict_mode on\nhigher_prio_send_advert", "higher_prio_send_advert", False, "another"),
        ("strict_mode on\nlower_prio_no_advert off", "lower_prio_no_advert", True, "lesser"),
        ("strict_mode on\naccept", "no_accept", True, "owner only"),
        ("strict_mode on\nunicast_peer {\n10.0.0.9\n}", "unicast_peers", (), "multicast"),
        (
            "strict_mode on\nauthentication {\nauth_type PASS\nauth_pass x\n}",
            "authentication",
            None,
            "no authentication",
        ),
    ],
)
def test_what_does_not_go_together_is_reset_and_told(
    words: str, field: str, value: object, what: str
) -> None:
    instance, faults = settled(words)
    assert getattr(instance, field) == value
    assert any(what in fault for fault in faults), faults


def test_strict_mode_of_the_globals_is_each_instance_s_unless_it_says_off() -> None:
    strict = load_text("global_defs {\nvrrp_strict\n}\n" + INSTANCE % "priority 9")
    assert strict.config.instances[0].lower_prio_no_advert is True
    lax = load_text("global_defs {\nvrrp_strict\n}\n" + INSTANCE % "strict_mode off")
    assert lax.config.instances[0].lower_prio_no_advert is None


def test_an_owner_in_strict_mode_starts_as_master_and_takes_packets() -> None:
    instance, faults = settled("strict_mode on\npriority 255")
    assert (instance.state, instance.no_accept, faults) == ("MASTER", False, [])


def test_with_ah_a_master_to_be_starts_as_backup_as_the_guides_own_files_have_it() -> None:
    text = "state MASTER\npriority 9\nauthentication {\nauth_type AH\nauth_pass x\n}"
    instance, faults = settled(text)
    assert instance.state == "BACKUP"
    assert faults == []


def test_an_instance_that_loses_its_peers_and_has_no_link_is_fatal() -> None:
    text = (
        "vrrp_instance A {\nvirtual_router_id 1\nunicast_src_ip 10.0.0.8\nstrict_mode on\n"
        "unicast_peer {\n10.0.0.9\n}\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n"
    )
    found = load_text(text)
    assert found.config.instances == ()
    assert any("no unicast_peer is left" in fault.what for fault in found.faults)
