"""Runs FRR's vrrpd on a host: a second, unrelated VRRP peer, and a witness that answers in JSON.

Rule: FRR makes no devices, so its macvlan devices are made here, as its manual asks: the virtual
hardware address on them, the virtual addresses on them for good, and FRR takes them up and down.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.hosts import Host, Program
from tests.lab.waiting import until

FOLDER = Path("/usr/lib/frr")
READY_S = 10.0


def frr_missing() -> str | None:
    """Say what is missing for FRR; None where nothing is."""
    return None if (FOLDER / "vrrpd").exists() else "the package frr"


@dataclass(frozen=True, slots=True)
class FrrRouter:
    """What one virtual router of FRR is told."""

    router_id: int
    version: int
    priority: int
    interval_ms: int
    addresses: tuple[str, ...]
    prefix: int = 24

    @property
    def family(self) -> int:
        """4 or 6: FRR runs one of each, and here only one of them has addresses."""
        return 6 if ":" in self.addresses[0] else 4

    def text(self, device: str) -> str:
        """Its configuration, in FRR's words."""
        head = f" vrrp {self.router_id}"
        word = "ipv6" if self.family == 6 else "ip"
        lines = [
            f"interface {device}",
            f"{head} version {self.version}",
            f"{head} priority {self.priority}",
            f"{head} advertisement-interval {self.interval_ms}",
            *(f"{head} {word} {address}" for address in self.addresses),
        ]
        return "\n".join([*lines, ""])


@dataclass(slots=True)
class Frr:
    """zebra and vrrpd on one host; `zebra` stays when vrrpd is stopped."""

    host: Host
    router: FrrRouter
    device: str = "eth0"
    kind: str = "frr"
    programs: dict[str, Program] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where its files and sockets lie: FRR runs as a user of its own."""
        return self.host.world.folder / f"{self.host.name}-frr"

    def prepare(self) -> None:
        """Make the macvlan device and the files; once for a host."""
        name = f"vrrp{self.router.family}"
        family = 2 if self.router.family == 6 else 1
        mac = f"00:00:5e:00:{family:02x}:{self.router.router_id:02x}"
        flags = " nodad" if self.router.family == 6 else ""
        self.host.ip(
            f"link add {name} link {self.device} address {mac} type macvlan mode bridge",
            *(f"address add {a}/{self.router.prefix} dev {name}{flags}" for a in self._addresses()),
            f"link set {name} up",
        )
        self.folder.mkdir()
        (self.folder / "zebra.conf").touch()
        (self.folder / "vrrpd.conf").write_text(self.router.text(self.device))
        for place in (self.folder, *self.folder.iterdir()):
            shutil.chown(place, "frr", "frr")

    def _addresses(self) -> tuple[str, ...]:
        return self.router.addresses

    def start(self) -> None:
        """Start what does not run; wait until vrrpd has read its file."""
        if not self.folder.exists():
            self.prepare()
        if not self.running("zebra"):
            with contextlib.suppress(FileNotFoundError):
                (self.folder / "zserv.api").unlink()
            self._start("zebra")
            until((self.folder / "zserv.api").exists, READY_S, "zebra listens")
        self._start("vrrpd")
        until(lambda: self.status() != {}, READY_S, "vrrpd knows its router")

    def _start(self, name: str) -> None:
        for left in (self.folder / f"{name}.vty", self.folder / f"{name}.pid"):
            left.unlink(missing_ok=True)
        self.programs[name] = self.host.start(
            *(str(FOLDER / name), "-f", str(self.folder / f"{name}.conf"), "-P", "0"),
            *("-i", str(self.folder / f"{name}.pid"), "-z", str(self.folder / "zserv.api")),
            *("--vty_socket", str(self.folder)),
            label=name,
        )

    def running(self, name: str = "vrrpd") -> bool:
        """Is that one of its programs at work?"""
        program = self.programs.get(name)
        return program is not None and program.running()

    def status(self) -> dict[str, object]:
        """What it says of its virtual router's one family; nothing while it is not there."""
        words = ["vtysh", "--vty_socket", str(self.folder), "-d", "vrrpd"]
        done = subprocess.run(
            [*words, "-c", "show vrrp json"], capture_output=True, text=True, check=False
        )
        with contextlib.suppress(ValueError, IndexError, KeyError):
            found: dict[str, object] = json.loads(done.stdout)[0][f"v{self.router.family}"]
            return found
        return {}

    def state(self) -> str:
        """Master, Backup or Initialize; empty while it does not answer."""
        return str(self.status().get("status", ""))

    def stop(self) -> int:
        """A clean stop of vrrpd; gives the exit status."""
        return self.programs["vrrpd"].end(signal.SIGTERM, 10)

    def log(self) -> str:
        """What vrrpd said."""
        return self.programs["vrrpd"].text() if "vrrpd" in self.programs else ""
