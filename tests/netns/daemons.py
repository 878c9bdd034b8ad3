"""A link with two routers on it, and daemons, ours or the real one, that run there.

Rule: everything is asked from outside: the kernel's addresses, exit statuses, files, the log.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from tests.lab.directors import PROGRAMS
from tests.lab.hosts import Host, Program, World
from tests.lab.waiting import until

VIP = "10.77.0.100"


def router(priority: int, *, vips: tuple[str, ...] = (VIP,), extra: str = "") -> str:
    """The text of a file with one instance."""
    addresses = "\n        ".join(vips)
    return f"""
vrrp_instance VI_1 {{
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int 1
    virtual_ipaddress {{
        {addresses}
    }}
    {extra}
}}
"""


class Daemon:
    """One keepalived on one host, in the foreground or not."""

    def __init__(self, kind: str, host: Host, text: str, *options: str) -> None:
        folder = host.world.folder
        self.host = host
        self.path = folder / f"{host.name}.conf"
        self.path.write_text(text)
        self.pid_file = folder / f"{host.name}.pid"
        self.vrrp_pid_file = folder / f"{host.name}-vrrp.pid"
        self.checkers_pid_file = folder / f"{host.name}-checkers.pid"
        self.words = [str(PROGRAMS[kind]), "-n", "-l", "-G", "-f", str(self.path)]
        self.words += ["-p", str(self.pid_file), "-r", str(self.vrrp_pid_file)]
        self.words += ["-c", str(self.checkers_pid_file), *options]
        self.program: Program = host.start(*self.words, label=kind)

    def log(self) -> str:
        """Everything it said on the console."""
        return self.program.text()

    def says(self, text: str, bound_s: float = 15) -> None:
        """Wait for a line with this in it."""
        until(lambda: text in self.log(), bound_s, f"{self.host.name} says {text!r}")

    def number(self, file: Path) -> int:
        """The process number in a pid file."""
        return until(lambda: int(file.read_text() or 0) if file.exists() else 0, 10, str(file))

    def signal(self, number: int) -> None:
        """Send a signal to the parent."""
        self.program.process.send_signal(number)

    def stop(self) -> int:
        """A clean stop; gives the exit status."""
        return self.program.end(signal.SIGTERM, 15)


class Link:
    """Two routers, a and b, and a switch between them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.switch = world.host("switch")
        self.switch.ip("link add lan type bridge forward_delay 0", "link set lan up")
        self.a = self._router("a", 1)
        self.b = self._router("b", 2)

    def _router(self, name: str, number: int) -> Host:
        host = self.world.host(name)
        self.world.cable(host, "eth0", self.switch, f"{name}-port")
        host.ip(f"address add 10.77.0.{number}/24 dev eth0")
        self.switch.ip(f"link set {name}-port master lan")
        return host

    def has(self, host: Host, address: str = VIP) -> bool:
        """Whether an address sits on a router's link."""
        return address in [shown.split("/")[0] for shown in host.addresses("eth0")]

    def only(self, host: Host, address: str = VIP) -> Callable[[], bool]:
        """Something to wait for: this router has the address and the other has not."""
        other = self.b if host is self.a else self.a
        return lambda: self.has(host, address) and not self.has(other, address)
