"""Processes of the daemon are killed, stopped and held up: a client notices little or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest
from tests.lab.asker import Asker
from tests.lab.directors import OURS, REAL
from tests.lab.waiting import until
from tests.lab.wiretap import Wiretap
from tests.netns.daemons import VIP, Daemon, Link, router

pytestmark = pytest.mark.netns
KACTL = OURS.with_name("kactl")
PEERS = ["ours", "real"]


def now_us() -> int:
    return time.monotonic_ns() // 1000


def pair(link: Link, peer: str, extra: str = "", *options: str) -> tuple[Daemon, Daemon]:
    """Our daemon as master on a, a peer as backup on b."""
    if peer == "real" and not REAL.exists():
        pytest.skip("needs the package keepalived")
    a = Daemon("ours", link.a, extra + router(150), "-P", *options)
    until(lambda: link.has(link.a), 10, "a leads")
    b = Daemon(peer, link.b, router(100), "-P")
    b.says("Entering BACKUP")
    time.sleep(1.2)
    return a, b


def ear(link: Link) -> Wiretap:
    link.switch.ip("address replace 10.77.0.254/24 dev lan")
    return Wiretap(link.switch, ("lan",))


def gaps_us(tap: Wiretap, source: str, since_us: int) -> list[int]:
    times = [each.at_us for each in tap.adverts if each.source == source and each.priority]
    return [b - a for a, b in pairwise(times) if b > since_us]


@pytest.mark.parametrize("peer", PEERS)
def test_a_vrrp_process_that_is_killed_is_replaced_and_nobody_notices(
    link: Link, peer: str
) -> None:
    a, b = pair(link, peer)
    tap, asker = ear(link), Asker(link.switch, VIP)
    monitor = link.a.start("ip", "-o", "monitor", "address", label="monitor")
    time.sleep(0.5)
    first, begun = a.number(a.vrrp_pid_file), now_us()
    os.kill(first, signal.SIGKILL)
    a.says("leads on: its process died", 3)
    time.sleep(3)
    asker.close()
    tap.close()
    second = a.number(a.vrrp_pid_file)
    assert second != first
    assert VIP not in monitor.text(), "no address is touched"
    assert max(gaps_us(tap, "10.77.0.1", begun)) < 1_250_000, "no advert is missed"
    assert asker.silences_us()[0] < 20_000
    assert "Entering MASTER" not in b.log()
    assert a.log().count("Entering MASTER STATE") == 1
    assert a.stop() == 0
    until(link.only(link.b), 5, "b leads after a's clean stop")


@pytest.mark.parametrize("peer", PEERS)
def test_signed_adverts_go_on_with_the_next_number(link: Link, peer: str) -> None:
    """A peer refuses a sequence number that it has heard before (RFC 2402)."""
    if peer == "real" and not REAL.exists():
        pytest.skip("needs the package keepalived")
    signed = "authentication {\n auth_type AH\n auth_pass k@l!ve4\n }"
    a = Daemon("ours", link.a, router(150, extra=signed), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    b = Daemon(peer, link.b, router(100, extra=signed), "-P")
    b.says("Entering BACKUP")
    time.sleep(2.2)
    os.kill(a.number(a.vrrp_pid_file), signal.SIGKILL)
    a.says("leads on: its process died", 3)
    time.sleep(5)
    assert "Entering MASTER" not in b.log(), "it believes what it hears"
    assert a.stop() == 0
    until(link.only(link.b), 5, "b leads after a's clean stop")


def test_a_process_that_is_kept_from_returning_gives_the_address_up_first(link: Link) -> None:
    a, _ = pair(link, "ours")
    # The parent cannot start anything as long as it is stopped.
    a.signal(signal.SIGSTOP)
    os.kill(a.number(a.vrrp_pid_file), signal.SIGKILL)
    until(lambda: link.has(link.b), 6, "b leads")
    time.sleep(0.2)
    tap = ear(link)
    a.signal(signal.SIGCONT)
    a.says("was away for longer than peers wait", 3)
    until(link.only(link.b), 2, "a has let go")
    tap.close()
    assert not [each for each in tap.adverts if each.source == "10.77.0.1"]
    until(link.only(link.a), 10, "a leads again in the ordinary way: it has the higher priority")


@pytest.mark.parametrize("peer", PEERS)
def test_children_outlive_their_parent_and_the_next_parent_takes_them_over(
    link: Link, peer: str
) -> None:
    a, b = pair(link, peer)
    tap, asker = ear(link), Asker(link.switch, VIP)
    monitor = link.a.start("ip", "-o", "monitor", "address", label="monitor")
    child, begun = a.number(a.vrrp_pid_file), now_us()
    a.program.end(signal.SIGKILL)
    time.sleep(2.5)
    assert link.a.numbers()
    again = Daemon("ours", link.a, router(150), "-P")
    again.says("has no parent: taking its work over")
    again.says("leads on: its process died")
    time.sleep(2.5)
    asker.close()
    tap.close()
    assert again.number(again.vrrp_pid_file) != child
    assert not os.path.exists(f"/proc/{child}")
    assert VIP not in monitor.text(), "no address is touched"
    assert max(gaps_us(tap, "10.77.0.1", begun)) < 1_250_000
    assert asker.silences_us()[0] < 20_000
    assert "Entering MASTER" not in b.log()
    assert again.stop() == 0
    until(link.only(link.b), 5, "b leads after a's clean stop")


def test_an_orphan_stops_cleanly_when_it_is_told_to(link: Link) -> None:
    a, _ = pair(link, "ours")
    child = a.number(a.vrrp_pid_file)
    a.program.end(signal.SIGKILL)
    time.sleep(0.3)
    os.kill(child, signal.SIGTERM)
    until(link.only(link.b), 5, "b leads")
    until(lambda: not link.a.numbers(), 5, "the orphan is gone")


def test_an_orphan_without_work_is_stopped_by_the_next_parent(link: Link) -> None:
    a, _ = pair(link, "ours")
    a.program.end(signal.SIGKILL)
    time.sleep(0.3)
    again = Daemon("ours", link.a, "global_defs {\n}\n", "-P")
    again.says("has no parent and no work: stopping it")
    until(link.only(link.b), 5, "b leads")
    assert again.stop() == 0


def test_children_stop_with_their_parent_where_the_file_says_so(link: Link) -> None:
    a, _ = pair(link, "ours", "global_defs {\n orphans stop\n}\n")
    a.program.end(signal.SIGKILL)
    until(link.only(link.b), 5, "b leads")
    until(lambda: not link.a.numbers(), 5, "the child is gone")


@pytest.mark.parametrize("peer", PEERS)
def test_a_stop_leaves_a_client_without_an_answer_for_less_than_five_milliseconds(
    link: Link, peer: str
) -> None:
    a, _ = pair(link, peer)
    tap, asker = ear(link), Asker(link.switch, VIP)
    time.sleep(0.5)
    begun = now_us()
    assert a.stop() == 0
    time.sleep(1)
    asker.close()
    tap.close()
    assert asker.silences_us(begun)[0] < 5_000
    zeros = [each for each in tap.adverts if each.source == "10.77.0.1" and not each.priority]
    assert zeros
    assert link.only(link.b)()


WAYS = {
    "version 3": "version 3",
    "nopreempt": "nopreempt",
    "unicast": "unicast_src_ip 10.77.0.{own}\n unicast_peer {{\n 10.77.0.{other}\n }}",
    "AH": "authentication {{\n auth_type AH\n auth_pass k@l!ve4\n }}",
}


@pytest.mark.parametrize("way", WAYS)
def test_any_peer_takes_over_without_a_gap(link: Link, way: str) -> None:
    if not REAL.exists():
        pytest.skip("needs the package keepalived")
    a = Daemon("ours", link.a, router(150, extra=WAYS[way].format(own=1, other=2)), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    b = Daemon("real", link.b, router(100, extra=WAYS[way].format(own=2, other=1)), "-P")
    b.says("Entering BACKUP")
    time.sleep(2.2)
    link.switch.ip("address replace 10.77.0.254/24 dev lan")
    asker = Asker(link.switch, VIP)
    time.sleep(0.5)
    begun = now_us()
    assert a.stop() == 0
    time.sleep(1)
    asker.close()
    assert asker.silences_us(begun)[0] < 20_000
    assert "10.77.0.2 leads, priority 100" in a.log()
    assert link.only(link.b)()


def test_a_stop_without_handover_lets_go_at_once(link: Link) -> None:
    a, _ = pair(link, "ours", "global_defs {\n handover_at_stop off\n}\n")
    begin = time.monotonic()
    assert a.stop() == 0
    assert time.monotonic() - begin < 0.5


def kactl(a: Daemon, *words: str) -> str:
    socket = a.pid_file.with_suffix(".sock")
    command = [str(KACTL), *words, "--socket", str(socket)]
    with a.host.entered():
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    return done.stdout + done.stderr


@pytest.mark.parametrize("peer", PEERS)
def test_a_master_that_was_stalled_hears_what_waits_before_it_speaks(link: Link, peer: str) -> None:
    """A backup of ours, stalled for 10 s under a living master, stays a backup."""
    if peer == "real" and not REAL.exists():
        pytest.skip("needs the package keepalived")
    Daemon(peer, link.b, router(100), "-P")
    until(lambda: link.has(link.b), 10, "b leads")
    a = Daemon("ours", link.a, router(90), "-P")
    a.says("Entering BACKUP")
    time.sleep(1.5)
    child = a.number(a.vrrp_pid_file)
    tap = ear(link)
    os.kill(child, signal.SIGSTOP)
    time.sleep(10)
    os.kill(child, signal.SIGCONT)
    a.says("ms late", 3)
    time.sleep(4)
    tap.close()
    assert "Entering MASTER" not in a.log()
    assert not [each for each in tap.adverts if each.source == "10.77.0.1"]


@pytest.mark.parametrize("peer", PEERS)
def test_a_stalled_master_that_finds_a_better_one_says_nothing_more(link: Link, peer: str) -> None:
    if peer == "real" and not REAL.exists():
        pytest.skip("needs the package keepalived")
    a = Daemon("ours", link.a, router(150), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    b = Daemon(peer, link.b, router(150), "-P")  # of equal priority, and with a higher address
    b.says("Entering BACKUP")
    time.sleep(1.2)
    child = a.number(a.vrrp_pid_file)
    os.kill(child, signal.SIGSTOP)
    until(lambda: link.has(link.b), 8, "b leads")
    time.sleep(1.5)
    tap = ear(link)
    os.kill(child, signal.SIGCONT)
    until(link.only(link.b), 3, "a has let go")
    time.sleep(1.5)
    tap.close()
    assert "Entering BACKUP" in a.log()
    spoken = [each.priority for each in tap.adverts if each.source == "10.77.0.1"]
    assert len(spoken) <= 1, "at most the one that makes the other announce its addresses again"


@pytest.mark.parametrize("peer", PEERS)
def test_kactl_hands_over_and_takes_back(link: Link, peer: str) -> None:
    a, _ = pair(link, peer)
    link.switch.ip("address replace 10.77.0.254/24 dev lan")
    asker = Asker(link.switch, VIP)
    time.sleep(0.5)
    begun = now_us()
    said = kactl(a, "handover", "VI_1", "--for=1h")
    assert said.startswith("VI_1: 10.77.0.2 leads"), said
    time.sleep(1)
    asker.close()
    assert asker.silences_us(begun)[0] < 20_000
    assert link.only(link.b)()
    time.sleep(4)
    assert link.only(link.b)(), "a lower priority is borne with"
    assert "lets others lead for" in kactl(a, "status")
    assert "leads again" in kactl(a, "handover", "--end")
    until(link.only(link.a), 6, "a leads again")


def test_a_master_on_a_virtual_mac_outlives_its_process_too(link: Link) -> None:
    text = router(150, extra="use_vmac vrrp.51\n    vmac_xmit_base")
    a = Daemon("ours", link.a, text, "-P")
    a.says("Entering MASTER STATE")
    time.sleep(0.5)
    assert f"{VIP}/32" in link.a.addresses("vrrp.51")
    monitor = link.a.start("ip", "-o", "monitor", "address", "link", label="monitor")
    time.sleep(0.5)
    os.kill(a.number(a.vrrp_pid_file), signal.SIGKILL)
    a.says("leads on: its process died", 3)
    time.sleep(1)
    assert VIP not in monitor.text(), monitor.text()
    assert "Deleted" not in monitor.text(), monitor.text()
    assert a.stop() == 0


def test_whoever_sends_adverts_is_urgent_and_rises_when_it_was_late(link: Link) -> None:
    rising = "max_auto_priority 3\n min_auto_priority_delay 20000"
    text = f"global_defs {{\n script_user root\n {rising}\n}}\n"
    a = Daemon("ours", link.a, text + router(150, extra='notify_master "/bin/sleep 30"'), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    child = a.number(a.vrrp_pid_file)
    if os.sched_getscheduler(child) & 0xFF != os.SCHED_RR:
        pytest.skip("lacks permission for real-time scheduling")
    assert os.sched_getparam(child).sched_priority == 1
    assert os.sched_getscheduler(a.number(a.pid_file)) == os.SCHED_OTHER
    scripts = [n for n in link.a.numbers() if "sleep" in Path(f"/proc/{n}/cmdline").read_text()]
    assert [os.sched_getscheduler(each) for each in scripts] == [os.SCHED_OTHER]
    os.kill(child, signal.SIGSTOP)
    time.sleep(1.3)
    os.kill(child, signal.SIGCONT)
    a.says("ms late; raised to real-time priority 2")
    assert "late 1 times" in kactl(a, "status")
    assert a.stop() == 0
