"""What means nothing is left out with a remark; a release complains of it, without a line."""

from __future__ import annotations

import pytest

from keepalived.config.load import Loaded, load, load_text
from keepalived.lang.fault import Severity

MARKED = (
    "virtual_server fwmark 3 {\nlb_algo rr\n%s\n"
    "real_server 10.0.0.1%s {\nTCP_CHECK {\nconnect_port 80\n}\n}\n}\n"
)
SIGNED = (
    "vrrp_instance A {\nstate MASTER\npriority 9\ninterface eth0\nvirtual_router_id 1\n"
    "authentication {\nauth_type AH\nauth_pass x\n}\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n"
)


def both(text: str) -> tuple[Loaded, Loaded]:
    """Read a text in our own tongue, and as 2.2.7 does."""
    return load_text(text), load("a.conf", lambda _: (("a.conf", text),), "2.2.7")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MARKED % ("lb_kind NAT\nprotocol TCP", " 80"), "any protocol; TCP is left out"),
        (MARKED % ("lb_kind DR", " 80"), "real_server 10.0.0.1 cannot have port 80"),
        (MARKED % ("lb_kind TUN\nsorry_server 10.0.0.9 80", ""), "sorry_server 10.0.0.9 cannot"),
        (SIGNED, "it starts as BACKUP"),
    ],
)
def test_what_means_nothing_is_a_remark_here_and_an_error_there(text: str, said: str) -> None:
    here, there = both(text)
    ours = [fault for fault in here.faults if said in fault.what]
    theirs = [fault for fault in there.faults if said in fault.what]
    assert [fault.severity for fault in ours] == [Severity.REMARK]
    assert ours[0].place.line
    assert [(fault.severity, fault.place.line) for fault in theirs] == [(Severity.ERROR, 0)]


def test_a_service_by_mark_has_no_protocol() -> None:
    (service,) = load_text(MARKED % ("lb_kind NAT\nprotocol TCP", " 80")).config.services
    assert service.protocol == ""


@pytest.mark.parametrize("words", [("lb_kind NAT", " 80"), ("lb_kind DR", "")])
def test_a_service_by_mark_with_nothing_too_much_brings_nothing(words: tuple[str, str]) -> None:
    here, there = both(MARKED % words)
    assert [fault.what for fault in (*here.faults, *there.faults) if fault.status] == []
    assert not [
        fault for fault in here.faults if "cannot" in fault.what or "left out" in fault.what
    ]
