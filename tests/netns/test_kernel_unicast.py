"""Adverts to peers one by one, and the sources and hop limits of IPv6, between two namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from tests.netns.kernel_bench import cable, ip, namespaces
from tests.netns.test_kernel_endpoints import ADVERT, ADVERT_6, ADVERTS_6, GROUP_6, Router

from keepalived.port.effects import Send
from keepalived.port.resources import VrrpEndpoint
from keepalived.wire.addresses import Address

pytestmark = pytest.mark.netns


def advert_4(source: str, target: str, hops: int = 255) -> bytes:
    """An advert with its IPv4 header, as the daemon hands it over."""
    head = bytes.fromhex("45c0002800010000") + bytes([hops, 0x70, 0, 0])
    return head + ip_address(source).packed + ip_address(target).packed + ADVERT


@pytest.fixture
def routers() -> Iterator[tuple[Router, Router]]:
    with namespaces("a", "b") as (a, b):
        cable(a, b)
        for name, last in ((a, 1), (b, 2)):
            ip(name, "addr", "add", f"10.20.0.{last}/24", "dev", "eth0")
            ip(name, "addr", "add", f"2001:db8:20::{last}/64", "dev", "eth0", "nodad")
            ip(name, "addr", "add", f"fe80::{last}/64", "dev", "eth0", "nodad")
        pair = Router(a), Router(b)
        yield pair
        for router in pair:
            router.close()


def unicast(address: str, link: str = "") -> VrrpEndpoint:
    """The endpoint of a router whose source address this is."""
    return VrrpEndpoint(link, ip_address(address))


@pytest.mark.parametrize("link", ["", "eth0"])
def test_an_advert_to_a_peer_arrives_with_the_hop_limit_it_was_given(
    routers: tuple[Router, Router], link: str
) -> None:
    a, b = routers
    ours, theirs = unicast("10.20.0.1", link), unicast("10.20.0.2", link)
    a.take(ours)
    b.take(theirs)
    packet = advert_4("10.20.0.1", "10.20.0.2", 77)
    assert a.endpoints.send(Send(ours, IPv4Address("10.20.0.2"), packet)) == ""
    (heard,) = b.heard(1)
    assert (heard.endpoint, heard.source) == (theirs, IPv4Address("10.20.0.1"))
    assert (heard.data[1], heard.data[8]) == (0xC0, 77)
    assert heard.data[20:] == ADVERT


@pytest.mark.parametrize(
    ("source", "target", "link"),
    [
        ("2001:db8:20::1", "2001:db8:20::2", ""),
        ("2001:db8:20::1", "2001:db8:20::2", "eth0"),
        ("fe80::1", "fe80::2", "eth0"),
    ],
)
def test_an_ipv6_advert_to_a_peer_has_the_source_and_hop_limit_it_was_given(
    routers: tuple[Router, Router], source: str, target: str, link: str
) -> None:
    a, b = routers
    ours, theirs = unicast(source, link), unicast(target, link)
    a.take(ours)
    b.take(theirs)
    packet = Send(ours, IPv6Address(target), ADVERT_6, IPv6Address(source), 33)
    assert a.endpoints.send(packet) == ""
    (heard,) = b.heard(1)
    assert (heard.source, heard.target) == (IPv6Address(source), IPv6Address(target))
    assert heard.hop_limit == 33
    assert heard.data[:6] == ADVERT_6[:6]


def test_a_chosen_source_is_that_of_ipv6_adverts_to_the_group(
    routers: tuple[Router, Router],
) -> None:
    a, b = routers
    ip(a.name, "addr", "add", "fe80::99/64", "dev", "eth0", "nodad")
    for router in routers:
        router.take(ADVERTS_6)
    source: Address = IPv6Address("fe80::99")
    assert a.endpoints.send(Send(ADVERTS_6, GROUP_6, ADVERT_6, source)) == ""
    (heard,) = b.heard(1)
    assert (heard.source, heard.target, heard.hop_limit) == (source, GROUP_6, 255)


def test_an_endpoint_may_stand_before_its_source_address_does(
    routers: tuple[Router, Router],
) -> None:
    a, b = routers
    for early in ("10.20.0.9", "2001:db8:20::9"):
        b.take(unicast(early))
    assert b.reactor.events == [e for e in b.reactor.events if "Refused" not in repr(e)]
    ip(b.name, "addr", "add", "10.20.0.9/24", "dev", "eth0")
    ip(b.name, "addr", "add", "2001:db8:20::9/64", "dev", "eth0", "nodad")
    ours, ours_6 = unicast("10.20.0.1"), unicast("2001:db8:20::1")
    a.take(ours, ours_6)
    packet = advert_4("10.20.0.1", "10.20.0.9")
    assert a.endpoints.send(Send(ours, IPv4Address("10.20.0.9"), packet)) == ""
    assert a.endpoints.send(Send(ours_6, IPv6Address("2001:db8:20::9"), ADVERT_6)) == ""
    assert {each.endpoint.group.version for each in b.heard(2)} == {4, 6}  # type: ignore[union-attr]


def test_what_goes_to_the_group_does_not_reach_a_unicast_endpoint(
    routers: tuple[Router, Router],
) -> None:
    a, b = routers
    b.take(unicast("10.20.0.2", "eth0"), unicast("fe80::2", "eth0"))
    group = VrrpEndpoint("eth0", IPv4Address("224.0.0.18"))
    a.take(group, ADVERTS_6)
    packet = advert_4("10.20.0.1", "224.0.0.18")
    assert a.endpoints.send(Send(group, IPv4Address("224.0.0.18"), packet)) == ""
    assert a.endpoints.send(Send(ADVERTS_6, GROUP_6, ADVERT_6)) == ""
    assert b.heard(1, 0.4) == []


def test_the_receive_buffer_is_as_large_as_was_asked_for(routers: tuple[Router, Router]) -> None:
    a, _ = routers
    large = VrrpEndpoint("eth0", IPv4Address("224.0.0.18"), receive_bytes=5_000_000)
    a.take(large)
    opened = a.endpoints._held[large]
    assert opened is not None and opened.hear is not None
    assert opened.hear.getsockopt(1, 8) == 10_000_000, "the kernel counts twice"
