"""What is tracked, ours and the real 2.2.7: the same file, the same happenings, the same adverts.

Every daemon here listens to a switch; what it says there, and when, is all that counts.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.lab.directors import OURS
from tests.lab.hosts import World
from tests.lab.waiting import until
from tests.lab.wiretap import Advert, Wiretap
from tests.netns.daemons import Daemon, Link, router

pytestmark = pytest.mark.netns
KINDS = ("ours", "real")
GLOBALS = "global_defs {\n    enable_script_security\n    script_user root\n}\n"
INTERVAL_S = 1.0
SLACK_S = 0.35
"""For two programs, a busy machine, and a capture."""
START_S = 4 * INTERVAL_S + 3.6


def now_us() -> int:
    return time.monotonic_ns() // 1000


@dataclass
class Lan:
    """A link, an ear on it, and the things that daemons track."""

    link: Link
    wire: Wiretap
    folder: Path
    daemons: list[Daemon] = field(default_factory=list)

    def start(self, kind: str, name: str, priority: int, lists: str) -> Daemon:
        """Start a daemon that tracks its own file, script, process and link by these lists."""
        host = self.link.a if name == "a" else self.link.b
        (self.folder / f"{name}-status").write_text("0\n")
        script = self.folder / f"{name}-script"
        script.write_text(f"#!/bin/sh\nexit $(cat {self.folder}/{name}-status)\n")
        script.chmod(0o755)
        blocks = (
            f"vrrp_script chk {{\n    script {script}\n    interval 1\n    weight -20\n}}\n"
            f"track_file number {{\n    file {self.folder}/{name}-number\n    weight 2\n}}\n"
            f"vrrp_track_process tool {{\n    process {name}-tool\n    weight -20\n}}\n"
        )
        text = GLOBALS + blocks + router(priority, extra=lists)
        daemon = Daemon(kind, host, text, "-D", "-P")
        self.daemons.append(daemon)
        return daemon

    def after(self, source: str, since_us: int, priority: int, bound_s: float) -> float:
        """Wait for an advert of this priority; give how long it took, in seconds."""

        def said() -> list[Advert]:
            heard = self.wire.since(since_us, 51)
            return [a for a in heard if a.source == source and a.priority == priority]

        try:
            found = until(said, bound_s, f"priority {priority} from {source}")
        except AssertionError as why:
            raise AssertionError(f"{why}\n{self.logs()}") from why
        return (found[0].at_us - since_us) / 1e6

    def priorities(self, source: str, since_us: int) -> list[int]:
        """Give the priorities that were said, one after the other, without repetitions."""
        found = [a.priority for a in self.wire.since(since_us, 51) if a.source == source]
        return [p for at, p in enumerate(found) if at == 0 or found[at - 1] != p]

    def logs(self) -> str:
        return "\n".join(f"--- {d.host.name}\n{d.log()[-3000:]}" for d in self.daemons)


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Lan]:
    with World() as world:
        link = Link(world)
        for host in (link.a, link.b):
            host.ip("link add up0 type veth peer name up1", "link set up0 up", "link set up1 up")
        wire = Wiretap(link.switch, ("lan",))
        try:
            yield Lan(link, wire, tmp_path)
        finally:
            wire.close()


A, B = "10.77.0.1", "10.77.0.2"


def write(path: Path, text: str) -> Callable[[Lan], None]:
    def act(lan: Lan) -> None:
        (lan.folder / path).write_text(text)

    return act


def pull(state: str) -> Callable[[Lan], None]:
    return lambda lan: lan.link.a.ip(f"link set up1 {state}")


WEIGHTED = {
    "file": ("track_file {\n number\n}", Path("a-number"), "-5", "", 110),
    "script": ("track_script {\n chk\n}", Path("a-status"), "1", "0", 100),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", [*WEIGHTED, "interface"])
def test_a_weight_is_in_the_next_regular_advert(lan: Lan, kind: str, what: str) -> None:
    if what == "interface":
        lists = "track_interface {\n up0 weight -20\n}"
        bad, good = pull("down"), pull("up")
        lower = 80
    else:
        lists, path, wrong, right, _ = WEIGHTED[what]
        bad, good = write(path, wrong), write(path, right)
        lower = 90 if what == "file" else 80
    lan.start(kind, "a", 100, lists)
    lan.after(A, now_us(), 100, START_S)
    wait_s = INTERVAL_S + SLACK_S + (INTERVAL_S if what == "script" else 0)
    at_us = now_us()
    bad(lan)
    assert lan.after(A, at_us, lower, wait_s) < wait_s
    at_us = now_us()
    good(lan)
    lan.after(A, at_us, 100, wait_s)
    assert lan.priorities(A, at_us - 1_500_000)[-2:] == [lower, 100]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", ["file", "script", "interface"])
def test_without_a_weight_it_resigns_at_once_and_leads_again_when_it_is_well(
    lan: Lan, kind: str, what: str
) -> None:
    if what == "interface":
        lists, bad, good = "track_interface {\n up0\n}", pull("down"), pull("up")
    else:
        name = "number" if what == "file" else "chk"
        lists = f"track_{what} {{\n {name} weight 0\n}}"
        path = Path("a-number" if what == "file" else "a-status")
        bad, good = write(path, "1"), write(path, "0")
    lan.start(kind, "a", 100, lists)
    lan.after(A, now_us(), 100, START_S)
    wait_s = SLACK_S + (INTERVAL_S if what == "script" else 0)
    at_us = now_us()
    bad(lan)
    assert lan.after(A, at_us, 0, wait_s + 1) < wait_s
    until(lambda: not lan.link.has(lan.link.a), 2, "the address is gone")
    time.sleep(0.5)
    at_us = now_us()
    good(lan)
    took_s = lan.after(A, at_us, 100, START_S)
    assert 3.609 - SLACK_S < took_s < 3.609 + wait_s + SLACK_S


@pytest.mark.parametrize("roles", [("ours", "real"), ("real", "ours")], ids="-".join)
@pytest.mark.parametrize("what", ["file", "script", "interface"])
def test_a_weight_moves_the_address_to_the_peer_and_back(
    lan: Lan, roles: tuple[str, str], what: str
) -> None:
    lists = (
        "track_file {\n number\n}\ntrack_script {\n chk\n}\ntrack_interface {\n up0 weight -20\n}"
    )
    lan.start(roles[0], "a", 110, lists)
    lan.start(roles[1], "b", 100, lists)
    lan.after(A, now_us(), 110, START_S)
    bad, good = {
        "file": (write(Path("a-number"), "-10"), write(Path("a-number"), "0")),
        "script": (write(Path("a-status"), "1"), write(Path("a-status"), "0")),
        "interface": (pull("down"), pull("up")),
    }[what]
    at_us = now_us()
    bad(lan)
    # Until it is said a second passes at most; then the timer of the last better advert ends.
    moved_s = lan.after(B, at_us, 100, 6.5)
    assert moved_s < INTERVAL_S + 3.609 + (INTERVAL_S if what == "script" else 0) + SLACK_S
    until(lan.link.only(lan.link.b), 2, "b has the address, a has not")
    at_us = now_us()
    good(lan)
    back_s = lan.after(A, at_us, 110, 6.5)
    assert back_s < INTERVAL_S + 3.609 + (INTERVAL_S if what == "script" else 0) + SLACK_S
    until(lan.link.only(lan.link.a), 2, "a has the address, b has not")


def test_a_process_that_ends_is_noticed_at_once_and_one_that_begins_within_a_second(
    lan: Lan,
) -> None:
    """In a network namespace the kernel tells of no processes; 2.2.7 looks at the start only."""
    tool = lan.folder / "a-tool"
    shutil.copy("/bin/sleep", tool)
    first = subprocess.Popen([tool, "60"])
    try:
        lan.start("ours", "a", 100, "track_process {\n tool weight 0\n}")
        lan.after(A, now_us(), 100, START_S)
        at_us = now_us()
        first.kill()
        assert lan.after(A, at_us, 0, 2) < SLACK_S
        first.wait()
        time.sleep(0.5)
        at_us = now_us()
        second = subprocess.Popen([tool, "60"])
        try:
            assert lan.after(A, at_us, 100, START_S) < 3.609 + 1.1 + SLACK_S
        finally:
            second.kill()
            second.wait()
    finally:
        first.kill()
        first.wait()


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_told_of_an_instance_that_waits_for_its_first_result(lan: Lan, kind: str) -> None:
    lan.start(kind, "a", 100, "track_script {\n chk weight 0\n}")
    daemon = lan.daemons[0]
    lan.after(A, now_us(), 100, START_S)
    assert "Entering FAULT STATE" not in daemon.log()
    assert "VRRP_Script(chk) succeeded" in daemon.log()


def test_the_status_says_what_the_priority_is_made_of(lan: Lan) -> None:
    lists = "track_file {\n number\n}\ntrack_script {\n chk\n}"
    (lan.folder / "a-number").write_text("3")
    daemon = lan.start("ours", "a", 110, lists)
    lan.after(A, now_us(), 116, START_S)
    (lan.folder / "a-status").write_text("1")
    lan.after(A, now_us(), 96, 2 * INTERVAL_S + SLACK_S)
    kactl = str(OURS.with_name("kactl"))
    shown = lan.link.a.run(kactl, "status", f"--pid-file={daemon.pid_file}")
    assert "96 = 110 base - 20 script chk + 6 file number" in shown


@pytest.mark.parametrize("kind", KINDS)
def test_a_static_address_whose_link_goes_bars_the_instances_of_its_track_group(
    lan: Lan, kind: str
) -> None:
    statics = (
        "track_group T {\n    group {\n        VI_1\n    }\n}\n"
        "static_ipaddress {\n    10.9.0.1/24 dev up0 track_group T\n}\n"
        "static_routes {\n    10.10.0.0/24 via 10.9.0.9 dev up0 track_group T\n}\n"
    )
    host = lan.link.a
    daemon = Daemon(kind, host, GLOBALS + statics + router(100), "-D", "-P")
    lan.daemons.append(daemon)
    lan.after(A, now_us(), 100, START_S)
    assert "10.9.0.1/24" in host.addresses("up0")
    host.ip("address delete 10.9.0.1/24 dev up0")
    until(lambda: "10.9.0.1/24" in host.addresses("up0"), 3, "the address is put back")
    at_us = now_us()
    host.ip("link set up0 down")
    assert lan.after(A, at_us, 0, 2) < SLACK_S
    host.ip("link set up0 up")
    assert lan.after(A, at_us, 100, START_S) < START_S
    until(lambda: "10.10.0.0/24" in host.run("ip", "route"), 3, "the route is put back")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flaw", ["gone", "anybody's"])
def test_a_script_that_may_not_be_run_is_told_of_and_bars_nobody(
    lan: Lan, kind: str, flaw: str
) -> None:
    script, ran = lan.folder / "a-flawed", lan.folder / "a-ran"
    if flaw == "anybody's":
        script.write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n")
        script.chmod(0o777)
    block = f"vrrp_script chk {{\n    script {script}\n    interval 1\n}}\n"
    text = GLOBALS + block + router(100, extra="track_script {\n chk\n}")
    lan.daemons.append(Daemon(kind, lan.link.a, text, "-D", "-P"))
    lan.after(A, now_us(), 100, START_S)
    assert "Disabling track script chk" in lan.daemons[0].log()
    assert not ran.exists()
