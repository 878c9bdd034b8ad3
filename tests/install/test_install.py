"""`make install` puts a tree in place that starts, works and stops from where it lies."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT

from keepalived import VERSION

VIP = "192.0.2.10"
CONFIG = """
vrrp_instance VI_1 {
    state BACKUP
    interface outer
    virtual_router_id 51
    priority 150
    advert_int 1
    virtual_ipaddress {
        192.0.2.10
    }
}
virtual_server 192.0.2.10 80 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 127.0.0.1 9 {
        TCP_CHECK {
            connect_timeout 1
        }
    }
}
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install below a temporary folder and give that folder."""
    place = tmp_path_factory.mktemp("tree")
    command = ["make", "--no-print-directory", "install", f"DESTDIR={place}", "PREFIX=/usr"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return place


@pytest.fixture
def namespace() -> Iterator[str]:
    """Give a network namespace with one link called `outer` that is up and has an address."""
    name = f"pk-install-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for words in (
            "link set lo up",
            "link add outer type veth peer name inner",
            "addr add 192.0.2.1/24 dev outer",
            "link set inner up",
            "link set outer up",
        ):
            subprocess.run(["ip", "-n", name, *words.split()], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


class Installed:
    """The installed programs, run in a namespace with pid files of the test's own."""

    def __init__(self, tree: Path, namespace: str, work: Path) -> None:
        self.tree = tree
        self.namespace = namespace
        self.pid_file = work / "keepalived.pid"
        self.config = work / "keepalived.conf"
        self.children = ["-r", str(work / "vrrp.pid"), "-c", str(work / "checkers.pid")]
        self.config.write_text(CONFIG)

    def script(self, verb: str) -> subprocess.CompletedProcess[str]:
        """Run the SysV script."""
        environment = {
            "PATH": os.environ["PATH"],
            "DAEMON": str(self.tree / "usr/sbin/keepalived"),
            "PIDFILE": str(self.pid_file),
            "CONFIG": str(self.config),
            "DAEMON_ARGS": " ".join(["-G", *self.children]),
        }
        path = str(self.tree / "etc/init.d/keepalived.init")
        return subprocess.run(
            ["ip", "netns", "exec", self.namespace, path, verb],
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
        )

    def holds_address(self) -> bool:
        """Tell whether the namespace has the virtual address."""
        command = ["ip", "-n", self.namespace, "-o", "addr", "show", "dev", "outer"]
        shown = subprocess.run(command, capture_output=True, text=True, check=True)
        return f" {VIP}/" in shown.stdout

    def processes(self) -> list[int]:
        """Give the processes that run in the namespace."""
        command = ["ip", "netns", "pids", self.namespace]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return [int(word) for word in said.split()]


@pytest.fixture
def installed(tree: Path, namespace: str, tmp_path: Path) -> Iterator[Installed]:
    """Give the installed programs, and see that none of them outlives the test."""
    program = Installed(tree, namespace, tmp_path)
    yield program
    for pid in program.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def until(true: Callable[[], bool], limit_s: float = 15.0) -> bool:
    """Wait until something is so; tell whether it came to be."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return true()


def test_everything_lies_in_its_place(tree: Path) -> None:
    for place in (
        "usr/sbin/keepalived",
        "usr/bin/genhash",
        "usr/bin/kactl",
        "etc/keepalived/keepalived.conf.sample",
        "etc/init.d/keepalived",
        "etc/init.d/keepalived.init",
        "usr/lib/systemd/system/keepalived.service",
        "usr/share/man/man8/keepalived.8",
        "usr/share/man/man5/keepalived.conf.5",
        "usr/share/man/man1/genhash.1",
        "usr/share/man/man1/kactl.1",
        "usr/share/bash-completion/completions/keepalived",
        "usr/share/bash-completion/completions/kactl",
    ):
        assert (tree / place).exists(), place
    assert not (tree / "etc/keepalived/keepalived.conf").exists()
    texts = [*(tree / "etc").rglob("*"), tree / "usr/lib/systemd/system/keepalived.service"]
    for path in texts:
        assert not path.is_file() or "@" not in path.read_text().replace("@domain.com", ""), path


@pytest.mark.parametrize(
    ("program", "said"),
    [("sbin/keepalived", f"Keepalived v{VERSION}"), ("bin/genhash", f"genhash v{VERSION}")],
)
def test_a_launcher_needs_neither_the_sources_nor_a_virtual_environment(
    tree: Path, program: str, said: str, tmp_path: Path
) -> None:
    path = tree / "usr" / program
    assert ".venv" not in path.read_text()
    done = subprocess.run([path, "-v"], cwd=tmp_path, env={}, capture_output=True, text=True)
    assert (done.returncode, (done.stdout + done.stderr).startswith(said)) == (0, True)


def test_keepalived_becomes_genhash_wherever_it_lies(tree: Path, tmp_path: Path) -> None:
    command = [str(tree / "usr/sbin/keepalived"), "-T", "-v"]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True)
    assert done.stdout.startswith(f"genhash v{VERSION}"), done.stderr


def test_the_installed_checks_find_their_library(tree: Path, tmp_path: Path) -> None:
    private = tree / "usr/lib/pykeepalived"
    first = (tree / "usr/sbin/keepalived").read_text().splitlines()[0]
    python = first.removeprefix("#!").split()[0]
    code = f"import sys; sys.path.insert(0, {str(private)!r}); import httptools"
    subprocess.run([python, "-IS", "-c", code], cwd=tmp_path, check=True)


def test_the_template_is_fit_but_for_links_that_are_elsewhere(tree: Path) -> None:
    sample = str(tree / "etc/keepalived/keepalived.conf.sample")
    command = [str(tree / "usr/sbin/keepalived"), "-t", "-f", sample]
    done = subprocess.run(command, capture_output=True, text=True)
    complaints = [
        line
        for line in (done.stdout + done.stderr).splitlines()
        if "rror" in line and "interface" not in line and "eth" not in line
    ]
    assert done.returncode in (0, 5), done.stderr
    assert complaints == []


@pytest.mark.netns
def test_the_sysv_script_starts_and_stops_the_installed_daemon(installed: Installed) -> None:
    assert installed.script("status").returncode == 3
    started = installed.script("start")
    assert started.stdout == "Starting Keepalived for LVS:\n[ OK ]\n", started.stderr
    assert until(installed.pid_file.exists)
    assert until(installed.holds_address)
    again = installed.script("start")
    assert (again.returncode, "already running" in again.stdout) == (0, True)
    assert f"(pid {installed.pid_file.read_text().strip()})" in installed.script("status").stdout
    assert installed.script("reload").returncode == 0
    stopped = installed.script("stop")
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert not installed.holds_address()
    assert until(lambda: installed.processes() == [])
    assert not installed.pid_file.exists()
    assert installed.script("status").returncode == 3


@pytest.mark.netns
def test_the_launcher_runs_in_the_foreground_until_term(installed: Installed) -> None:
    path = str(installed.tree / "usr/sbin/keepalived")
    command = ["ip", "netns", "exec", installed.namespace, path, "-n", "-l", "-G"]
    command += ["-f", str(installed.config), "-p", str(installed.pid_file), *installed.children]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as daemon:
        try:
            assert until(installed.holds_address)
        finally:
            daemon.terminate()
            output, _ = daemon.communicate(timeout=20)
    assert daemon.returncode == 0, output
    assert not installed.holds_address()
    assert installed.processes() == []


def test_the_script_says_what_is_missing(tree: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PIDFILE": str(tmp_path / "none.pid")}
    environment |= {"CONFIG": str(tmp_path / "none.conf"), "DAEMON_ARGS": "-G"}
    path = str(tree / "etc/init.d/keepalived")
    done = subprocess.run([path, "start"], env=environment, capture_output=True, text=True)
    assert done.returncode == 6
    assert "no configuration" in done.stdout
    assert done.stdout.endswith("[FAILED]\n")


def test_systemd_accepts_the_unit(tree: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs the package systemd")
    text = (tree / "usr/lib/systemd/system/keepalived.service").read_text()
    unit = tmp_path / "keepalived.service"
    unit.write_text(text.replace("ExecStart=/", f"ExecStart={tree}/"))
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_place_that_cannot_be_written_is_named_with_a_remedy() -> None:
    environment = {**os.environ, "DESTDIR": "/dev/null"}
    done = subprocess.run(
        [ROOT / "scripts" / "install"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "cannot write /dev/null/usr/lib/pykeepalived" in done.stderr and "DESTDIR" in done.stderr
