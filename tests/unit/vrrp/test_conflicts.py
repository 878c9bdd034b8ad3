"""Another host has an address that we hold: it is counted and told of, and nobody gives way."""

from __future__ import annotations

from typing import Any

from tests.unit.vrrp.rooms import MAC, VIP, Bench, config, instance, line, link

from keepalived.cli.status import status_lines
from keepalived.core.vrrp.claims import conflict_watches
from keepalived.port.conflict import ConflictWatch
from keepalived.port.events import ConflictSeen, Stopping

THEIRS = bytes.fromhex("02aabbccdd01")


def led() -> Bench:
    bench = Bench(config(instance())).start()
    bench.wake()
    assert bench.states == {"VI_1": "MASTER"}
    return bench


def count(bench: Bench) -> object:
    shown: Any = bench.host.snapshot(bench.now)["instances"]
    return shown[0]["counters"]["addresses_duplicated"]


def test_a_master_watches_its_addresses_and_a_backup_does_not() -> None:
    bench = Bench(config(instance())).start()
    watch = ConflictWatch("eth0", "VI_1", (VIP,), MAC)
    assert watch not in bench.host.ledger.held()
    bench.wake()
    assert watch in bench.host.ledger.held()


def test_each_link_has_a_watch_of_its_own_and_one_without_arp_has_none() -> None:
    lines = (line(), line("10.0.1.100", dev="eth1"), line("10.0.2.100", dev="eth2"))
    links = {"eth0": link(), "eth1": link("eth1"), "eth2": link("eth2", no_arp=True)}
    watches = conflict_watches(instance(virtual_ipaddress=lines), links)
    assert [(each.link, str(each.addresses[0])) for each in watches] == [
        ("eth0", "10.0.0.100"),
        ("eth1", "10.0.1.100"),
    ]


def test_a_conflict_is_told_once_in_ten_minutes_and_counted_each_time() -> None:
    bench = led()
    bench.give(ConflictSeen("eth0", VIP, THEIRS))
    assert len(bench.said) == 1
    for part in ("VI_1", "02:aa:bb:cc:dd:01", "eth0", str(VIP), "take the address off"):
        assert part in bench.said[0]
    bench.give(ConflictSeen("eth0", VIP, THEIRS), after=10_000_000)
    assert (bench.said, count(bench), bench.states) == ([], 2, {"VI_1": "MASTER"})
    bench.give(ConflictSeen("eth0", VIP, THEIRS), after=590_000_000)
    assert len(bench.said) == 1


def test_invented_hosts_do_not_fill_the_log() -> None:
    bench = led()
    said = 0
    for number in range(200):
        bench.give(ConflictSeen("eth0", VIP, b"\2" + number.to_bytes(5, "big")))
        said += len(bench.said)
    assert (said, count(bench)) == (64, 200)


def test_an_address_on_another_link_or_of_a_backup_is_nobody_s() -> None:
    bench = led()
    bench.give(ConflictSeen("eth1", VIP, THEIRS))
    assert bench.said == [] and count(bench) == 0
    backup = Bench(config(instance())).start()
    backup.give(ConflictSeen("eth0", VIP, THEIRS))
    assert backup.said == [] and count(backup) == 0


def test_two_have_the_address_while_it_is_handed_over() -> None:
    bench = Bench(config(instance(), handover=True)).start()
    bench.wake()
    bench.give(Stopping())
    assert not bench.host.ended, "it holds on until a peer leads"
    bench.give(ConflictSeen("eth0", VIP, THEIRS))
    assert count(bench) == 0


def test_what_the_kernel_detected_is_told_without_a_host() -> None:
    bench = led()
    bench.give(ConflictSeen("eth0", VIP, b""))
    assert "duplicate address detection" in bench.said[0] and "eth0" in bench.said[0]


def test_the_status_shows_what_was_refused_and_who_else_had_an_address() -> None:
    one = {
        "name": "VI_1",
        "state": "MASTER",
        "for_us": 0,
        "interface": "eth0",
        "virtual_router_id": 51,
        "priority": 100,
        "why": "why",
        "counters": {"refused": {"checksum": 3}, "addresses_duplicated": 2},
    }
    vrrp = {"instances": [one], "packets_for_nobody": {"unknown_router": 7}}
    text = "\n".join(status_lines({"vrrp": vrrp}))
    assert "REFUSED         BY    TIMES\nchecksum        VI_1  3\nunknown_router  -     7" in text
    assert "VI_1: another host had one of its addresses, seen 2 times" in text
    one["counters"] = {}
    assert "REFUSED" not in "\n".join(status_lines({"vrrp": {"instances": [one]}}))
