"""What cannot be done yet is not done in another way."""

from __future__ import annotations

import pytest

from keepalived.config.load import load_text
from keepalived.config.refusals import INSTANCE as REFUSED
from keepalived.config.views import router_config
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.lang.fault import Severity
from keepalived.lang.words import block_of

INSTANCE = (
    "vrrp_script S {\nscript /bin/true\n}\n"
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n%s\n"
    "virtual_ipaddress {\n10.0.0.1%s\n}\n}\n"
)
WORDS = (
    *("no_accept", "use_vmac", "dont_track_primary"),
    "virtual_routes {\n10.0.0.0/24 via 10.0.0.1\n}",
)
SERVICE = (
    "virtual_server %s {\nprotocol %s\nlb_algo rr\nlb_kind %s\n"
    "real_server 10.0.0.2 80 {\n%s\n}\n}\n"
)


def runs(text: str) -> bool:
    """Say whether the instance runs; where it does not, a remark says so."""
    found = load_text(text)
    assert [fault for fault in found.faults if fault.status] == []
    told = any("the instance will not run" in fault.what for fault in found.faults)
    made = bool(router_config(found.config, "here").instances)
    assert told is not made
    return made


@pytest.mark.parametrize("words", WORDS)
def test_an_instance_that_asks_for_what_is_not_here_yet_is_not_run(words: str) -> None:
    assert not runs(INSTANCE % (words, ""))
    assert runs(INSTANCE % ("", ""))


@pytest.mark.parametrize("words", [" peer 10.0.0.9", " dev eth1 use_vmac"])
def test_an_address_that_cannot_be_held_as_written_keeps_its_instance_back(words: str) -> None:
    assert not runs(INSTANCE % ("", words))


def test_a_global_word_keeps_every_instance_back_that_takes_it_over() -> None:
    assert not runs("global_defs {\nvrrp_strict\n}\n" + INSTANCE % ("", ""))


def test_an_instance_that_says_otherwise_is_run() -> None:
    assert runs("global_defs {\nvrrp_strict\n}\n" + INSTANCE % ("strict_mode off", ""))


def test_only_words_that_wait_for_their_work_are_refused() -> None:
    waiting = {row.field for row in block_of(VrrpInstance).rows if row.awaits}
    assert set(REFUSED) <= waiting


@pytest.mark.parametrize(
    ("head", "protocol", "kind", "inside"),
    [
        ("10.0.0.1 80", "TCP", "NAT", "SMTP_CHECK {\n}"),
        ("10.0.0.1 80", "TCP", "NAT", "DNS_CHECK {\n}"),
        ("10.0.0.1 80", "TCP", "NAT", "UDP_CHECK {\n}"),
        ("10.0.0.1 80", "TCP", "NAT", "PING_CHECK {\n}"),
        ("10.0.0.1 80", "TCP", "NAT", "MISC_CHECK {\nmisc_path /bin/true\nmisc_dynamic\n}"),
        ("10.0.0.1 80", "TCP", "NAT", 'HTTP_GET {\nurl {\npath /\nregex "a"\n}\n}'),
        ("10.0.0.1 80", "TCP", "NAT", "lvs_method DR"),
        ("10.0.0.1 80", "SCTP", "NAT", ""),
        ("10.0.0.1 80", "TCP", "TUN type gue port 6080", ""),
        ("group G", "TCP", "NAT", ""),
    ],
)
def test_a_pool_that_cannot_be_kept_as_written_stops_a_start_and_no_test(
    head: str, protocol: str, kind: str, inside: str
) -> None:
    group = "virtual_server_group G {\n10.0.0.1 80\n}\n" if head.startswith("group") else ""
    found = load_text(group + SERVICE % (head, protocol, kind, inside))
    assert found.worst is Severity.FATAL
    assert [fault for fault in found.faults if fault.status] == []
