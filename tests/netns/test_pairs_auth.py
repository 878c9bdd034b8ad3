"""Proofs of origin between daemons: AH with real keepalived in both roles, signatures with ours.

Real 2.2.7 knows no `auth_hmac`; that ours speaks as 2.4.3 does is proved by its captures.
"""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest
from tests.lab.directors import OURS, REAL
from tests.lab.hosts import Host
from tests.lab.waiting import until
from tests.lab.wiretap import Wiretap
from tests.netns.daemons import VIP, Daemon, Link, router

pytestmark = pytest.mark.netns
KACTL = OURS.with_name("kactl")
AH = "authentication {\nauth_type AH\nauth_pass s3cret\n}"
OLD, NEW = "0123456789abcdef" * 2, "hex:" + "ab" * 32
A, B = "10.77.0.1", "10.77.0.2"
A6, B6 = "fe80::1", "fe80::2"
SEQUENCE_AT = 14 + 20 + 8
MIXTURES = [("ours", "real"), ("real", "ours")]


@pytest.fixture
def wire(link: Link) -> Iterator[Wiretap]:
    """An ear on the switch."""
    heard = Wiretap(link.switch, ("lan",), between=True)
    yield heard
    heard.close()


def sequence_numbers(wire: Wiretap) -> list[tuple[str, int]]:
    """Who sent which AH sequence number, in order."""
    found = []
    for _, _, frame in wire.frames:
        if frame[12:14] == b"\x08\x00" and frame[23] == 51:
            number = int.from_bytes(frame[SEQUENCE_AT : SEQUENCE_AT + 4], "big")
            found.append((A if frame[26:30] == bytes((10, 77, 0, 1)) else B, number))
    return found


def refused(daemon: Daemon) -> dict[str, int]:
    """What an instance of ours refused, by reason."""
    words = [str(KACTL), "--socket", str(daemon.pid_file.with_suffix(".sock")), "--json", "status"]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    status = json.loads(shown)
    (instance,) = status["vrrp"]["instances"]
    counters: dict[str, int] = instance["counters"]["refused"]
    return counters


@pytest.mark.parametrize(("first", "second"), MIXTURES)
def test_ah_beside_real_keepalived_through_takeover_return_and_crash(
    link: Link, wire: Wiretap, first: str, second: str
) -> None:
    if not REAL.exists():
        pytest.skip("needs the package keepalived")
    a = Daemon(first, link.a, router(150, extra=AH), "-P")
    until(link.only(link.a), 10, f"{first} leads")
    b = Daemon(second, link.b, router(100, extra=AH), "-P")
    until(lambda: len(sequence_numbers(wire)) > 6, 15, "adverts are signed")
    assert link.only(link.a)(), "the other one hears it and stays backup"
    a.stop()
    until(link.only(link.b), 5, f"{second} takes over")
    a = Daemon(first, link.a, router(150, extra=AH), "-P")
    until(link.only(link.a), 15, f"{first} comes back and takes over by its priority")
    link.a.kill_all()
    a.program.process.wait(5)
    for file in (a.pid_file, a.vrrp_pid_file, a.checkers_pid_file):
        file.unlink(missing_ok=True)  # as after a boot
    until(lambda: link.has(link.b), 6, f"{second} takes over after a crash")
    link.a.ip(f"address flush dev eth0 to {VIP}/32")
    a = Daemon(first, link.a, router(150, extra=AH), "-P")
    until(link.only(link.a), 15, f"{first} is believed again after it began at nought")
    numbers = [number for _, number in sequence_numbers(wire)]
    assert numbers == sorted(set(numbers)), "one numbering goes through all takeovers"
    assert {who for who, _ in sequence_numbers(wire)} == {A, B}
    for daemon in (a, b):
        daemon.stop()


@pytest.mark.parametrize(("first", "second"), MIXTURES)
def test_another_password_is_believed_by_neither(link: Link, first: str, second: str) -> None:
    if not REAL.exists():
        pytest.skip("needs the package keepalived")
    a = Daemon(first, link.a, router(150, extra=AH), "-P")
    b = Daemon(second, link.b, router(100, extra=AH.replace("s3cret", "guess")), "-P")
    until(lambda: link.has(link.a) and link.has(link.b), 10, "both lead: neither hears the other")
    ours = a if first == "ours" else b
    # Once is enough: what it refuses keeps the real one from saying anything itself.
    until(lambda: refused(ours).get("ah_wrong", 0) > 0, 5, "it counts why")
    assert "its AH signature is wrong" in ours.log()
    for daemon in (a, b):
        daemon.stop()


def signed(*lines: str) -> str:
    return "\n".join(("auth_hmac {", *lines, "}"))


WAYS = {
    "version 2": "",
    "version 3": "version 3",
    "IPv6": "version 3",
    "unicast": "unicast_src_ip {own}\nunicast_peer {{\n{peer}\n}}",
}


def signing(way: str, host: Host, priority: int, *lines: str) -> str:
    """The file of a router that signs, in one of the ways."""
    own, peer = (A, B) if host.name == "a" else (B, A)
    words = WAYS[way].format(own=own, peer=peer) if "{own}" in WAYS[way] else WAYS[way]
    vips = ("fe80::100/64", "fd00:77::100/64") if way == "IPv6" else (VIP,)
    return router(priority, vips=vips, extra=f"{words}\n{signed(*lines)}")


def _reloaded(daemon: Daemon, before: int) -> Callable[[], bool]:
    return lambda: daemon.log().count("Reload complete") > before


@pytest.mark.parametrize("way", WAYS)
def test_signed_adverts_through_takeover_return_and_a_change_of_keys(link: Link, way: str) -> None:
    vip = "fd00:77::100" if way == "IPv6" else VIP
    key_one, key_two = f"key 1 {OLD}", f"key 2 {NEW}"
    steps = (
        ((key_one, key_two, "active_key 1"), (key_one, "active_key 1")),
        ((key_one, key_two, "active_key 1"), (key_one, key_two, "active_key 1")),
        ((key_one, key_two, "active_key 2"), (key_one, key_two, "active_key 1")),
        ((key_two, "active_key 2"), (key_one, key_two, "active_key 2")),
    )
    a = Daemon("ours", link.a, signing(way, link.a, 150, key_one, "active_key 1"), "-P")
    until(link.only(link.a, vip), 10, "a leads")
    b = Daemon("ours", link.b, signing(way, link.b, 100, key_one, "active_key 1"), "-P")
    b.says("Startup complete")
    for of_a, of_b in steps:
        for daemon, host, priority, lines in ((a, link.a, 150, of_a), (b, link.b, 100, of_b)):
            daemon.path.write_text(signing(way, host, priority, *lines))
            before = daemon.log().count("Reload complete")
            daemon.signal(signal.SIGHUP)
            until(_reloaded(daemon, before), 10, "reloaded")
    assert refused(b) == {}
    assert "MASTER" not in b.log(), "no advert was missed while keys changed"
    a.stop()
    until(link.only(link.b, vip), 5, "b takes over")
    a = Daemon("ours", link.a, signing(way, link.a, 150, key_two, "active_key 2"), "-P")
    until(link.only(link.a, vip), 15, "a comes back, later by its clock than it ever was")
    for daemon in (a, b):
        daemon.stop()


def test_a_forger_without_the_key_is_refused_and_a_key_file_is_read(link: Link) -> None:
    file = link.world.folder / "key"
    file.write_text(OLD + "\n")
    file.chmod(0o600)
    a = Daemon("ours", link.a, router(150, extra=signed(f"key 1 {NEW}", "active_key 1")), "-P")
    lines = (f"key 1 file:{file}", "active_key 1")
    b = Daemon("ours", link.b, router(100, extra=signed(*lines)), "-P")
    until(lambda: link.has(link.a) and link.has(link.b), 10, "neither believes the other")
    until(lambda: refused(b).get("hmac_wrong", 0) > 1, 5, "it counts why")
    assert "its signature is wrong" in b.log()
    a.path.write_text(router(150, extra=signed(f"key 1 {OLD}", "active_key 1")))
    a.signal(signal.SIGHUP)
    until(link.only(link.a), 10, "with the same key one of them gives way")
    for daemon in (a, b):
        daemon.stop()
