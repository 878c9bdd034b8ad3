"""Runs a keepalived on a host: ours or the real one, with the same options and files.

Rule: nothing here knows which of the two it drives but by path and by the two words of the guide
that the real one no longer reads (`lvs_id` is its `router_id`; `nat_mask` is gone).
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.lab.hosts import Host, Program
from tests.lab.network import ROOT

OURS = ROOT / ".venv" / "bin" / "keepalived"
REAL = Path("/usr/sbin/keepalived")
PROGRAMS = {"ours": OURS, "real": REAL}


def for_real(text: str) -> str:
    """A configuration of the guide in the words that keepalived 2.2.7 reads."""
    text = re.sub(r"\blvs_id\b", "router_id", text)
    return re.sub(r"^\s*nat_mask .*\n", "", text, flags=re.MULTILINE)


@dataclass(slots=True)
class Daemon:
    """One running keepalived."""

    kind: str
    host: Host
    program: Program
    crashed: bool = False
    """Its host is gone from the network: nobody may count on what is left there."""

    def log(self) -> str:
        return self.program.text()

    def running(self) -> bool:
        return self.program.running()

    def stop(self, bound_s: float = 15.0) -> int:
        """A clean stop; gives the exit status."""
        return self.program.end(signal.SIGTERM, bound_s)


def run_keepalived(kind: str, host: Host, text: str, *options: str, label: str = "") -> Daemon:
    """Start `ours` or `real` on a host with a configuration's text, in the foreground."""
    folder = host.world.folder
    stem = f"{host.name}-{label or kind}"
    path = folder / f"{stem}.conf"
    path.write_text(for_real(text) if kind == "real" else text)
    words = [str(PROGRAMS[kind]), "-n", "-l", "-D", "-f", str(path)]
    words += ["-p", str(folder / f"{stem}.pid"), "-r", str(folder / f"{stem}-vrrp.pid")]
    words += ["-c", str(folder / f"{stem}-checkers.pid"), *options]
    return Daemon(kind, host, host.start(*words, label=label or kind))


def start_checker(host: Host, kind: str, file: Path, **environment: str) -> Program:
    """Start the checker half alone of one of the two programs."""
    pids = [f"-{letter}{host.world.folder}/{kind}.{letter}" for letter in "pc"]
    words = (str(PROGRAMS[kind]), "-C", "-n", "-l", "-D", "-f", str(file), *pids)
    return host.start(*words, label=kind, **environment)
