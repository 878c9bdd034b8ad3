"""Trees to objects: what counts, what is remarked on, and where the blame falls."""

from __future__ import annotations

from keepalived.config.load import load_text
from keepalived.lang.fault import Severity


def whats(text: str) -> list[str]:
    """Give what a file's faults say, with their lines."""
    return [f"{fault.place.line} {fault.what}" for fault in load_text(text).faults]


def test_the_last_of_a_keyword_counts_and_the_first_of_a_script() -> None:
    loaded = load_text(
        "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\npriority 10\npriority 20\n"
        "notify_master /a\nnotify_master /b\nvirtual_ipaddress {\n10.0.0.1\n}\n}"
    )
    (instance,) = loaded.config.instances
    assert instance.priority == 20
    assert instance.notify_master is not None and instance.notify_master.argv == ("/a",)
    assert [fault.place.line for fault in loaded.faults] == [7]


def test_global_blocks_add_up() -> None:
    settings = load_text(
        "global_defs {\nrouter_id A\nnotification_email {\na@b\n}\n}\n"
        "global_defs {\nsmtp_server h\nnotification_email {\nc@d e@f\n}\n}"
    ).config.globals
    assert settings is not None
    assert settings.router_id == "A" and settings.smtp_server == ("h", 25)
    assert settings.notification_email == ("a@b", "c@d", "e@f")


def test_both_forms_of_a_sync_group_mean_the_same() -> None:
    vis = "".join(
        f"vrrp_instance {name} {{\ninterface eth{at}\nvirtual_router_id 1\n"
        f"virtual_ipaddress {{\n10.0.0.{at + 1}\n}}\n}}\n"
        for at, name in enumerate("AB")
    )
    new = load_text(vis + "vrrp_sync_group G {\ngroup {\nA\nB\n}\n}")
    old = load_text(vis + "vrrp_sync_group G {\nA\nB\n}")
    assert new.config == old.config
    assert new.faults == ()
    assert [fault.severity for fault in old.faults] == [Severity.REMARK]


def test_a_bare_word_that_looks_like_a_keyword_is_no_member() -> None:
    assert whats("vrrp_sync_group G {\nnotify_mastr /a\npriority 5\n}")[:2] == [
        "1 G has no members and is left out",
        "2 unknown keyword 'notify_mastr'",
    ]


def test_words_behind_a_value_are_passed_over_with_a_remark() -> None:
    loaded = load_text("global_defs {\nrouter_id A B C\n}")
    assert loaded.config.globals is not None and loaded.config.globals.router_id == "A"
    assert [(f.severity, f.place.column) for f in loaded.faults] == [(Severity.REMARK, 13)]


def test_an_unknown_block_is_one_fault_whatever_is_in_it() -> None:
    assert whats("vrrp_scrpt x {\nscript /a\ninterval 2\nweight {\n}\n}") == [
        "1 unknown keyword 'vrrp_scrpt'"
    ]


def test_the_same_words_are_read_alike_wherever_they_stand() -> None:
    text = "".join(
        f"virtual_server 10.0.0.{at} 80 {{\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n"
        "delay_loop 7\nreal_server 10.1.0.1 80 {\nweight 1000\n}\n}\n"
        for at in range(1, 9)
    )
    loaded = load_text(text)
    assert loaded.faults == ()
    assert {service.delay_loop_us for service in loaded.config.services} == {7_000_000}
    assert [service.place.line for service in loaded.config.services[:3]] == [1, 10, 19]


def test_a_number_of_a_thousand_digits_and_one_of_another_script_are_mistakes() -> None:
    for number in ("9" * 900, "٣", "²", "1_0", "0x10", "+5", "-"):
        assert (
            len(
                whats(
                    f"vrrp_instance A {{\ninterface e\nvirtual_router_id {number}\n"
                    "virtual_ipaddress {\n10.0.0.1\n}\n}"
                )
            )
            == 1
        )
