"""What the nftables plane says to a file."""

from __future__ import annotations

import pytest

from keepalived.config.load import load_text
from keepalived.config.plane_rules import plane_faults, plane_remarks
from keepalived.core.lvs.config import SCHEDULERS
from keepalived.lang.fault import Severity
from keepalived.port.planes import NFT_SCHEDULERS

SERVICE = """
virtual_server {head} {{
    lb_algo {algo}
    lb_kind {kind}
    protocol TCP
    sorry_server {sorry} 80
    real_server {server} 80 {{
        weight 1
    }}
}}
"""


def _text(
    algo: str = "rr",
    kind: str = "NAT",
    head: str = "10.0.0.1 80",
    server: str = "10.1.0.1",
    sorry: str = "10.1.0.9",
) -> str:
    return SERVICE.format(algo=algo, kind=kind, head=head, server=server, sorry=sorry)


@pytest.mark.parametrize("algo", SCHEDULERS)
def test_each_scheduler_is_done_or_a_fault_and_never_silently_another(algo: str) -> None:
    config = load_text(_text(algo)).config
    faults = plane_faults(config, "nftables")
    remarks = plane_remarks(config, "nftables")
    if algo not in NFT_SCHEDULERS:
        (fault,) = faults
        assert f"cannot do lb_algo {algo}" in fault.what
        assert fault.severity is Severity.FATAL
        assert fault.place.line == 2
        assert fault.remedy
        assert remarks == ()
    else:
        assert faults == ()
        assert len(remarks) == (algo in ("lc", "wlc", "lblc"))
    assert plane_faults(config, "ipvs") == ()
    assert plane_remarks(config, "ipvs") == ()


@pytest.mark.parametrize("kind", ["DR", "TUN"])
def test_methods_other_than_nat_are_faults(kind: str) -> None:
    (fault,) = plane_faults(load_text(_text(kind=kind)).config, "nftables")
    assert f"cannot do lb_kind {kind}" in fault.what


def test_servers_of_the_other_family_are_faults_with_their_own_line() -> None:
    config = load_text(_text(kind="TUN", server="fd00::1", sorry="fd00::9")).config
    faults = plane_faults(config, "nftables")
    assert [fault.place.line for fault in faults] == [2, 7, 2]
    assert "fd00::1" in faults[1].what


def test_what_stands_in_is_said_once_for_each_scheduler() -> None:
    text = "".join(_text("wlc", head=f"10.0.0.{n} 80") for n in range(1, 6))
    remarks = plane_remarks(load_text(text + _text("lc", head="10.0.0.9 80")).config, "nftables")
    assert remarks == (
        "the nftables plane cannot count connections: wrr stands in for wlc of virtual_server"
        " 10.0.0.1 80 TCP, virtual_server 10.0.0.2 80 TCP and 3 more",
        "the nftables plane cannot count connections: rr stands in for lc of virtual_server"
        " 10.0.0.9 80 TCP",
    )
