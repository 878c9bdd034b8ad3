"""Ipvlans and VRFs, which the host's kernel lacks: what ours makes of them beside 2.2.7.

Both programs run the same file, one after the other, in one kernel; `ip` tells what there is.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from tests.lab import hosts
from tests.lab.uml import missing, run_in_uml

ROOT = Path(__file__).resolve().parents[2]
IPVLAN = """
vrrp_instance IPVLAN {
    interface left
    virtual_router_id 51
    version 3
    advert_int 0.2
    use_ipvlan ipv51 10.9.0.5/24 private
    virtual_ipaddress {
        10.9.0.100/24
    }
}
"""
VRF = """
vrrp_instance UNICAST {
    vrf blue
    virtual_router_id 52
    version 3
    advert_int 0.2
    unicast_src_ip 10.8.0.1
    unicast_peer {
        10.8.0.2
    }
    virtual_ipaddress {
        10.8.0.100/24 dev green
    }
    virtual_routes {
        10.88.0.0/16 via 10.8.0.2 dev green vrf blue
    }
}
"""
SCRIPT = """
modprobe -q ipvlan; modprobe -q vrf
ip link add left type veth peer name right
ip link add green type veth peer name red
ip link add blue type vrf table 10
for link in left right green red blue; do ip link set $link up; done
ip link set green master blue
ip address add 10.9.0.1/24 dev left
ip address add 10.8.0.1/24 dev green
ip neigh add 10.8.0.2 lladdr 02:00:00:00:00:02 dev green nud permanent
tell() {
    echo "[$1]"; ip -d -o link show type ipvlan; ip -o -4 address; ip route show table 10
    ip route show; echo "[end]"
}
run() {
    rm -f /run/*.pid
    "$@" -n -P -l -f FILE -p /run/k.pid -r /run/v.pid >/run/log 2>&1 &
    for _ in $(seq 100); do
        ip -o -4 address | grep -q '0[.]100/' && break
        sleep 0.2
    done
    sleep 1
    timeout 2 tcpdump -nn -i right -c 2 proto 112 2>/dev/null
    timeout 2 tcpdump -nn -i red -c 2 proto 112 2>/dev/null
    tell leads; kill -TERM $!; wait $!; tell stopped
    cat /run/log
}
tell before
echo "<ours>"; run OURS
echo "<real>"; run /usr/sbin/keepalived
"""


def ran(tmp_path: Path, text: str) -> tuple[str, str, str]:
    """What there was before; what ours and the real one said and did."""
    lack = missing() or hosts.missing("keepalived", "tcpdump")
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    path = tmp_path / "keepalived.conf"
    path.write_text(text)
    script = SCRIPT.replace("FILE", str(path))
    script = script.replace("OURS", f"env PYTHONPATH={ROOT / 'src'} {sys.executable} -m keepalived")
    result = run_in_uml(script, timeout_s=120)
    before, _, rest = result.output.partition("<ours>")
    ours, _, real = rest.partition("<real>")
    return before, ours, real


def told(output: str, when: str) -> list[str]:
    """The lines of a moment, without what differs from time to time."""
    _, _, rest = output.partition(f"[{when}]")
    lines = rest.partition("[end]")[0].splitlines()
    return sorted(" ".join(re.sub(r"^\d+: |\\.*$", "", line).split()) for line in lines if line)


@pytest.mark.uml
def test_an_ipvlan_speaks_from_its_own_address_and_goes_at_the_stop(tmp_path: Path) -> None:
    before, ours, real = ran(tmp_path, IPVLAN)
    leads = "\n".join(told(ours, "leads"))
    assert "ipv51@left" in leads and "10.9.0.5/24" in leads and "10.9.0.100/24" in leads, ours
    assert told(ours, "leads") == told(real, "leads")
    assert "ipvlan mode l2 private" in " ".join(ours.split())
    assert "10.9.0.5 > 224.0.0.18" in ours
    assert told(ours, "stopped") == told(before, "before"), ours


@pytest.mark.uml
def test_peers_in_a_vrf_are_spoken_to_and_routes_go_into_its_table(tmp_path: Path) -> None:
    before, ours, _ = ran(tmp_path, VRF)
    leads = "\n".join(told(ours, "leads"))
    assert "10.8.0.100/24" in leads and "10.88.0.0/16 via 10.8.0.2 dev green" in leads, ours
    assert "10.8.0.1 > 10.8.0.2" in ours, ours
    assert told(ours, "stopped") == told(before, "before"), ours
