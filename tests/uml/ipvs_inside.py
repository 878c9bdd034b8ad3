"""Drives the IPVS plane against real ip_vs and reads back with ipvsadm; run by `test_ipvs.py`.

Rule: every test starts from an empty table and judges by what ipvsadm shows, not by our own dump.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from ipaddress import ip_address

import pytest
from tests.lab.uml import SCHEDULERS
from tests.netns.kernel_bench import RecordingReactor

from keepalived.linux.ipvs import IpvsPlane
from keepalived.linux.planes import choose, name_for
from keepalived.port.events import Refused
from keepalived.port.resources import (
    Change,
    Forwarding,
    Install,
    Remove,
    Replace,
    Server,
    Service,
    ServiceKey,
)
from keepalived.wire.addresses import Family

TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP
NAT, DR, TUN = Forwarding.NAT, Forwarding.DR, Forwarding.TUN


def ipvsadm(*words: str) -> str:
    done = subprocess.run(["ipvsadm", *words], check=True, capture_output=True, text=True)
    return done.stdout


def rules() -> list[str]:
    """The table as `ipvsadm -Sn` writes it, one rule a line."""
    return sorted(line.strip() for line in ipvsadm("-Sn").splitlines())


def key(address: str = "10.0.0.1", port: int = 80, protocol: int = TCP) -> ServiceKey:
    family = Family.INET6 if ":" in address else Family.INET
    return ServiceKey(family, protocol, ip_address(address), port)


def mark(number: int, family: Family = Family.INET) -> ServiceKey:
    return ServiceKey(family, mark=number)


def server(service: ServiceKey, address: str, port: int = 8080, **more: object) -> Server:
    return Server(service, ip_address(address), port, **more)  # type: ignore[arg-type]


class Bench:
    """A plane and what it posted."""

    def __init__(self) -> None:
        self.reactor = RecordingReactor()
        self.plane = IpvsPlane(self.reactor)

    def install(self, *resources: Service | Server) -> None:
        self.apply([Install(resource) for resource in resources])

    def apply(self, changes: Sequence[Change]) -> None:
        self.plane.apply(changes)

    def refusals(self) -> list[Refused]:
        events, self.reactor.events = self.reactor.events, []
        return [event for event in events if isinstance(event, Refused)]


@pytest.fixture
def bench() -> Iterator[Bench]:
    ipvsadm("-C")
    made = Bench()
    yield made
    made.plane.close()


def test_the_plane_is_ipvs_where_the_kernel_has_it(bench: Bench) -> None:
    chosen = choose("auto", bench.reactor)
    assert isinstance(chosen, IpvsPlane) and name_for("auto", bench.reactor) == "ipvs"
    assert isinstance(choose("ipvs", bench.reactor), IpvsPlane)


def test_tcp_and_udp_in_both_families_with_their_servers(bench: Bench) -> None:
    web, dns, six = key(), key(port=53, protocol=UDP), key("fd00::1", 443)
    bench.install(
        Service(web, "wrr"),
        Service(dns, "rr"),
        Service(six, "wlc"),
        server(web, "10.0.1.1", weight=3),
        server(web, "10.0.1.2", 8081, weight=0, upper_threshold=100, lower_threshold=80),
        server(dns, "10.0.1.1", 53),
        server(six, "fd00::11", 8443, weight=2),
    )
    assert bench.refusals() == []
    assert rules() == [
        "-A -t 10.0.0.1:80 -s wrr",
        "-A -t [fd00::1]:443 -s wlc",
        "-A -u 10.0.0.1:53 -s rr",
        "-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 3",
        "-a -t 10.0.0.1:80 -r 10.0.1.2:8081 -m -w 0",
        "-a -t [fd00::1]:443 -r [fd00::11]:8443 -m -w 2",
        "-a -u 10.0.0.1:53 -r 10.0.1.1:53 -m -w 1",
    ]
    limits = [line.split() for line in ipvsadm("-Ln", "--thresholds").splitlines()]
    assert ["->", "10.0.1.2:8081", "100", "80", "0", "0"] in limits


def test_forwarding_decides_the_port_that_the_kernel_keeps(bench: Bench) -> None:
    web, seven = key(), mark(7)
    kinds = (NAT, DR, TUN)
    bench.install(Service(web, "rr"), Service(seven, "rr"))
    bench.install(
        *(
            server(service, f"10.0.1.{number}", forwarding=kind)
            for service in (web, seven)
            for number, kind in enumerate(kinds)
        )
    )
    assert bench.refusals() == []
    assert [rule for rule in rules() if rule.startswith("-a")] == [
        "-a -f 7 -r 10.0.1.0:8080 -m -w 1",
        "-a -f 7 -r 10.0.1.1:0 -g -w 1",
        "-a -f 7 -r 10.0.1.2:0 -i -w 1 --tun-type ipip",
        "-a -t 10.0.0.1:80 -r 10.0.1.0:8080 -m -w 1",
        "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g -w 1",
        "-a -t 10.0.0.1:80 -r 10.0.1.2:80 -i -w 1 --tun-type ipip",
    ]


def test_marks_in_both_families_are_two_services(bench: Bench) -> None:
    four, six = mark(5), mark(5, Family.INET6)
    bench.install(Service(four, "rr"), Service(six, "rr"))
    bench.install(server(four, "10.0.1.1"), server(six, "fd00::11"))
    assert bench.refusals() == []
    assert rules() == [
        "-A -f 5 -6 -s rr",
        "-A -f 5 -s rr",
        "-a -f 5 -6 -r [fd00::11]:8080 -m -w 1",
        "-a -f 5 -r 10.0.1.1:8080 -m -w 1",
    ]


def test_every_scheduler_by_name(bench: Bench) -> None:
    bench.install(*(Service(key(port=p), name) for p, name in enumerate(SCHEDULERS, 1000)))
    assert bench.refusals() == []
    shown = {rule.split()[2]: rule.split()[4] for rule in rules()}
    assert shown == {f"10.0.0.1:{p}": name for p, name in enumerate(SCHEDULERS, 1000)}


def test_persistence_and_granularity(bench: Bench) -> None:
    bench.install(
        Service(key(port=1), "rr", 300, 24),
        Service(key(port=2), "rr", 60),
        Service(key("fd00::1", 3), "rr", 120, 64),
        Service(key("fd00::1", 4), "rr", 90),
        Service(mark(9), "rr", 50, 16),
        Service(key(port=5), "sh", flags=0x8 | 0x10),
        Service(key(port=6, protocol=UDP), "rr", flags=0x4),
    )
    assert bench.refusals() == []
    assert rules() == [
        "-A -f 9 -s rr -p 50 -M 255.255.0.0",
        "-A -t 10.0.0.1:1 -s rr -p 300 -M 255.255.255.0",
        "-A -t 10.0.0.1:2 -s rr -p 60",
        "-A -t 10.0.0.1:5 -s sh -b sh-fallback,sh-port",
        "-A -t [fd00::1]:3 -s rr -p 120 -M 64",
        "-A -t [fd00::1]:4 -s rr -p 90",
        "-A -u 10.0.0.1:6 -s rr -o",
    ]


def test_replacing_alters_in_place(bench: Bench) -> None:
    web = key()
    old, new = Service(web, "rr"), Service(web, "wrr", 30)
    light, heavy = server(web, "10.0.1.1"), server(web, "10.0.1.1", weight=9)
    bench.install(old, light)
    bench.apply([Replace(old, new), Replace(light, heavy)])
    direct = server(web, "10.0.1.1", weight=9, forwarding=DR)
    assert rules() == [
        "-A -t 10.0.0.1:80 -s wrr -p 30",
        "-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 9",
    ]
    bench.apply([Replace(heavy, direct)])
    assert rules()[1] == "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g -w 9"
    assert bench.refusals() == []


def test_there_already_is_made_to_agree_and_gone_already_is_done(bench: Bench) -> None:
    web = key()
    ipvsadm("-A", "-t", "10.0.0.1:80", "-s", "lc")
    ipvsadm("-a", "-t", "10.0.0.1:80", "-r", "10.0.1.1:8080", "-m", "-w", "44")
    bench.install(Service(web, "rr"), server(web, "10.0.1.1", weight=2))
    assert rules() == ["-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 2"]
    ipvsadm("-C")
    bench.apply([Remove(server(web, "10.0.1.1", weight=2))])
    bench.apply([Remove(Service(web, "rr"))])
    assert bench.refusals() == []


def test_altering_what_somebody_took_away_puts_it_back(bench: Bench) -> None:
    web = key()
    service, light, heavy = (
        Service(web, "rr"),
        server(web, "10.0.1.1"),
        server(web, "10.0.1.1", weight=9),
    )
    bench.install(service, light)
    ipvsadm("-d", "-t", "10.0.0.1:80", "-r", "10.0.1.1:8080")
    bench.apply([Replace(light, heavy)])
    assert rules()[1].endswith("-w 9")
    ipvsadm("-C")
    bench.apply([Replace(service, Service(web, "wrr"))])
    assert rules() == ["-A -t 10.0.0.1:80 -s wrr", "-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 9"]
    assert bench.refusals() == []


def test_a_table_that_somebody_cleared_comes_back_service_by_service(bench: Bench) -> None:
    web, dns = key(), key(port=53, protocol=UDP)
    servers = [server(service, f"10.0.1.{n}") for service in (web, dns) for n in range(3)]
    bench.install(Service(web, "wrr", 30), Service(dns, "rr"), *servers)
    bench.apply([Remove(servers[2])])
    ipvsadm("-C")
    heavy = server(web, "10.0.1.0", weight=5)
    bench.apply([Replace(servers[0], heavy)])
    assert rules() == [
        "-A -t 10.0.0.1:80 -s wrr -p 30",
        "-a -t 10.0.0.1:80 -r 10.0.1.0:8080 -m -w 5",
        "-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 1",
    ]
    bench.apply([Install(server(dns, "10.0.1.9"))])
    assert sum(rule.startswith("-a -u 10.0.0.1:53") for rule in rules()) == 4
    assert bench.refusals() == []


def test_each_refusal_belongs_to_its_change(bench: Bench) -> None:
    web, bad = key(), key(port=81)
    good = [Install(Service(key(port=1000 + n), "rr")) for n in range(600)]
    unknown = Install(Service(bad, "nosuch"))
    orphan = Install(server(bad, "10.0.1.1"))
    mixed = Install(server(web, "fd00::1"))
    changes = [*good[:300], unknown, orphan, *good[300:], Install(Service(web, "rr")), mixed]
    bench.apply(changes)
    refused = {refusal.change: refusal for refusal in bench.refusals()}
    assert set(refused) == {unknown, orphan, mixed}
    assert refused[unknown].errno == errno.ENOENT
    assert "no scheduler 'nosuch': load ip_vs_nosuch" in refused[unknown].why
    assert "TCP 10.0.0.1:81" in refused[orphan].why
    assert "one family" in refused[mixed].why
    assert len(rules()) == 601


def test_all_refused_at_once_loses_no_answer(bench: Bench) -> None:
    changes = [Install(server(key(port=n), "10.0.1.1")) for n in range(1, 2001)]
    bench.apply(changes)
    assert {refusal.change for refusal in bench.refusals()} == set(changes)


def test_foreign_services_are_left_alone(bench: Bench) -> None:
    ipvsadm("-A", "-t", "10.9.9.9:99", "-s", "lc")
    ipvsadm("-a", "-t", "10.9.9.9:99", "-r", "10.9.9.1:99", "-g")
    web = key()
    service, one = Service(web, "rr"), server(web, "10.0.1.1")
    assert bench.plane.found([web]) == []
    bench.install(service, one)
    bench.apply([Remove(one), Remove(service)])
    assert rules() == ["-A -t 10.9.9.9:99 -s lc", "-a -t 10.9.9.9:99 -r 10.9.9.1:99 -g -w 1"]


def test_what_a_crashed_life_left_is_found_as_it_was_put(bench: Bench) -> None:
    web, six, seven = key(), key("fd00::1", 443), mark(7)
    left: list[Service | Server] = [
        Service(web, "wrr", 300, 24),
        Service(six, "sh", flags=0x8),
        Service(seven, "rr"),
        server(web, "10.0.1.1", weight=3, upper_threshold=9, lower_threshold=2),
        server(six, "fd00::11", 443, forwarding=TUN),
        server(seven, "10.0.1.1", 0, forwarding=DR),
    ]
    child = os.fork()
    if child == 0:
        Bench().install(*left)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    ipvsadm("-A", "-t", "10.9.9.9:99", "-s", "lc")
    later = Bench()
    assert sorted(later.plane.found([web, six, seven]), key=str) == sorted(left, key=str)
    assert later.plane.found([key(port=4444)]) == []


def test_an_adopted_direct_server_survives_its_real_port(bench: Bench) -> None:
    """The kernel forgot the port in the file; the stray that adoption sees is the same entry."""
    web = key()
    service, wanted = Service(web, "rr"), server(web, "10.0.1.1", 8080, forwarding=DR)
    bench.install(service, wanted)
    later = Bench()
    found = later.plane.found([web])
    (stray,) = [one for one in found if isinstance(one, Server)]
    assert stray.port == 80
    later.apply([Install(wanted), Remove(stray)])
    assert rules()[1:] == ["-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g -w 1"]
    later.apply([Remove(wanted)])
    assert rules() == ["-A -t 10.0.0.1:80 -s rr"]


def test_counters_are_named_after_the_resources(bench: Bench) -> None:
    web = key("127.0.0.1", 8088)
    one = server(web, "127.0.0.1", 8089)
    bench.install(Service(web, "rr"), one)
    counts = bench.plane.statistics([web])
    assert set(counts) == {(Service, web), one.key}
    assert counts[one.key]["connections"] == 0 and counts[one.key]["active_connections"] == 0
    assert counts[(Service, web)]["bytes_in"] == 0


def test_a_thousand_services_of_ten_go_in_and_out_in_batches(bench: Bench) -> None:
    services = [Service(key(f"10.1.{n // 250}.{n % 250}"), "rr") for n in range(1000)]
    servers = [
        server(service.service, f"10.2.{number}.{n % 250}")
        for n, service in enumerate(services)
        for number in range(10)
    ]
    everything: list[Service | Server] = [*services, *servers]
    installs: list[Change] = [Install(one) for one in everything]
    heavier: list[Change] = [
        Replace(one, Server(one.service, one.address, one.port, 7)) for one in servers
    ]
    removals: list[Change] = [Remove(one) for one in reversed(everything)]
    taken: list[float] = []
    for changes in (installs, heavier, removals):
        began = time.monotonic()
        bench.apply(changes)
        taken.append(time.monotonic() - began)
        if changes is installs:
            assert len(rules()) == 11_000
        if changes is heavier:
            assert sum(rule.endswith("-w 7") for rule in rules()) == 10_000
    assert rules() == [] and bench.refusals() == []
    figures = dict(zip(("install", "reweigh", "remove"), taken, strict=True))
    print("1000 x 10:", {name: f"{seconds * 1000:.0f} ms" for name, seconds in figures.items()})
    assert taken[2] < 1.0, "a stop is over in a second"
