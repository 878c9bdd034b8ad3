"""Words of a service against their neighbours."""

from __future__ import annotations

import pytest

from keepalived.config.load import child_text, load_text
from keepalived.core.lvs.config import VirtualServer

SERVICE = (
    "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n%s\n"
    "real_server 10.0.0.2 80 {\n%s\n}\nreal_server 10.0.0.3 80 {\nweight 4\n}\n}\n"
)


def settled(words: str, server: str = "") -> tuple[VirtualServer, list[str]]:
    found = load_text(SERVICE % (words, server))
    return found.config.services[0], [fault.what for fault in found.faults if fault.status]


@pytest.mark.parametrize(
    ("words", "field", "counts"),
    [
        ("sh-port", "sh_port", False),
        ("mh-fallback", "mh_fallback", False),
        ("ops", "ops", False),
        ("quorum 9", "quorum", 5),
        ("hysteresis 3", "hysteresis", 0),
        ("quorum 4\nhysteresis 4", "hysteresis", 3),
        ("sorry_server_inhibit", "sorry_server_inhibit", False),
        ("ip_family inet6", "ip_family", ""),
    ],
)
def test_what_does_nothing_or_cannot_be_is_said_once_and_put_right(
    words: str, field: str, counts: object
) -> None:
    service, faults = settled(words)
    assert len(faults) == 1
    assert getattr(service, field) == counts


@pytest.mark.parametrize(
    "words", ["lvs_sched sh\nsh-port", "quorum 5\nhysteresis 4", "sorry_server 10.0.0.9 80"]
)
def test_what_goes_together_is_left_alone(words: str) -> None:
    assert settled(words)[1] == []


def test_servers_without_a_weight_have_that_of_the_service() -> None:
    service, faults = settled("weight 3\nquorum 7")
    assert [server.weight for server in service.servers] == [3, 4]
    assert faults == []


@pytest.mark.parametrize(
    "check",
    [
        "TCP_CHECK {\nbindto 2001:db8::1\n}",
        "SMTP_CHECK {\nhost {\nbindto 2001:db8::1\n}\n}",
        "UDP_CHECK {\nmin_reply_length 300\n}",
    ],
)
def test_a_check_that_can_never_pass_is_an_error(check: str) -> None:
    assert len(settled("", check)[1]) == 1


def test_what_a_reload_sends_keeps_a_weight_that_is_the_usual_one() -> None:
    found = load_text(SERVICE % ("weight 3", "weight 1"))
    again = load_text(child_text(found.config, "checker")).config.services
    assert [server.weight for server in again[0].servers] == [1, 4]
