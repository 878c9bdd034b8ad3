"""BFD between our daemon, keepalived 2.2.7 and FRR: sessions come up, expire and come back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from tests.lab.directors import OURS, REAL
from tests.lab.hosts import Host
from tests.lab.waiting import until
from tests.netns.daemons import Daemon, Link

pytestmark = pytest.mark.netns
A, B = "10.77.0.1", "10.77.0.2"
KACTL = OURS.with_name("kactl")
BFDD = "/usr/lib/frr/bfdd"
PAIRS = [("ours", "ours"), ("ours", "real"), ("real", "ours")]


def session(neighbour: str, source: str, extra: str = "", name: str = "PEER") -> str:
    return f"""
bfd_instance {name} {{
    neighbor_ip {neighbour}
    source_ip {source}
    min_rx 100
    min_tx 100
    multiplier 5
    {extra}
}}
"""


def daemon(kind: str, host: Host, text: str, *options: str) -> Daemon:
    if kind == "real" and not REAL.exists():
        pytest.skip("needs the package keepalived")
    pid = host.world.folder / f"{host.name}-bfd.pid"
    return Daemon(kind, host, text, "-D", "-b", str(pid), *options)


def bfd_pid(one: Daemon) -> int:
    return one.number(one.host.world.folder / f"{one.host.name}-bfd.pid")


def count(one: Daemon, line: str) -> int:
    return one.log().count(line)


def status(one: Daemon) -> dict[str, Any]:
    done = subprocess.run(
        [str(KACTL), "status", "--json", "--pid-file", str(one.pid_file)],
        capture_output=True,
        text=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def comes_up(*ends: Daemon, times: int = 1) -> None:
    def up() -> bool:
        return all(count(one, "(PEER) Entering Up state") >= times for one in ends)

    until(up, 10, "the session is up")


def crash(one: Daemon) -> None:
    one.host.kill_all()
    until(lambda: not one.program.running(), 5, "it is dead")
    for left in one.host.world.folder.glob(f"{one.host.name}*.pid"):
        left.unlink()  # 2.2.7 takes them for a running daemon's


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_session_comes_up_expires_when_the_peer_is_killed_and_comes_back(
    link: Link, first: str, second: str
) -> None:
    a = daemon(first, link.a, session(B, A))
    b = daemon(second, link.b, session(A, B))
    comes_up(a, b)
    crash(b)
    begin = time.monotonic()
    a.says("(PEER) Expired after 500 ms")
    assert time.monotonic() - begin < 2
    a.says("Entering Down state (Local diagnostic - Control Detection Time Expired")
    b = daemon(second, link.b, session(A, B))
    comes_up(a, b, times=2)
    assert b.stop() == 0
    until(lambda: count(a, "Entering Down state") == 2, 2, "a hears the stop, or the silence")
    if second == "ours":
        assert "Neighbor Signaled Session Down" in a.log()
    assert a.stop() == 0


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_over_ipv6_a_session_comes_up_and_stays(link: Link, first: str, second: str) -> None:
    for host, number in ((link.a, 1), (link.b, 2)):
        host.ip(f"address add fd00:77::{number}/64 dev eth0 nodad")
    a = daemon(first, link.a, session("fd00:77::2", "fd00:77::1"))
    b = daemon(second, link.b, session("fd00:77::1", "fd00:77::2"))
    comes_up(a, b)
    time.sleep(1)
    assert count(a, "Entering Down state") == count(b, "Entering Down state") == 0
    assert b.stop() == a.stop() == 0


@pytest.mark.parametrize("second", ["ours", "real"])
def test_a_passive_end_waits_for_the_other_and_may_be_the_later_one(
    link: Link, second: str
) -> None:
    a = daemon("ours", link.a, session(B, A, "passive"))
    time.sleep(1)
    assert status(a)["bfd"]["sessions"][0]["sent"] == 0
    b = daemon(second, link.b, session(A, B))
    comes_up(a, b)
    assert b.stop() == a.stop() == 0


def test_over_several_hops_it_is_spoken_at_the_other_port(link: Link) -> None:
    extra = "multihop\nmax_hops 5"
    a = daemon("ours", link.a, session(B, A, extra))
    b = daemon("ours", link.b, session(A, B, extra))
    comes_up(a, b)
    with link.a.entered():
        shown = subprocess.run(["ss", "-lunH"], capture_output=True, text=True).stdout
    assert ":4784" in shown and ":3784" not in shown
    assert b.stop() == a.stop() == 0


def test_a_reload_keeps_the_session_and_agrees_on_the_new_interval(link: Link) -> None:
    a = daemon("ours", link.a, session(B, A))
    b = daemon("ours", link.b, session(A, B))
    comes_up(a, b)
    a.path.write_text(session(B, A).replace("min_tx 100", "min_tx 200"))
    a.signal(signal.SIGHUP)
    a.says("Reload complete")
    until(lambda: status(b)["bfd"]["sessions"][0]["detection_us"] == 1_000_000, 3, "b is told")
    shown = status(a)["bfd"]["sessions"][0]
    assert (shown["state"], shown["fell"], shown["polling"]) == ("UP", 0, False)
    assert b.stop() == a.stop() == 0


def test_a_reload_brings_the_process_and_ends_it(link: Link) -> None:
    b = daemon("ours", link.b, session(A, B))
    a = daemon("ours", link.a, "", "--all")
    a.says("Startup complete")
    a.path.write_text(session(B, A))
    a.signal(signal.SIGHUP)
    comes_up(a, b)
    assert a.stop() == 0
    alone = TRACKED.replace("PEER", "")
    a = daemon("ours", link.a, alone)
    until(lambda: count(a, "Startup complete") == 2, 10, "it runs again, and says so in one log")
    a.path.write_text(session(B, A) + TRACKED)
    a.signal(signal.SIGHUP)
    comes_up(b, times=2)
    number = bfd_pid(a)
    a.path.write_text(alone)
    a.signal(signal.SIGHUP)
    until(lambda: not os.path.exists(f"/proc/{number}"), 5, "the process has ended")
    assert count(a, "Respawning") == 0
    assert b.stop() == a.stop() == 0


FLOOD = """
import socket, sys, time
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
begin, said = time.monotonic(), 0
while (spent := time.monotonic() - begin) < 3:
    if said > spent * 20_000:
        time.sleep(0.001)
    for data in sys.argv[1:]:
        line.sendto(bytes.fromhex(data), ("10.77.0.1", 3784))
        said += 1
print(said)
"""


def test_a_flood_of_packets_that_are_for_no_session_changes_nothing(link: Link) -> None:
    a = daemon("ours", link.a, session(B, A))
    b = daemon("ours", link.b, session(A, B))
    comes_up(a, b)
    memory = f"/proc/{bfd_pid(a)}/statm"

    def pages() -> int:
        with open(memory) as file:
            return int(file.read().split()[1])

    before, lines = pages(), len(a.log().splitlines())
    strange = "20c004180000000b0000000a0000c3500000c35000000000"
    said = link.b.run(sys.executable, "-c", FLOOD, "00" * 24, strange, "20", "ff" * 1000)
    assert int(said) > 20_000
    shown = status(a)["bfd"]
    assert (shown["sessions"][0]["state"], shown["sessions"][0]["fell"]) == ("UP", 0)
    assert shown["packets_for_nobody"] > 10_000
    assert pages() < before + 512
    assert len(a.log().splitlines()) < lines + 10
    assert b.stop() == a.stop() == 0


def test_a_source_address_that_is_missing_is_said_and_waited_for(link: Link) -> None:
    a = daemon("ours", link.a, session(B, "10.77.0.11"))
    b = daemon("ours", link.b, session("10.77.0.11", B))
    a.says("10.77.0.11 is not an address of this host; add it or correct source_ip")
    link.a.ip("address add 10.77.0.11/24 dev eth0")
    comes_up(a, b)
    assert b.stop() == a.stop() == 0


def test_the_process_goes_by_the_names_that_upstream_gives_it(link: Link) -> None:
    a = daemon("ours", link.a, session(B, A))
    a.says("Starting BFD child process, pid=")
    number = bfd_pid(a)
    assert f"Starting BFD child process, pid={number}" in a.log()
    os.kill(number, signal.SIGKILL)
    a.says("BFD child process(")
    until(lambda: bfd_pid(a) != number, 5, "another one runs")
    assert a.stop() == 0
    without = daemon("ours", link.a, session(B, A), "-B")
    without.says("keepalived has no configuration to run")
    assert without.stop() == 0


SERVICE = """
virtual_server 10.77.0.100 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    real_server 10.77.0.2 80 {
        BFD_CHECK {
            name PEER
            alpha
        }
    }
}
"""


def in_service(one: Daemon) -> bool:
    return bool(status(one)["checker"]["services"][0]["servers"][0]["up"])


def test_a_server_serves_while_its_session_is_up_and_a_crash_of_the_process_costs_nothing(
    link: Link,
) -> None:
    a = daemon("ours", link.a, session(B, A) + SERVICE)
    a.says("Startup complete")
    assert not in_service(a)
    b = daemon("ours", link.b, session(A, B))
    a.says("BFD check of [PEER] RS([10.77.0.2]:tcp:80) is UP")
    until(lambda: in_service(a), 3, "it serves")
    number = bfd_pid(a)
    os.kill(number, signal.SIGKILL)
    until(lambda: count(a, "(PEER) Entering Up state") == 2, 5, "the session is up again")
    assert in_service(a)
    assert "is DOWN" not in a.log()
    os.kill(a.number(a.checkers_pid_file), signal.SIGKILL)
    until(lambda: count(a, "RS([10.77.0.2]:tcp:80) is UP") == 2, 5, "the next one is told")
    crash(b)
    a.says("is DOWN (nothing was heard of the neighbour for the detection time)")
    assert not in_service(a)
    assert a.stop() == 0


def test_a_process_that_comes_back_to_a_dead_neighbour_says_so_in_the_end(link: Link) -> None:
    a = daemon("ours", link.a, session(B, A) + SERVICE)
    a.says("Startup complete")
    b = daemon("ours", link.b, session(A, B))
    until(lambda: in_service(a), 10, "it serves")
    b.host.ip("link set eth0 down")
    os.kill(bfd_pid(a), signal.SIGKILL)
    a.says("(PEER) was up before this process began and is not up after 3 s: down")
    until(lambda: not in_service(a), 2, "it serves no more")
    assert b.stop() == a.stop() == 0


TRACKED = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 150
    track_bfd {
        PEER
    }
    virtual_ipaddress {
        10.77.0.100
    }
}
"""


@pytest.mark.parametrize(("first", "second"), PAIRS[:2])
def test_an_instance_leads_while_its_session_is_up_and_is_at_fault_while_it_is_not(
    link: Link, first: str, second: str
) -> None:
    a = daemon(first, link.a, session(B, A) + TRACKED)
    a.says("Entering FAULT STATE")
    b = daemon(second, link.b, session(A, B))
    until(lambda: link.has(link.a), 15, "a leads")
    assert "Respawning" not in a.log()
    number = bfd_pid(a)
    os.kill(number, signal.SIGKILL)
    comes_up(a, times=2)
    assert link.has(link.a) and count(a, "Entering FAULT STATE") == 1
    os.kill(a.number(a.vrrp_pid_file), signal.SIGKILL)
    a.says("(VI_1) leads on")
    assert count(a, "Entering FAULT STATE") == 1
    assert count(a, "(PEER) Entering Down state") == 0
    crash(b)
    until(lambda: not link.has(link.a), 2, "a is at fault")
    assert a.stop() == 0


def test_a_parent_that_is_killed_costs_nobody_the_lead_when_the_next_one_comes(link: Link) -> None:
    a = daemon("ours", link.a, session(B, A) + TRACKED)
    b = daemon("ours", link.b, session(A, B))
    until(lambda: link.has(link.a), 15, "a leads")
    a.signal(signal.SIGKILL)
    until(lambda: not a.program.running(), 5, "the parent is dead")
    faults = count(a, "Entering FAULT STATE")
    again = daemon("ours", link.a, session(B, A) + TRACKED)
    until(lambda: count(again, "(PEER) Entering Up state") == 2, 10, "the session is up again")
    again.says("(VI_1) leads on")
    time.sleep(1)
    assert count(again, "Entering FAULT STATE") == faults
    assert link.has(link.a)
    assert again.stop() == b.stop() == 0


class Frr:
    """FRR's bfdd on a host, with one peer."""

    def __init__(self, host: Host) -> None:
        self.folder = host.world.folder / f"{host.name}-frr"
        self.folder.mkdir()
        lines = [f" peer {A} local-address {B} interface eth0", "  receive-interval 100"]
        lines += ["  transmit-interval 100", "  detect-multiplier 5", "  no shutdown", " exit"]
        (self.folder / "bfdd.conf").write_text("\n".join(["bfd", *lines, "exit", ""]))
        (self.folder / "zebra.conf").touch()
        for place in (self.folder, *self.folder.iterdir()):
            shutil.chown(place, "frr", "frr")
        zserv = self.folder / "zserv.api"
        for name in ("zebra", "bfdd"):
            more = ["--bfdctl", str(self.folder / "bfdd.sock")] if name == "bfdd" else []
            host.start(
                *(f"/usr/lib/frr/{name}", "-f", str(self.folder / f"{name}.conf"), "-P", "0"),
                *("-i", str(self.folder / f"{name}.pid"), "-z", str(zserv)),
                *("--vty_socket", str(self.folder), *more),
                label=name,
            )
            until(zserv.exists, 10, "zebra listens")

    def tell(self, *lines: str) -> str:
        words = ["vtysh", "--vty_socket", str(self.folder), "-d", "bfdd"]
        for line in lines:
            words += ["-c", line]
        return subprocess.run(words, capture_output=True, text=True).stdout


def test_with_frr_a_session_comes_up_and_its_admin_down_is_heard(link: Link) -> None:
    if not os.path.exists(BFDD):
        pytest.skip("needs the package frr")
    a = daemon("ours", link.a, session(B, A))
    frr = Frr(link.b)
    comes_up(a)
    peer = f"peer {A} local-address {B} interface eth0"
    until(lambda: '"status":"up"' in frr.tell("show bfd peers json"), 5, "frr says up")
    frr.tell("configure terminal", "bfd", peer, "shutdown")
    a.says("the neighbour has taken the session down")
    frr.tell("configure terminal", "bfd", peer, "no shutdown")
    comes_up(a, times=2)
    link.b.kill_all()
    a.says("(PEER) Expired after 500 ms")
    assert a.stop() == 0
