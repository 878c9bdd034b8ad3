"""Connection synchronisation on real ip_vs: the same threads as keepalived 2.2.7 starts.

Both programs run the same file, one after the other, in one kernel; ipvsadm tells what there is.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from tests.lab import hosts
from tests.lab.uml import missing, run_in_uml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """global_defs {
    router_id SYNC
    lvs_sync_daemon left VI_1 id 7 maxlen 1400 port 8849 ttl 3 group 224.0.0.82
}
vrrp_instance VI_1 {
    interface left
    virtual_router_id 51
    priority 100
    advert_int 1
    virtual_ipaddress {
        10.9.0.100/32
    }
}
"""
SCRIPT = """set -e
ip link add left type veth peer name right
ip address add 10.9.0.1/24 dev left
ip link set left up
ip link set right up
tell() { echo "[$1]"; ipvsadm --list --daemon; echo "[end]"; }
wait_for() {
    for _ in $(seq 100); do
        ipvsadm -l --daemon | grep -q "$1" && return
        sleep 0.2
    done
}
run() {
    "$@" -n -P -l -f CONFIG -p /run/k.pid -r /run/v.pid >/run/log 2>&1 &
    wait_for backup; tell backup
    wait_for master; tell master
    kill -TERM $!; wait $! || true; tell stopped
}
echo "<ours>"; run OURS
echo "<real>"; run /usr/sbin/keepalived
"""


@pytest.mark.uml
def test_the_threads_follow_the_instance_as_those_of_the_real_one(tmp_path: Path) -> None:
    lack = missing() or hosts.missing("keepalived", "ipvsadm")
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    path = tmp_path / "keepalived.conf"
    path.write_text(CONFIG)
    ours = f"{sys.executable} -m keepalived"
    script = SCRIPT.replace("CONFIG", str(path)).replace("OURS", ours)
    environment = {"PYTHONPATH": f"{ROOT}/src:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    result = run_in_uml(script, timeout_s=120, environment=environment)
    assert result.exit_status == 0, result.output
    mine, real = result.output.split("<ours>")[1].split("<real>")
    said = told(mine)
    assert said == told(real), result.output
    assert "backup sync daemon (mcast=left, syncid=7, maxlen=1400" in said[0], result.output
    assert "master sync daemon (mcast=left, syncid=7" in said[1]
    assert said[2] == ""


def told(output: str) -> list[str]:
    """Give what ipvsadm said as backup, as master, and at the end."""
    pieces = re.findall(r"\[(?:backup|master|stopped)\]\s(.*?)\[end\]", output, re.DOTALL)
    return [" ".join(piece.split()) for piece in pieces]
