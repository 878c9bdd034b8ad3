"""What ours and keepalived 2.2.7 write into the pipe of services, on real ip_vs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.lab import hosts
from tests.lab.uml import missing, run_in_uml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """global_defs {
    script_user root
    lvs_notify_fifo /run/pipe
    lvs_notify_fifo_script "PLACE/read said"
}
virtual_server 10.9.0.100 80 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    sorry_server 10.9.0.9 80
    real_server 10.9.0.1 8081 {
        weight 1
        TCP_CHECK { connect_timeout 1
            retry 0 }
    }
    real_server 10.9.0.1 8082 {
        weight 2
        TCP_CHECK { connect_timeout 1
            retry 0 }
    }
}
virtual_server fwmark 7 {
    delay_loop 1
    lb_algo rr
    lb_kind DR
    real_server 10.9.0.1 0 {
        TCP_CHECK { connect_port 8081
            connect_timeout 1
            retry 0 }
    }
}
"""
VS = "[10.9.0.100]:tcp:80"
READ = """#!/bin/sh
while read -r line; do echo "$line" >> /run/$1; done < $2
"""
SCRIPT = """set -e
ip link add left type dummy
ip address add 10.9.0.1/24 dev left
ip link set left up
listen() { PYTHON -m http.server --bind 10.9.0.1 $1 >/dev/null 2>&1 & eval "pid$1=$!"; }
wait_for() {
    for _ in $(seq 100); do
        [ "$(grep -c . /run/said 2>/dev/null)" -ge $1 ] && break
        sleep 0.1
    done
    sleep 1
    echo "[$2]"; tail -n +$((shown + 1)) /run/said | tr -d '\\000'; shown=$(wc -l < /run/said)
}
run() {
    shown=0; : > /run/said
    listen 8081; listen 8082; sleep 1
    "$@" -n -C -l -f CONFIG -p /run/k.pid -c /run/c.pid >/run/log 2>&1 &
    daemon=$!
    wait_for 2 start
    kill $pid8081; wait_for 5 one-down
    kill $pid8082; wait_for 7 both-down
    listen 8081; listen 8082; wait_for 12 both-up
    kill -TERM $daemon; wait $daemon || true; kill $pid8081 $pid8082; wait_for 0 stopped
}
echo "<ours>"; run OURS
echo "<real>"; run /usr/sbin/keepalived
"""


@pytest.mark.uml
def test_the_pipe_says_of_services_and_servers_what_the_real_one_says(tmp_path: Path) -> None:
    lack = missing() or hosts.missing("keepalived", "ipvsadm")
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    path, read = tmp_path / "keepalived.conf", tmp_path / "read"
    path.write_text(CONFIG.replace("PLACE", str(tmp_path)))
    read.write_text(READ)
    read.chmod(0o755)
    ours = Path(sys.executable).with_name("keepalived")
    script = SCRIPT.replace("CONFIG", str(path)).replace("OURS", str(ours))
    result = run_in_uml(script.replace("PYTHON", sys.executable), timeout_s=240)
    assert result.exit_status == 0, result.output
    mine, real = (told(each) for each in result.output.split("<ours>")[1].split("<real>"))
    assert mine == real, result.output
    assert mine["start"] == ["VS FWM 7 UP", f"VS {VS} UP"]
    assert mine["both-down"] == [f"RS [10.9.0.1]:tcp:8082 {VS} DOWN", f"VS {VS} DOWN"]
    assert mine["stopped"] == []


def told(output: str) -> dict[str, list[str]]:
    """Sort what each event brought: which check rings first is chance."""
    found: dict[str, list[str]] = {}
    for line in output.splitlines():
        if line.startswith("["):
            found[line.strip("[]\r")] = said = []
        elif line.startswith(("RS ", "VS ")):
            said.append(line.strip())
    return {event: sorted(lines) for event, lines in found.items()}
