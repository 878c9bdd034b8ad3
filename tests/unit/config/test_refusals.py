"""What cannot be done yet is not done in another way."""

from __future__ import annotations

import pytest

from keepalived.config.load import load_text
from keepalived.lang.fault import Severity

SERVICE = (
    "virtual_server %s {\nprotocol %s\nlb_algo rr\nlb_kind %s\n"
    "real_server 10.0.0.2 80 {\n%s\n}\n}\n"
)


@pytest.mark.parametrize(
    ("head", "protocol", "kind", "inside"),
    [
        ("10.0.0.1 80", "TCP", "NAT", 'HTTP_GET {\nurl {\npath /\nregex "("\n}\n}'),
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
