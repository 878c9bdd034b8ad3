"""Health, quorum and table: the director's pure parts, one by one."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepalived.core.checks.checker import Finding
from keepalived.core.checks.terms import Terms
from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.core.lvs.health import Health, Turned
from keepalived.core.lvs.quorum import Quorum
from keepalived.core.lvs.table import desired, service_key
from keepalived.lang.net_values import ServiceHead, SocketAddress
from keepalived.port.resources import Forwarding, Masquerade, Server, Service, ServiceKey
from keepalived.wire.addresses import Family

VIP = IPv4Address("10.0.0.1")
ONE, TWO = IPv4Address("192.168.1.1"), IPv4Address("192.168.2.2")
SORRY = SocketAddress(IPv4Address("192.168.9.9"), 8080)
TERMS = Terms(ONE, 80, 1, retry=2, retry_delay_us=3, loop_us=10, warmup_us=0)


def test_first_failure_of_all_counts_without_retries() -> None:
    health = Health()
    assert health.take(Finding.FAILED, 2) is Turned.DOWN
    assert not health.up


def test_later_failures_count_after_the_retries() -> None:
    health = Health()
    assert health.take(Finding.PASSED, 2) is Turned.PROVEN
    outcomes = [health.take(Finding.FAILED, 2) for _ in range(4)]
    assert outcomes == [Turned.SAME, Turned.SAME, Turned.DOWN, Turned.SAME]


def test_success_between_failures_forgives_them() -> None:
    health = Health()
    for finding in (Finding.PASSED, Finding.FAILED, Finding.PASSED, Finding.FAILED):
        health.take(finding, 1)
    assert health.up
    assert health.take(Finding.FAILED, 1) is Turned.DOWN


def test_one_success_brings_back_and_a_part_of_one_does_not() -> None:
    health = Health()
    health.take(Finding.FAILED, 0)
    assert health.take(Finding.PART_PASSED, 0) is Turned.SAME
    assert health.take(Finding.PASSED, 0) is Turned.UP
    assert health.take(Finding.PASSED, 0) is Turned.SAME


def test_pause_is_the_loop_the_retry_delay_while_up_and_the_longer_one_while_down() -> None:
    health = Health()
    health.take(Finding.PASSED, 2)
    assert health.pause_us(Finding.PASSED, TERMS) == 10
    health.take(Finding.FAILED, 2)
    assert health.pause_us(Finding.FAILED, TERMS) == 3
    health.take(Finding.FAILED, 0)
    assert health.pause_us(Finding.FAILED, TERMS) == 10


@given(st.lists(st.sampled_from(Finding)), st.integers(0, 3))
def test_health_is_down_only_after_enough_failures_in_a_row(
    findings: list[Finding], retry: int
) -> None:
    health = Health()
    up, proven, row = True, False, 0
    for finding in findings:
        health.take(finding, retry)
        if finding is Finding.FAILED:
            row += 1
            if not proven or row > retry:
                up = False
            proven = True
        else:
            row = 0
            if finding is Finding.PASSED:
                up = proven = True
        assert health.up is up


def test_quorum_holds_with_its_weight_and_never_with_none() -> None:
    quorum = Quorum()
    assert quorum.holds(1, False) and quorum.holds(1, True)
    assert not quorum.holds(0, True) and not quorum.holds(0, False)
    wide = Quorum(4, 1)
    assert [wide.holds(w, True) for w in (2, 3, 4)] == [False, True, True]
    assert [wide.holds(w, False) for w in (4, 5)] == [False, True]


def service(**words: object) -> VirtualServer:
    given: dict[str, object] = {"head": ServiceHead(VIP, 80), "protocol": "TCP", **words}
    return VirtualServer(**given)  # type: ignore[arg-type]


def test_service_key_is_protocol_address_and_port_or_the_mark() -> None:
    assert service_key(service()) == ServiceKey(Family.INET, 6, VIP, 80)
    assert service_key(service(protocol="UDP")).protocol == 17
    assert service_key(service(protocol="")).protocol == 17
    marked = service(head=ServiceHead(mark=7), servers=(server(IPv6Address("::1")),))
    assert service_key(marked) == ServiceKey(Family.INET6, mark=7)
    assert service_key(service(head=ServiceHead(mark=7))).family is Family.INET


def server(address: IPv4Address | IPv6Address, port: int = 80, weight: int = 1) -> RealServer:
    return RealServer(at=SocketAddress(address, port), weight=weight, checks=())


def test_table_holds_the_service_and_its_live_servers() -> None:
    pool = (server(ONE, 0, 3), server(TWO, 81, 0))
    one = service(servers=pool, lb_kind="DR", sorry_server=SORRY)
    key = service_key(one)
    assert desired(one, pool, sorry=False) == [
        Service(key, "wlc"),
        Server(key, ONE, 80, 3, Forwarding.DR),
        Server(key, TWO, 81, 0, Forwarding.DR),
    ]
    assert desired(one, (), sorry=True)[1:] == [Server(key, SORRY.address, 8080, 1, Forwarding.DR)]
    portless = service(sorry_server=SocketAddress(SORRY.address))
    assert desired(portless, (), sorry=True)[1] == Server(key, SORRY.address, 80)


@pytest.mark.parametrize(
    ("words", "seconds", "granularity"),
    [
        ({}, 0, -1),
        ({"persistence_timeout_s": 50}, 50, -1),
        ({"persistence_granularity": 24}, 360, 24),
        ({"head": ServiceHead(VIP)}, 360, -1),
        ({"head": ServiceHead(mark=1)}, 0, -1),
    ],
)
def test_persistence_follows_its_words(
    words: dict[str, object], seconds: int, granularity: int
) -> None:
    found = desired(service(**words), (), sorry=False)[0]
    assert isinstance(found, Service)
    assert (found.persistence_s, found.granularity) == (seconds, granularity)


def test_nat_mask_masquerades_each_network_of_the_servers_once() -> None:
    pool = (server(ONE), server(IPv4Address("192.168.1.9")), server(TWO))
    masked = service(servers=pool, nat_mask=24)
    found = [r.network for r in desired(masked, pool, sorry=False) if isinstance(r, Masquerade)]
    assert found == [IPv4Network("192.168.1.0/24"), IPv4Network("192.168.2.0/24")]
    direct = service(servers=pool, nat_mask=24, lb_kind="DR")
    assert not any(isinstance(r, Masquerade) for r in desired(direct, pool, sorry=False))
