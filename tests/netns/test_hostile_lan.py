"""A hostile LAN: forged, replayed, truncated and oversized adverts at 20,000 packets a second.

One director leads and one follows, each with an instance for every way to prove an advert's origin.
For ten seconds nothing may move, memory may not grow, and every advert of the master's leaves on
time.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from tests.lab.directors import Daemon, run_keepalived
from tests.lab.hostile import OWN_MAC, advert2, advert3, forged_ah, forged_trailer, frame
from tests.lab.hosts import Host, World, missing
from tests.lab.network import PYTHON, ROOT
from tests.lab.stalls import watching_stalls
from tests.lab.waiting import until
from tests.netns.daemons import Link
from tests.wire.pcap_file import frames as frames_of

pytestmark = [pytest.mark.netns, pytest.mark.alone]

RATE, SECONDS = 20_000, 10.0
LATE_MS = 60.0
"""How late an advert may be while the machine carries all that, and its other work."""
STANDSTILL_MS = 150.0
GROWN_KIB = 4096
PEERS = {"a": "10.77.0.1", "b": "10.77.0.2"}
PRIORITIES = {"a": 150, "b": 100}
HMAC_KEY = "0123456789abcdef0123456789abcdef"
INSTANCES = {  # router id → name, version, interval in seconds, words
    51: ("PASS", 2, "1", "authentication {\n auth_type PASS\n auth_pass s3cret\n}"),
    52: ("AH", 2, "1", "authentication {\n auth_type AH\n auth_pass s3cret\n}"),
    53: ("HMAC", 3, "0.1", f"auth_hmac {{\n key 1 {HMAC_KEY}\n active_key 1\n}}"),
    54: ("V3", 3, "0.1", ""),
}


def vip(router_id: int) -> str:
    return f"10.77.0.{router_id + 100}"


def text(router: str) -> str:
    """One router's file: an instance for each way."""
    parts = [f"global_defs {{\n router_id {router}\n}}"]
    for router_id, (name, version, interval, words) in INSTANCES.items():
        parts.append(
            f"vrrp_instance {name} {{\n state BACKUP\n interface eth0\n version {version}\n"
            f" virtual_router_id {router_id}\n priority {PRIORITIES[router]}\n"
            f" advert_int {interval}\n {words}\n"
            f" virtual_ipaddress {{\n  {vip(router_id)}/24\n }}\n}}"
        )
    return "\n".join([*parts, ""])


def hostile_frames(heard: list[bytes]) -> list[bytes]:
    """What an intruder may say who hears everything and knows no secret.

    What is unauthenticated (54) can be forged by anybody: there only what no standard lets in.
    """
    dice = random.Random(20_000)
    made: list[bytes] = list(heard)
    for number in range(1500):
        source = PEERS["ab"[number % 2]]
        wrong = (1, dice.randbytes(8))
        top = advert2(51, 255, [vip(51)], wrong)
        made += [
            frame(top, source),
            frame(advert2(51, 0, [vip(51)], wrong), source),
            frame(advert2(51, 255, [vip(51)]), source),
            frame(top[: dice.randrange(len(top))], source),
            frame(top + dice.randbytes(dice.randrange(1, 1400)), source),
            frame(advert2(51, 255, [vip(51)] * 255, (1, b"s3cret"))[:-4], source),
            frame(advert2(51, 255, [vip(51)], (1, b"s3cret")), source, hops=254),
            frame(advert2(51, 255, [vip(51)], (1, b"s3cret"), seconds=7), source),
            frame(advert2(52, 255, [vip(52)], (2, b"")), source),
            frame(
                forged_ah(advert2(52, 255, [vip(52)], (2, b"")), source, 2**31 + number, dice),
                source,
                51,
            ),
            frame(forged_ah(b"", source, number, dice)[: dice.randrange(24)], source, 51),
            frame(advert3(53, 255, [vip(53)], source, 10), source),
            frame(forged_trailer(advert3(53, 255, [vip(53)], source, 10), dice), source),
            frame(advert3(54, 255, [vip(54)], source, 0), source),
            frame(advert3(54, 255, [vip(54)], "10.77.0.77", 10), source),
            frame(advert3(54, 255, [vip(54)], source, 10), source, hops=1),
            frame(advert3(dice.randrange(60, 256), 255, [vip(54)], source, 10), source),
            frame(dice.randbytes(dice.randrange(1, 1480)), source),
        ]
    return made


class Lan:
    """The two routers, the intruder and a recorder of what the routers say."""

    def __init__(self, world: World) -> None:
        self.link = Link(world)
        self.world = world
        self.intruder: Host = world.host("c")
        world.cable(self.intruder, "eth0", self.link.switch, "c-port")
        self.link.switch.ip("link set c-port master lan")
        hosts = {"a": self.link.a, "b": self.link.b}
        self.hosts = hosts
        self.daemons: dict[str, Daemon] = {
            name: run_keepalived("ours", host, text(name), "-P") for name, host in hosts.items()
        }
        self.macs = {
            name: host.run("cat", "/sys/class/net/eth0/address").strip()
            for name, host in hosts.items()
        }

    def record(self, seconds: float) -> Path:
        """Start a recorder of what the two routers, and not the intruder, say."""
        place = self.world.folder / f"said-{time.monotonic_ns()}.pcap"
        sources = " or ".join(f"ether src {mac}" for mac in self.macs.values())
        self.link.switch.start(
            *("timeout", str(seconds), "tcpdump", "-U", "-n", "-i", "lan", "-w", str(place)),
            f"ip and ({sources})",
            label="recorder",
        )
        until(lambda: place.exists() and place.stat().st_size >= 24, 5, "tcpdump listens")
        return place

    def leads(self, name: str) -> bool:
        """Has a router all addresses, and the other none?"""
        other = "b" if name == "a" else "a"
        held = {each: self.hosts[each].addresses("eth0") for each in (name, other)}
        return all(
            f"{vip(n)}/24" in held[name] and f"{vip(n)}/24" not in held[other] for n in INSTANCES
        )

    def memory_kib(self, name: str) -> int:
        """What the router's processes have resident."""
        total = 0
        for number in self.hosts[name].numbers():
            found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{number}/status").read_text())
            total += int(found[1]) if found else 0
        return total


@pytest.fixture
def lan() -> Iterator[Lan]:
    lack = missing("tcpdump")
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    with World() as world:
        made = Lan(world)
        until(lambda: made.leads("a"), 20, "a leads everything")
        yield made


def gaps_ms(said: list[tuple[int, bytes]], mac: bytes, router_id: int) -> list[float]:
    """The times between a router's adverts of one virtual router."""
    times = []
    for at, data in said:
        begin = 34 + (24 if data[23] == 51 else 0)
        if data[6:12] == mac and data[23] in (112, 51) and data[begin + 1] == router_id:
            times.append(at)
    return [(later - at) / 1000 for at, later in pairwise(times)]


def replays(lan: Lan) -> list[bytes]:
    """What was said a moment ago, from the intruder's own address.

    What is not signed can be said again by anybody: replays are for those that number or sign.
    """
    recorded = lan.record(3.5)
    time.sleep(3.6)
    said = [each.data for each in frames_of(str(recorded.with_suffix("")))]
    found = [data[:6] + OWN_MAC + data[12:] for data in said if data[23] == 51 or data[35] == 53]
    assert found, "nothing was heard that could be replayed"
    return found


def faults_under(lan: Lan, place: Path) -> list[str]:
    """Let the flood come; gives what it brought about, in words."""
    before = {name: lan.memory_kib(name) for name in "ab"}
    logs = {name: len(daemon.log()) for name, daemon in lan.daemons.items()}
    recorded = lan.record(SECONDS + 3)
    flood = lan.intruder.start(
        *(str(PYTHON), "-m", "tests.lab.hostile", "eth0", str(RATE), str(SECONDS), str(place)),
        label=f"flood-{time.monotonic_ns()}",
        PYTHONPATH=str(ROOT),
    )
    until(lambda: not flood.running(), SECONDS + 10, "the flood is over")
    time.sleep(1.2)
    found = [] if lan.leads("a") else ["a does not lead"]
    if int(flood.text()) < 0.95 * RATE * SECONDS:
        found.append(f"only {flood.text().strip()} packets could be sent")
    for name, daemon in lan.daemons.items():
        news = daemon.log()[logs[name] :]
        found += [f"{name}: {line}" for line in news.splitlines() if "Entering" in line]
        if len(news.splitlines()) > 200:
            found.append(f"{name} filled its log:\n{news[:3000]}")
        grown = lan.memory_kib(name) - before[name]
        if grown > GROWN_KIB:
            found.append(f"{name} grew by {grown} KiB")
    return found + late_adverts(lan, recorded)


def late_adverts(lan: Lan, recorded: Path) -> list[str]:
    """Which adverts of the master's were late, or missing, or the backup's at all."""
    said = [(each.at, each.data) for each in frames_of(str(recorded.with_suffix("")))]
    macs = {name: bytes.fromhex(mac.replace(":", "")) for name, mac in lan.macs.items()}
    found = []
    for router_id, (name, _, interval, _) in INSTANCES.items():
        gaps = gaps_ms(said, macs["a"], router_id)
        if len(gaps) < SECONDS / float(interval) - 2:
            found.append(f"{name}: only {len(gaps)} adverts")
        if max(gaps, default=0) > 1000 * float(interval) + LATE_MS:
            found.append(f"{name}: {max(gaps):.1f} ms between two adverts")
        if gaps_ms(said, macs["b"], router_id):
            found.append(f"{name}: b spoke")
    return found


def test_twenty_thousand_hostile_packets_a_second_change_nothing(lan: Lan) -> None:
    place = lan.world.folder / "hostile"
    place.write_text("\n".join(each.hex() for each in hostile_frames(replays(lan))))
    for _ in range(3):
        with watching_stalls() as stalls:
            faults = faults_under(lan, place)
            stood_still_ms = stalls.lost_ms(0)
        if not faults or stood_still_ms < STANDSTILL_MS:
            break
        # The machine itself stood still: that proves nothing about the daemon.
        until(lambda: lan.leads("a"), 20, "a leads everything again")
    assert faults == []
