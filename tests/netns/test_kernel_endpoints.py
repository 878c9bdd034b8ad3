"""Adverts and frames between two namespaces, and what a capture and a dissector say of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from tests.netns.kernel_bench import RecordingReactor, cable, inside, ip, namespaces

from keepalived.linux.endpoints import Endpoints
from keepalived.linux.monitor import Monitor
from keepalived.port.effects import Send
from keepalived.port.events import DatagramHeard, Refused
from keepalived.port.resources import Endpoint, FrameEndpoint, Install, Remove, VrrpEndpoint

pytestmark = pytest.mark.netns

GROUP = IPv4Address("224.0.0.18")
GROUP_6 = IPv6Address("ff02::12")
ADVERTS = VrrpEndpoint("eth0", GROUP)
ADVERTS_6 = VrrpEndpoint("eth0", GROUP_6)
FRAMES = FrameEndpoint("eth0")
ADVERT = bytes.fromhex("213396010001" + "3e52" + "0a140064" + "00" * 8)
ADVERT_6 = bytes.fromhex("31339601006400" + "00" + ip_address("fe80::20:100").packed.hex())


def datagram(source: str) -> bytes:
    """An advert as the daemon hands it over: with the IP header, whose checksum is the kernel's."""
    head = bytes.fromhex("45c0002800010000ff700000") + ip_address(source).packed + GROUP.packed
    return head + ADVERT


class Router:
    """A namespace with a monitor and endpoints."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.reactor = RecordingReactor()
        self.monitor = Monitor(self.reactor)
        self.endpoints = Endpoints(self.reactor, self.monitor)
        with inside(name):
            assert self.monitor.start() == ""
        self.reactor.settle(0)

    def take(self, *endpoints: Endpoint) -> None:
        with inside(self.name):
            self.endpoints.apply([Install(endpoint) for endpoint in endpoints])

    def turn(self) -> None:
        with inside(self.name):
            self.reactor.turn(0.02)

    def heard(self, count: int, timeout_s: float = 2.0) -> list[DatagramHeard]:
        def datagrams() -> list[DatagramHeard]:
            return [e for e in self.reactor.events if isinstance(e, DatagramHeard)]

        self.reactor.run_until(lambda: len(datagrams()) >= count, timeout_s)
        return datagrams()

    def close(self) -> None:
        self.endpoints.close()
        self.monitor.close()


@pytest.fixture
def routers() -> Iterator[tuple[Router, Router]]:
    with namespaces("a", "b") as (a, b):
        cable(a, b)
        for name, last in ((a, 1), (b, 2)):
            ip(name, "addr", "add", f"10.20.0.{last}/24", "dev", "eth0")
            ip(name, "addr", "add", f"fe80::{last}/64", "dev", "eth0", "nodad")
        pair = Router(a), Router(b)
        yield pair
        for router in pair:
            router.close()


def test_an_advert_arrives_with_its_header_and_only_at_the_other(
    routers: tuple[Router, Router],
) -> None:
    a, b = routers
    a.take(ADVERTS)
    b.take(ADVERTS)
    assert a.endpoints.send(Send(ADVERTS, GROUP, datagram("10.20.0.1"))) == ""
    (heard,) = b.heard(1)
    assert heard.source == IPv4Address("10.20.0.1") and heard.endpoint == ADVERTS
    assert heard.data[0] == 0x45 and heard.data[1] == 0xC0 and heard.data[8] == 255
    assert heard.data[20:] == ADVERT
    assert a.heard(1, 0.3) == [], "our own advert came back to us"


def test_an_ipv6_advert_is_checksummed_by_the_kernel_and_comes_with_its_hop_limit(
    routers: tuple[Router, Router],
) -> None:
    a, b = routers
    a.take(ADVERTS_6)
    b.take(ADVERTS_6)
    assert a.endpoints.send(Send(ADVERTS_6, GROUP_6, ADVERT_6)) == ""
    (heard,) = b.heard(1)
    assert (heard.hop_limit, heard.source.is_link_local) == (255, True)
    assert heard.data[:6] == ADVERT_6[:6] and heard.data[6:8] != b"\0\0"
    assert a.heard(1, 0.3) == []


def test_a_flood_is_drained_whole(routers: tuple[Router, Router]) -> None:
    a, b = routers
    a.take(ADVERTS)
    b.take(ADVERTS)
    for _ in range(200):
        assert a.endpoints.send(Send(ADVERTS, GROUP, datagram("10.20.0.1"))) == ""
    b.reactor.turn(1.0)
    assert len([e for e in b.reactor.events if isinstance(e, DatagramHeard)]) == 200


def test_only_this_link_and_this_group_are_heard(routers: tuple[Router, Router]) -> None:
    a, b = routers
    cable(a.name, b.name, "eth1", "eth1")
    for router in routers:
        ip(router.name, "addr", "add", "10.21.0.9/24", "dev", "eth1")
        router.turn()
        router.take(VrrpEndpoint("eth1", GROUP), VrrpEndpoint("eth0", IPv4Address("224.0.0.66")))
    a.take(ADVERTS)
    assert a.endpoints.send(Send(ADVERTS, GROUP, datagram("10.20.0.1"))) == ""
    assert b.heard(1, 0.4) == []


def test_an_endpoint_on_no_link_is_refused(routers: tuple[Router, Router]) -> None:
    a, _ = routers
    missing = VrrpEndpoint("eth7", GROUP)
    a.take(missing)
    (refused,) = [event for event in a.reactor.events if isinstance(event, Refused)]
    assert refused.change == Install(missing) and "no such link" in refused.why
    assert "not there" in a.endpoints.send(Send(missing, GROUP, datagram("10.20.0.1")))


def test_sending_on_a_link_that_is_down_says_so(routers: tuple[Router, Router]) -> None:
    a, _ = routers
    a.take(ADVERTS, FRAMES)
    ip(a.name, "link", "set", "eth0", "down")
    assert "unreachable" in a.endpoints.send(Send(ADVERTS, GROUP, datagram("10.20.0.1")))
    assert "down" in a.endpoints.send(Send(FRAMES, None, b"\xff" * 42))


def test_endpoints_come_back_with_their_link(routers: tuple[Router, Router]) -> None:
    a, b = routers
    for router in routers:
        router.take(ADVERTS, FRAMES)
    ip(a.name, "link", "del", "eth0")
    for router in routers:
        while router.monitor.index_of("eth0") is not None:
            router.turn()
        assert "not there" in router.endpoints.send(Send(ADVERTS, GROUP, datagram("10.20.0.1")))
    cable(a.name, b.name)
    for router, last in ((a, 1), (b, 2)):
        ip(router.name, "addr", "add", f"10.20.0.{last}/24", "dev", "eth0")
        while router.monitor.index_of("eth0") is None:
            router.turn()
    assert a.endpoints.send(Send(ADVERTS, GROUP, datagram("10.20.0.1"))) == ""
    assert b.heard(1)[0].data[20:] == ADVERT
    assert a.endpoints.send(Send(FRAMES, None, b"\xff" * 42)) == ""


def test_letting_go_closes_and_leaves_the_group(routers: tuple[Router, Router]) -> None:
    a, _ = routers
    a.take(ADVERTS, ADVERTS_6, FRAMES)
    assert "224.0.0.18" in ip(a.name, "maddr", "show", "dev", "eth0")
    a.endpoints.apply([Remove(ADVERTS), Remove(ADVERTS_6), Remove(FRAMES)])
    text = ip(a.name, "maddr", "show", "dev", "eth0")
    assert "224.0.0.18" not in text and "ff02::12" not in text


def test_a_dissector_has_no_complaint(routers: tuple[Router, Router], tmp_path: Path) -> None:
    a, b = routers
    capture = tmp_path / "adverts.pcap"
    command = ["tcpdump", "--immediate-mode", "-U", "-Z", "root", "-i", "eth0", "-w"]
    watch = subprocess.Popen(
        ["ip", "netns", "exec", b.name, *command, capture], stderr=subprocess.PIPE
    )
    try:
        assert watch.stderr is not None
        assert any(b"listening" in line for line in iter(watch.stderr.readline, b""))
        a.take(ADVERTS, ADVERTS_6, FRAMES)
        mac = next(link.mac for link in a.monitor.links() if link.name == "eth0")
        vip = ip_address("10.20.0.100").packed
        arp = bytes.fromhex("0001080006040001") + mac + vip + b"\xff" * 6 + vip
        b.take(ADVERTS)
        for _ in range(3):
            assert a.endpoints.send(Send(ADVERTS, GROUP, datagram("10.20.0.1"))) == ""
            assert a.endpoints.send(Send(ADVERTS_6, GROUP_6, ADVERT_6)) == ""
            frame = b"\xff" * 6 + mac + b"\x08\x06" + arp
            assert a.endpoints.send(Send(FRAMES, None, frame)) == ""
        assert len(b.heard(3)) == 3
        b.reactor.settle(0.3)
    finally:
        watch.terminate()
        watch.wait()
    shown = _tshark(capture, "vrrp or arp.isgratuitous", "-T", "fields", "-e", "frame.protocols")
    assert sorted(shown).count("eth:ethertype:arp") == 3
    assert len([line for line in shown if "vrrp" in line]) == 6
    assert _tshark(capture, "_ws.expert.severity >= 0x600000 and (vrrp or arp)") == []


def _tshark(capture: Path, keep: str, *more: str) -> list[str]:
    options = ["-o", "ip.check_checksum:TRUE", "-o", "vrrp.v3_checksum_as_in_v2:FALSE"]
    done = subprocess.run(
        ["tshark", "-r", str(capture), *options, "-Y", keep, *more],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()
