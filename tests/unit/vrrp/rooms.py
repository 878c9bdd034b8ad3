"""What the tests of the VRRP half build their worlds from: an instance, a router, packets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from keepalived.core.host import Host
from keepalived.core.vrrp.config import Authentication, RouterConfig, SyncGroup, VrrpInstance
from keepalived.core.vrrp.router import Router
from keepalived.lang.net_values import AddressLine
from keepalived.port.effects import Note, Operation, RunScript, Send, Tell
from keepalived.port.events import (
    AddressSeen,
    DatagramHeard,
    Event,
    LinkSeen,
    Started,
    Woken,
)
from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import FrameEndpoint, HeldAddress, Install, Remove, VrrpEndpoint
from keepalived.port.words import Mail
from keepalived.wire.addresses import Family
from keepalived.wire.checksum import pseudo_header
from keepalived.wire.ip import Ipv4Header, encode_ipv4
from keepalived.wire.vrrp import MULTICAST_GROUP4, Advert, decode, encode

OWN = IPv4Address("10.0.0.5")
PEER = IPv4Address("10.0.0.6")
LOWER_PEER = IPv4Address("10.0.0.4")
VIP = IPv4Address("10.0.0.100")
MAC = bytes((2, 0, 0, 0, 0, 1))
DOWN_US = 3_609_375
"""The master-down time of priority 100 at one second."""
ENDPOINT = VrrpEndpoint("eth0", MULTICAST_GROUP4)


def line(text: str = str(VIP), **more: Any) -> AddressLine:
    return AddressLine(IPv4Address(text), 32, **more)


def instance(name: str = "VI_1", **more: Any) -> VrrpInstance:
    given: dict[str, Any] = {
        "interface": "eth0",
        "virtual_router_id": 51,
        "virtual_ipaddress": (line(),),
        **more,
    }
    return VrrpInstance(name=name, **given)


def with_password(config: VrrpInstance, password: str, kind: str = "PASS") -> VrrpInstance:
    return replace(config, authentication=Authentication(auth_type=kind, auth_pass=password))


def second(**more: Any) -> VrrpInstance:
    return instance(
        "VI_2",
        **{
            "interface": "eth1",
            "virtual_router_id": 52,
            "virtual_ipaddress": (line("10.0.1.100"),),
            **more,
        },
    )


def config(
    *instances: VrrpInstance,
    groups: Iterable[SyncGroup] = (),
    mail: bool = False,
    **more: Any,
) -> Any:
    return RouterConfig("LVS", instances, tuple(groups), mail, **more)


def pair(**more: Any) -> Any:
    group = SyncGroup(name="VG1", members=("VI_1", "VI_2"))
    return config(instance(**more), second(**more), groups=[group])


def link(name: str = "eth0", **more: Any) -> Link:
    return Link(2 + int(name[-1]), name, MAC, **more)


def packet(
    priority: int = 150,
    source: IPv4Address = PEER,
    addresses: tuple[IPv4Address, ...] = (VIP,),
    hop_limit: int = 255,
    **more: Any,
) -> bytes:
    given: dict[str, Any] = {
        "version": 2,
        "router_id": 51,
        "interval_us": 1_000_000,
        "auth_data": b"" if more.get("version") == 3 else bytes(8),
        **more,
    }
    pseudo = b""
    if given["version"] == 3:
        pseudo = pseudo_header(source, MULTICAST_GROUP4, 112, 8 + 4 * len(addresses))
    message = encode(Advert(priority=priority, addresses=addresses, **given), pseudo)
    header = Ipv4Header(source, MULTICAST_GROUP4, 112, 20 + len(message), 1, hop_limit)
    return encode_ipv4(header) + message


class Bench:
    """A router with its ledger, driven by hand; remembers what the last step asked for."""

    def __init__(self, configured: RouterConfig, *, links: Iterable[Link] | None = None) -> None:
        self.router = Router(configured)
        self.host = Host(self.router)
        self.now = 0
        self.operations: list[Operation] = []
        for each in (link("eth0"), link("eth1")) if links is None else links:
            self.give(LinkSeen(each))
        self.give(AddressSeen(LinkAddress("eth0", OWN, 24)))
        self.give(AddressSeen(LinkAddress("eth1", IPv4Address("10.0.1.5"), 24)))

    def give(self, event: Event, after: int = 0) -> list[Operation]:
        self.now += after
        self.operations = self.host.step(self.now, event)
        return self.operations

    def start(self) -> Bench:
        self.give(Started())
        return self

    def lead(self) -> Bench:
        self.start()
        self.wake()
        assert set(self.states.values()) == {"MASTER"}
        return self

    def wake(self) -> list[Operation]:
        """Let time pass until the router wants to be woken."""
        due = self.host.deadline()
        assert due is not None
        self.now = max(self.now, due)
        return self.give(Woken())

    def hear(self, data: bytes, endpoint: VrrpEndpoint = ENDPOINT) -> list[Operation]:
        return self.give(DatagramHeard(endpoint, PEER, data))

    @property
    def snapshot(self) -> dict[str, Any]:
        return self.host.snapshot(self.now)

    @property
    def states(self) -> dict[str, str]:
        return {each["name"]: each["state"] for each in self.snapshot["instances"]}

    @property
    def said(self) -> list[str]:
        return [each.line.text() for each in self.operations if isinstance(each, Note)]

    @property
    def scripts(self) -> list[tuple[str, ...]]:
        return [each.argv for each in self.operations if isinstance(each, RunScript)]

    @property
    def mails(self) -> list[str]:
        words = [each.word for each in self.operations if isinstance(each, Tell)]
        return [each.subject for each in words if isinstance(each, Mail)]

    @property
    def adverts(self) -> list[Advert]:
        found = []
        for each in self.operations:
            if isinstance(each, Send) and isinstance(each.endpoint, VrrpEndpoint):
                advert = decode(each.data[20:], Family.INET)
                assert isinstance(advert, Advert)
                found.append(advert)
        return found

    @property
    def frames(self) -> list[bytes]:
        return [
            each.data
            for each in self.operations
            if isinstance(each, Send) and isinstance(each.endpoint, FrameEndpoint)
        ]

    @property
    def installed(self) -> list[IPv4Address]:
        return [
            each.resource.address  # type: ignore[misc]
            for each in self.operations
            if isinstance(each, Install) and isinstance(each.resource, HeldAddress)
        ]

    @property
    def removed(self) -> list[IPv4Address]:
        return [
            each.resource.address  # type: ignore[misc]
            for each in self.operations
            if isinstance(each, Remove) and isinstance(each.resource, HeldAddress)
        ]
