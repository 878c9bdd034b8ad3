"""A kernel that refuses nftables: the daemon's adapters say so in a sentence and go on."""

from __future__ import annotations

import pytest
from tests.conftest import ROOT
from tests.lab.uml import missing, run_in_uml

pytestmark = pytest.mark.uml

DRIVER = f"""
import sys
sys.path[:0] = ["{ROOT}/src", "{ROOT}"]
from ipaddress import ip_network
from keepalived.linux.masquerade import Masquerading
from keepalived.linux.nftables import NftPlane
from keepalived.port.resources import Install, Masquerade, Service
from tests.netns.nft_world import Loop, key
loop = Loop()
for adapter, resource in (
    (Masquerading(loop), Masquerade(ip_network("10.1.0.0/24"))),
    (NftPlane(loop), Service(key(), "rr")),
):
    adapter.apply([Install(resource)])
    loop.until(adapter.ready)
    adapter.close()
for event in loop.events:
    print(event.errno, event.why)
"""


def test_a_kernel_without_nftables_is_told_in_a_sentence() -> None:
    lacking = missing()
    if lacking:
        pytest.skip(lacking)
    script = f"exec {ROOT}/.venv/bin/python - <<'END'\n{DRIVER}\nEND\n"
    result = run_in_uml(script)
    assert result.exit_status == 0, result.output
    told = [line for line in result.output.splitlines() if line.startswith("95 ")]
    assert told == [
        "95 cannot masquerade 10.1.0.0/24 with nftables on this kernel: Could not process rule:"
        " Operation not supported in 'table inet keepalived_masq {}'",
        "95 Could not process rule: Operation not supported in 'table inet keepalived_lvs {}'",
    ]
