"""Makes small worlds of hosts: network namespaces with cables, bridges and programs in them.

Rule: a world leaves nothing behind. Its names begin with `kd` and the number of the process that
made it, so what a killed process left is recognised and removed by the next; every program started
in a world is ended by its number.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import itertools
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def missing(*programs: str) -> str | None:
    """Say what this machine lacks for a world of hosts; None where nothing is missing."""
    if os.geteuid() != 0:
        return "root"
    for program in ("ip", *programs):
        if shutil.which(program) is None:
            return f"the program {program}"
    probe = subprocess.run(
        ["unshare", "--net", "true"], capture_output=True, text=True, check=False
    )
    return "network namespaces" if probe.returncode else None


class Program:
    """One running program of a host; its output goes to a file."""

    def __init__(self, argv: Sequence[str], output: Path, environment: dict[str, str]) -> None:
        self.argv = list(argv)
        self.output = output
        with output.open("ab") as sink:
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    def text(self) -> str:
        """Everything it printed so far."""
        return self.output.read_text(errors="replace")

    def running(self) -> bool:
        return self.process.poll() is None

    def end(self, number: int = signal.SIGTERM, bound_s: float = 10.0) -> int:
        """Send a signal, wait for the end, kill after the bound; gives the exit status."""
        if self.running():
            self.process.send_signal(number)
            try:
                self.process.wait(bound_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


class Host:
    """One host of a world: a network namespace."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.space = f"{world.prefix}-{name}"
        self.programs: list[Program] = []
        _run("ip", "netns", "add", self.space)
        self.ip("link set lo up")
        self.setting("net/ipv4/conf/all/rp_filter", "0")
        self.setting("net/ipv4/conf/default/rp_filter", "0")
        # duplicate address detection would delay every IPv6 address by a second or two
        self.setting("net/ipv6/conf/default/accept_dad", "0")
        self.setting("net/ipv6/conf/default/dad_transmits", "0")

    def ip(self, *lines: str) -> None:
        """Run lines of the `ip` program here, in one process."""
        _run("ip", "-n", self.space, "-batch", "-", feed="\n".join(lines) + "\n")

    def run(self, *argv: str, check: bool = True, feed: str | None = None) -> str:
        """Run a program here to its end and give what it printed."""
        return _run("ip", "netns", "exec", self.space, *argv, check=check, feed=feed)

    def start(self, *argv: str, label: str = "", **environment: str) -> Program:
        """Start a program here that goes on; it ends with the world at the latest."""
        output = self.world.folder / f"{self.name}-{label or Path(argv[0]).name}.log"
        command = ["ip", "netns", "exec", self.space, *argv]
        program = Program(command, output, {**os.environ, **environment})
        self.programs.append(program)
        return program

    def setting(self, path: str, value: str) -> None:
        """Write a kernel setting of this host, by its path under /proc/sys."""
        with self.entered(), contextlib.suppress(FileNotFoundError):
            Path("/proc/sys", path).write_text(value)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """For the calling thread: sockets made within belong to this host for ever."""
        with open("/proc/thread-self/ns/net", "rb") as home:
            with open(f"/run/netns/{self.space}", "rb") as there:
                _move(there.fileno())
            try:
                yield
            finally:
                _move(home.fileno())

    def addresses(self, device: str) -> list[str]:
        """What `ip addr` shows on a device, as address/length."""
        text = self.run("ip", "-o", "addr", "show", "dev", device)
        return re.findall(r"inet6? (\S+)", text)

    def numbers(self) -> list[int]:
        """The process numbers of everything that runs on this host."""
        return [int(word) for word in _run("ip", "netns", "pids", self.space).split()]

    def kill_all(self) -> int:
        """Kill every process of this host, as a crash would; gives how many there were.

        All are stopped before the first is killed: none may say good-bye for another's death.
        """
        seen: set[int] = set()
        for _ in range(20):
            numbers = self.numbers()
            if not numbers:
                break
            seen.update(numbers)
            for sign in (signal.SIGSTOP, signal.SIGKILL):
                for number in numbers:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(number, sign)
            for program in self.programs:
                program.process.poll()
            time.sleep(0.01)
        return len(seen)

    def remove(self) -> None:
        """End everything that runs here, then the host itself."""
        self.kill_all()
        for program in self.programs:
            program.process.wait()
        self.programs.clear()
        _run("ip", "netns", "del", self.space, check=False)
        self.world.hosts.pop(self.name, None)


class World:
    """Hosts under one name prefix, and a folder for what they write. Use it in a `with`."""

    _numbers = itertools.count(1)

    def __init__(self) -> None:
        self.prefix = f"kd{os.getpid()}-{next(World._numbers)}"
        self.hosts: dict[str, Host] = {}
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.prefix}-"))
        self.folder.chmod(0o755)
        atexit.register(self.close)

    def __enter__(self) -> World:
        remove_leftovers()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def host(self, name: str) -> Host:
        """Make one more host."""
        self.hosts[name] = host = Host(self, name)
        return host

    def cable(self, host: Host, device: str, switch: Host, port: str, mac: str = "") -> None:
        """A cable from a host's device to a port of a switch; both ends up."""
        address = f" address {mac}" if mac else ""
        host.ip(
            f"link add {device}{address} type veth peer name {port} netns {switch.space}",
            f"link set {device} up",
        )
        switch.ip(f"link set {port} up")

    def close(self) -> None:
        """Remove all hosts, their programs and the folder; harmless when repeated."""
        atexit.unregister(self.close)
        for host in list(self.hosts.values()):
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                host.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_leftovers() -> None:
    """Remove the worlds of processes that are no more (killed before they could do it)."""
    for line in _run("ip", "netns", "list", check=False).splitlines():
        space = line.split()[0]
        match = re.match(r"kd(\d+)-", space)
        if match is None or Path("/proc", match[1]).exists():
            continue
        for number in _run("ip", "netns", "pids", space, check=False).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(number), signal.SIGKILL)
        _run("ip", "netns", "del", space, check=False)


def end_on_signals() -> None:
    """Let TERM and HUP unwind like Ctrl-C, so that worlds are closed on the way out."""
    process = os.getpid()

    def unwind(number: int, _frame: object) -> None:
        if os.getpid() == process:
            raise KeyboardInterrupt(signal.Signals(number).name)
        # A child that was forked from here has nothing to close.
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, unwind)


def _move(descriptor: int) -> None:
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _run(*argv: str, check: bool = True, feed: str | None = None) -> str:
    done = subprocess.run(
        argv, input=feed or "", capture_output=True, text=True, check=False, errors="replace"
    )
    if check and done.returncode != 0:
        raise RuntimeError(
            f"{' '.join(argv)} ended with {done.returncode}: {(done.stderr or done.stdout).strip()}"
            + (f"\n{feed}" if feed else "")
        )
    return done.stdout
