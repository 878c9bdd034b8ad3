"""A daemon that the file gives a namespace, a name, titles, errands and an appointment."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.lab.directors import OURS
from tests.lab.waiting import until
from tests.netns.daemons import VIP, Link, router

pytestmark = pytest.mark.netns


def words(folder: Path, namespace: str, priority: int = 150) -> str:
    return f"""
net_namespace {namespace}
instance inst
child_wait_time 4
global_defs {{
    script_user root
    process_names
    umask 027
    startup_script "/usr/bin/touch {folder}/began"
    shutdown_script "/usr/bin/touch {folder}/over"
    state_dump_file {folder}/
    config_save_dir {folder}/saved
    reload_time_file {folder}/when
}}
{router(priority)}
"""


def title(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def test_a_daemon_enters_its_namespace_and_goes_by_its_names(link: Link, tmp_path: Path) -> None:
    host, folder = link.a, tmp_path
    folder.chmod(0o755)
    file = folder / "k.conf"
    namespace = host.space
    file.write_text(words(folder, namespace))
    command = [str(OURS), "-n", "-l", "-G", "-P", "-f", str(file)]
    # On the host eth0 may be missing: the file is held against the namespace that it names.
    assert (
        subprocess.run([str(OURS), "-t", "-f", str(file)], stderr=subprocess.PIPE).returncode == 0
    )
    pids = Path(f"/run/keepalived/{namespace}")
    with (folder / "console").open("w") as console:
        process = subprocess.Popen(command, stderr=console)
    try:
        until(lambda: link.has(host), 10, f"{VIP} is in the namespace")
        assert (folder / "began").exists()
        assert int((pids / "keepalived_inst.pid").read_text()) == process.pid
        child = int((pids / "vrrp_inst.pid").read_text())
        assert (title(process.pid), title(child)) == ("keepalived", "keepalived_vrrp")
        assert (folder / "began").stat().st_mode & 0o777 == 0o640
        process.send_signal(signal.SIGUSR1)
        dump = folder / "keepalived.data"
        until(lambda: dump.exists() and "VRRP Instance" in dump.read_text(), 5, "the dump")
        # An appointment in the past of none: the next second but one.
        file.write_text(words(folder, namespace, 140))
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() + 2))
        (folder / "when").write_text(when)
        until(lambda: (folder / "saved").exists(), 10, "it reloads by appointment")
        assert not (folder / "when").exists()
        assert "priority 140" in next((folder / "saved").iterdir()).read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    assert not link.has(host)
    assert (folder / "over").exists()
    assert not list(pids.iterdir())
    os.rmdir(pids)


def test_a_namespace_that_is_not_there_is_named(tmp_path: Path) -> None:
    file = tmp_path / "k.conf"
    file.write_text("net_namespace no-such-namespace\n" + router(100))
    command = [str(OURS), "-n", "-l", "-G", "-f", str(file)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=20)
    assert done.returncode == 1
    assert "no-such-namespace" in done.stderr
    assert "ip netns add" in done.stderr
