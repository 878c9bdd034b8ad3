"""Runs the keepalived that a distribution ships, in a namespace of its own, for comparison.

Rule: whoever lacks a part of it gets a skip that names the part.
"""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.lab.shim import SOURCE, build_shim

from keepalived.config.root import Config
from keepalived.port.facts import Link, LinkAddress
from keepalived.run.dump import default_owner, found, numbers_of
from keepalived.status.classic_dump import Surroundings

REAL = "/usr/sbin/keepalived"
VERSION = "v2.2.7"
MOST_TIME_S = 8.0
DUMPED = {"Entering BACKUP": 0.3, "Activating": 0.3, "------< Inter": 1.0, "------< Health": 1.0}
"""What stands behind a dump, or near its end; how long it has to be quiet then."""


def skip_without_upstream() -> None:
    """Skip where keepalived 2.2.7 is not installed."""
    if not Path(REAL).exists():
        pytest.skip("needs the package keepalived")
    said = subprocess.run([REAL, "-v"], capture_output=True, text=True).stderr
    if VERSION not in said:
        pytest.skip(f"needs keepalived {VERSION}, there is {said.splitlines()[0]}")


def shim_or_skip(shared: Path, folder: Path) -> Path:
    """Build what lets the real checker run where the kernel has no ip_vs."""
    if shutil.which("cc") is None or not (shared / SOURCE).exists():
        pytest.skip(f"needs a C compiler and {SOURCE} of the shared data")
    return build_shim(shared, folder)


class Namespace:
    """A network namespace with eth0 and eth1, addressed as director 1 of the case study."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> Namespace:
        self._ip("netns", "add", self.name, inside=False)
        try:
            self._furnish()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _furnish(self) -> None:
        self._ip("link", "set", "lo", "up")
        for link, address in (("eth0", "192.168.200.5/24"), ("eth1", "192.168.100.5/24")):
            self._ip("link", "add", link, "type", "veth", "peer", "name", f"peer-{link}")
            self._ip("link", "set", f"peer-{link}", "up")
            self._ip("link", "set", link, "up")
            self._ip("addr", "add", address, "dev", link)

    def __exit__(self, *_: object) -> None:
        self._ip("netns", "del", self.name, inside=False)

    def _ip(self, *words: str, inside: bool = True) -> str:
        where = ["-n", self.name] if inside else []
        done = subprocess.run(["ip", *where, *words], check=True, capture_output=True, text=True)
        return done.stdout

    def surroundings(self, config: Config | None = None) -> Surroundings:
        """Give what a dump of this configuration shows of the namespace."""
        links: list[Link] = []
        addresses: list[LinkAddress] = []
        for each in json.loads(self._ip("-j", "addr")):
            flags, name = set(each["flags"]), each["ifname"]
            links.append(
                Link(
                    index=each["ifindex"],
                    name=name,
                    mac=bytes.fromhex(each["address"].replace(":", "")),
                    mtu=each["mtu"],
                    admin_up="UP" in flags,
                    running="LOWER_UP" in flags,
                    no_arp="NOARP" in flags,
                    loopback="LOOPBACK" in flags,
                )
            )
            addresses += [
                LinkAddress(name, ipaddress.ip_address(info["local"]), info["prefixlen"])
                for info in each["addr_info"]
            ]
        return Surroundings(
            host_name=os.uname().nodename,
            links=links,
            addresses=addresses,
            program=found,
            ids=numbers_of,
            owner=default_owner(config) if config is not None else "",
        )

    def test(self, file: Path, *options: str) -> int:
        """Give the exit status of the real program's configuration test."""
        command = ["ip", "netns", "exec", self.name, REAL, "-t", "-f", str(file), *options]
        return subprocess.run(command, capture_output=True, timeout=30).returncode

    def dump(self, file: Path, folder: Path, *options: str, preload: Path | None = None) -> str:
        """Run the real program with `-d` until it has dumped; give its console's lines."""
        pids = [f"-{letter}{folder}/{letter}.pid" for letter in "prc"]
        command = ["ip", "netns", "exec", self.name, REAL, "-n", "-l", "-d", "-f", str(file)]
        environment = {**os.environ, **({"LD_PRELOAD": str(preload)} if preload else {})}
        console = folder / "console"
        with console.open("w") as out:
            process = subprocess.Popen(
                [*command, *pids, *options], stdout=out, stderr=out, env=environment
            )
            try:
                _wait_until_quiet(console)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(10)
        return console.read_text(errors="replace")


def _wait_until_quiet(console: Path) -> None:
    """Wait until it has dumped, and then said nothing for a moment."""
    end, size, since = time.monotonic() + MOST_TIME_S, 0, time.monotonic()
    while time.monotonic() < end:
        now = console.stat().st_size
        if now != size:
            size, since = now, time.monotonic()
        text = console.read_text(errors="replace")
        waits = [least for mark, least in DUMPED.items() if mark in text]
        if waits and time.monotonic() - since > min(waits):
            return
        time.sleep(0.05)
