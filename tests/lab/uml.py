"""Runs a shell script inside User-Mode Linux: a second kernel that has what the host's may lack.

Rule: one boot, one script, its real exit status; nothing is left behind but what the script wrote.
The root file system is the host's, so paths mean the same inside and outside.
Command line: `python tests/lab/uml.py [--time-out SECONDS] [--memory SIZE] SCRIPT [ARGUMENT…]`.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

KERNEL = "linux"
MODULES = Path("/usr/lib/uml/modules")
SCHEDULERS = ("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh")
IPVS_MODULES = ("ip_vs", *(f"ip_vs_{name}" for name in SCHEDULERS))
NETWORK_MODULES = ("veth", "bridge", "dummy", "macvlan")
TIMED_OUT = 124
END_OF_OUTPUT = b"\0"
"""Init says this when the script has ended; what follows is the kernel's own farewell."""
NEVER_ENDED = 125
"""The kernel stopped before the script had an exit status: a panic, or no boot at all."""

INIT = """#!/bin/sh
export PATH={scratch}/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /dev/shm 2>/dev/null
mkdir -p /run/netns /run/lock
[ -d /dev/pts ] && mount -t devpts devpts /dev/pts 2>/dev/null
stty -opost 2>/dev/null </dev/console
echo {scratch}/bin/modprobe >/proc/sys/kernel/modprobe
for module in {modules}; do modprobe -q "$module" || echo "no module $module"; done
ip link set lo up
cd {directory}
setsid /bin/sh {scratch}/command </dev/null
echo $? >{scratch}/status
printf '\\000'
sync
halt -f
"""


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended: the script's exit status (124 timed out, 125 never ended), its output."""

    exit_status: int
    output: str


def missing() -> str | None:
    """Say what this machine lacks for a run; None where nothing is missing."""
    if shutil.which(KERNEL) is None or not MODULES.is_dir():
        return "User-Mode Linux (Debian's package user-mode-linux)"
    if shutil.which("modprobe") is None:
        return "modprobe (Debian's package kmod)"
    if os.geteuid() != 0:
        return "root"
    return None


def run_in_uml(
    script: str,
    timeout_s: float = 60.0,
    modules: Sequence[str] = IPVS_MODULES + NETWORK_MODULES,
    environment: Mapping[str, str] | None = None,
    memory: str = "1G",
    live: bool = False,
) -> Result:
    """Boot, run a shell script's text, halt. With `live` the output is also printed as it comes."""
    with tempfile.TemporaryDirectory(prefix="keepalived-uml-") as name:
        scratch = Path(name)
        _furnish(scratch, script, modules, environment or {})
        ended, output = _boot(scratch, timeout_s, memory, live)
        if not ended:
            return Result(TIMED_OUT, output)
        try:
            return Result(int((scratch / "status").read_text()), output)
        except (OSError, ValueError):
            return Result(NEVER_ENDED, output)


def _furnish(
    scratch: Path, script: str, modules: Sequence[str], environment: Mapping[str, str]
) -> None:
    """Lay out what the second kernel needs: its init, the script, a modprobe that finds modules."""
    (scratch / "lib").mkdir()
    (scratch / "lib" / "modules").symlink_to(MODULES)
    (scratch / "bin").mkdir()
    exports = [f"export {key}={shlex.quote(value)}\n" for key, value in environment.items()]
    real_modprobe = shutil.which("modprobe") or "modprobe"
    _program(scratch / "bin" / "modprobe", f'#!/bin/sh\nexec {real_modprobe} -d {scratch} "$@"\n')
    _program(scratch / "command", "".join(exports) + script)
    init = INIT.format(
        scratch=scratch, modules=" ".join(modules), directory=shlex.quote(os.getcwd())
    )
    _program(scratch / "init", init)


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _boot(scratch: Path, timeout_s: float, memory: str, live: bool) -> tuple[bool, str]:
    """Run the kernel to its halt; False if it had to be killed. The output comes with it."""
    log = scratch / "output"
    command = [
        KERNEL,
        f"mem={memory}",
        "root=/dev/root",
        "rootfstype=hostfs",
        "rootflags=/",
        "rw",
        f"init={scratch}/init",
        f"uml_dir={scratch}/",
        "umid=kernel",
        "con=null",
        "con0=null,fd:1",
        "quiet",
        "loglevel=1",
    ]
    environment = {**os.environ, "TMPDIR": "/dev/shm" if os.path.isdir("/dev/shm") else "/tmp"}
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        try:
            ended = _follow(process, log, time.monotonic() + timeout_s, live)
        finally:
            _end(process)
    return ended, _text(log.read_bytes().partition(END_OF_OUTPUT)[0])


def _text(output: bytes) -> str:
    return output.decode(errors="replace").replace("\r\n", "\n")


def _follow(process: subprocess.Popen[bytes], log: Path, until: float, live: bool) -> bool:
    shown = 0
    ended = False
    while not ended and time.monotonic() < until:
        try:
            process.wait(timeout=0.05)
            ended = True
        except subprocess.TimeoutExpired:
            pass
        if live:
            output = log.read_bytes().partition(END_OF_OUTPUT)[0]
            sys.stdout.write(_text(output[shown:]))
            sys.stdout.flush()
            shown = len(output)
    return ended


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the kernel and the host processes that carry its inner ones: all of one session."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _session_of(entry) == process.pid:
            try:
                os.kill(int(entry.name), signal.SIGKILL)
            except OSError:
                continue  # it ended by itself meanwhile


def _session_of(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[3])
    except (OSError, ValueError, IndexError):
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a script file inside; its output is shown as it comes, its exit status is ours."""
    parser = argparse.ArgumentParser(description="Run a shell script inside User-Mode Linux.")
    parser.add_argument("--time-out", type=float, default=300.0, metavar="SECONDS")
    parser.add_argument("--memory", default="1G")
    parser.add_argument("script")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    lack = missing()
    if lack is not None:
        print(f"User-Mode Linux cannot run here: {lack} is missing.", file=sys.stderr)
        return NEVER_ENDED
    words = [os.path.abspath(options.script), *options.arguments]
    text = "exec " + " ".join(shlex.quote(word) for word in words) + "\n"
    result = run_in_uml(text, options.time_out, memory=options.memory, live=True)
    return result.exit_status


if __name__ == "__main__":
    sys.exit(main())
