"""What another implementation recorded of itself, restated: Holo (github.com/holo-routing/holo, MIT
license), `holo-vrrp/tests`: packet vectors, and the conversations of three routers on one link.

Restated are the facts (bytes, checksums, who said what, who led next), in our own form. What does
not apply: its limit of 16 addresses, its management interface, and silence towards a lower master
(we answer at once, as keepalived and RFC 9568 section 6.4.3 do).
"""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address
from typing import Any

import pytest

from keepalived.config.load import load_text
from keepalived.config.views import router_config
from keepalived.core.host import Host
from keepalived.core.vrrp.router import Router
from keepalived.port.effects import Operation, Send
from keepalived.port.events import AddressSeen, DatagramHeard, Event, LinkSeen, Started, Woken
from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import HeldAddress, Install, Remove, VrrpEndpoint
from keepalived.wire.addresses import Family
from keepalived.wire.checksum import internet_checksum, pseudo_header
from keepalived.wire.ip import Ipv4Header, decode_ipv4, encode_ipv4
from keepalived.wire.vrrp import Advert, checksum_holds, decode, encode

V2 = bytes.fromhex("21331e010001b5c50a0001050000000000000000")
V2_OLDER = bytes.fromhex("213365010001 54bd c0a86464 0000000000000000")
V3_IPV6 = bytes.fromhex("310116010001b57f20010db8000000000000000003707334")
IPV4 = bytes.fromhex("45c00028 00000000 ff70b5e8 c0a86402 e0000012")
VIRTUAL_MAC = bytes.fromhex("00005e000101")
GROUP4, GROUP6 = ip_address("224.0.0.18"), ip_address("ff02::12")
VIPS = {
    4: ("10.0.1.5",),
    34: ("10.0.1.5", "10.0.1.6"),
    36: ("2001:db8::370:7334", "2001:db8::370:7335"),
}
"""The virtual addresses of the three conversations: version 2, version 3 for IPv4, for IPv6."""


@pytest.mark.parametrize(
    ("data", "router_id", "priority", "address"),
    [(V2, 51, 30, "10.0.1.5"), (V2_OLDER, 51, 101, "192.168.100.100")],
)
def test_its_version_2_packets_are_read_and_written_alike(
    data: bytes, router_id: int, priority: int, address: str
) -> None:
    advert = decode(data, Family.INET)
    assert isinstance(advert, Advert)
    assert (advert.version, advert.kind, advert.router_id) == (2, 1, router_id)
    assert (advert.priority, advert.interval_us) == (priority, 1_000_000)
    assert [str(each) for each in advert.addresses] == [address]
    assert checksum_holds(data) and encode(advert) == data
    assert not checksum_holds(data[:6] + b"\0\0" + data[8:])


def test_its_version_3_packet_for_ipv6_is_read_and_written_alike() -> None:
    advert = decode(V3_IPV6, Family.INET6)
    assert isinstance(advert, Advert)
    assert (advert.version, advert.router_id, advert.priority) == (3, 1, 22)
    assert advert.interval_us == 10_000
    assert [str(each) for each in advert.addresses] == ["2001:db8::370:7334"]
    written = encode(advert, None)
    assert written[:6] + written[8:] == V3_IPV6[:6] + V3_IPV6[8:]


def test_its_ipv4_header_is_read_and_written_alike() -> None:
    opened = decode_ipv4(IPV4 + V2)
    assert isinstance(opened, tuple)
    header, _ = opened
    assert (str(header.source), header.total_length) == ("192.168.100.2", 40)
    # The header's own checksum is the kernel's to fill.
    assert encode_ipv4(header) == IPV4[:10] + b"\0\0" + IPV4[12:]


@pytest.mark.parametrize(
    ("version", "source", "priority", "checksum"),
    [
        (4, "10.0.1.1", 10, 51703),
        (4, "10.0.1.2", 20, 49143),
        (4, "10.0.1.3", 30, 46583),
        (34, "10.0.1.2", 20, 42224),
        (36, "fe80::200:5eff:fe00:201", 10, 7440),
        (36, "fe80::200:5eff:fe00:201", 30, 2320),
    ],
)
def test_the_checksums_it_recorded_are_ours(
    version: int, source: str, priority: int, checksum: int
) -> None:
    message = said_by(version, source, priority)
    assert int.from_bytes(message[6:8], "big") == checksum


def said_by(version: int, source: str, priority: int, **more: Any) -> bytes:
    """An advert of router id 1 as a router of the conversations says it."""
    number = 2 if version == 4 else 3
    addresses = tuple(ip_address(each) for each in VIPS[version])
    given: dict[str, Any] = {"router_id": 1, "interval_us": 1_000_000 if number == 2 else 10_000}
    given |= {"auth_data": bytes(8)} if number == 2 else {}
    advert = Advert(number, priority=priority, addresses=addresses, **(given | more))
    sender = ip_address(source)
    target = GROUP6 if sender.version == 6 else GROUP4
    length = 8 + len(addresses) * len(sender.packed)
    # It sums up version 3 for IPv4 as version 2: our v3_checksum_as_v2.
    pseudo = pseudo_header(sender, target, 112, length) if version == 36 else b""
    if sender.version == 6:
        blank = encode(advert, None)
        blank = blank[:6] + b"\0\0" + blank[8:]
        return blank[:6] + internet_checksum(pseudo + blank).to_bytes(2, "big") + blank[8:]
    return encode(advert, pseudo)


class Rt:
    """One router of its topology: rt1, rt2, rt3 have the priorities 10, 20, 30."""

    def __init__(self, number: int, version: int = 4) -> None:
        self.version = version
        words = "\n ".join(VIPS[version])
        text = (
            f"vrrp_instance VI_1 {{\n state BACKUP\n interface eth-sw1\n virtual_router_id 1\n"
            f" priority {10 * number}\n advert_int {1 if version == 4 else 0.01}\n"
            f" version {2 if version == 4 else 3}\n"
            f"{' v3_checksum_as_v2' if version == 34 else ''}\n"
            f" virtual_ipaddress {{\n {words}\n }}\n}}\n"
        )
        config = load_text(text).config
        assert config is not None
        self.host = Host(Router(router_config(config, "")))
        self.now = 0
        self.done: list[Operation] = []
        self.endpoint: VrrpEndpoint | None = None
        self.give(LinkSeen(Link(2, "eth-sw1", VIRTUAL_MAC)))
        for place, length in ((f"10.0.1.{number}", 24), (f"fe80::{number}", 64)):
            self.give(AddressSeen(LinkAddress("eth-sw1", ip_address(place), length)))
        self.give(Started())

    def give(self, event: Event) -> None:
        """Let something happen; `done` is what it does about it."""
        self.done = self.host.step(self.now, event)
        for each in self.done:
            if isinstance(each, Install) and isinstance(each.resource, VrrpEndpoint):
                self.endpoint = each.resource

    def hear(self, source: str, priority: int, **more: Any) -> None:
        """Hear an advert of another router, a moment later."""
        self.hear_message(source, said_by(self.version, source, priority, **more))

    def hear_message(self, source: str, message: bytes) -> None:
        self.now += 1_000
        assert self.endpoint is not None
        sender = ip_address(source)
        if isinstance(sender, IPv4Address):
            assert isinstance(GROUP4, IPv4Address)
            header = Ipv4Header(sender, GROUP4, 112, 20 + len(message), 7)
            event = DatagramHeard(self.endpoint, sender, encode_ipv4(header) + message)
        else:
            event = DatagramHeard(self.endpoint, sender, message, 255, GROUP6)
        self.give(event)

    def time_out(self) -> None:
        """Its master-down timer expires."""
        while self.state == "BACKUP":
            due = self.host.deadline()
            assert due is not None
            self.now = max(self.now, due)
            self.give(Woken())

    @property
    def shown(self) -> dict[str, Any]:
        snapshot: Any = self.host.snapshot(self.now)
        shown: dict[str, Any] = snapshot["instances"][0]
        return shown

    @property
    def state(self) -> str:
        return str(self.shown["state"])

    @property
    def priorities(self) -> list[int]:
        """The priorities of the adverts that the last step said."""
        sends = [e for e in self.done if isinstance(e, Send) and e.target is not None]
        return [each.data[22 if self.version != 36 else 2] for each in sends]

    @property
    def announced(self) -> list[bytes]:
        """The frames that the last step said."""
        return [each.data for each in self.done if isinstance(each, Send) and each.target is None]

    def changes(self, kind: type[Install] | type[Remove]) -> list[str]:
        """The addresses that the last step put on the link, or took off it."""
        return [
            str(each.resource.address)
            for each in self.done
            if isinstance(each, kind) and isinstance(each.resource, HeldAddress)
        ]


def test_the_master_down_timer_brings_advert_announcement_and_address() -> None:
    """Its `master-down-timer1` in the topology of version 2."""
    rt1 = Rt(1)
    rt1.time_out()
    assert rt1.state == "MASTER" and rt1.priorities == [10]
    assert rt1.changes(Install) == ["10.0.1.5"]
    announcement = bytes.fromhex(
        "ffffffffffff 00005e000101 0806 0001 0800 06 04 0001"
        " 00005e000101 0a000105 ffffffffffff 0a000105"
    )
    assert set(rt1.announced) == {announcement}


def test_the_master_down_timer_of_version_3_does_the_same_for_both_families() -> None:
    """Its `master-down-timer2` and `3`."""
    rt4, rt6 = Rt(3, 34), Rt(3, 36)
    for each in (rt4, rt6):
        each.time_out()
        assert each.state == "MASTER" and each.priorities == [30]
        assert each.changes(Install) == list(VIPS[each.version])
    targets = {frame[62:78] for frame in rt6.announced}
    assert targets == {ip_address(each).packed for each in VIPS[36]}
    assert {frame[54] for frame in rt6.announced} == {136}


def test_a_master_answers_a_farewell_with_an_advert() -> None:
    """Its `packet1`: rt3 leads, rt2 says priority 0."""
    rt3 = Rt(3)
    rt3.time_out()
    rt3.hear("10.0.1.2", 0)
    assert rt3.state == "MASTER" and rt3.priorities == [30]


def test_a_master_stays_when_it_hears_a_lower_one() -> None:
    """Its `packet2`."""
    rt3 = Rt(3)
    rt3.time_out()
    rt3.hear("10.0.1.2", 1)
    assert rt3.state == "MASTER" and not rt3.changes(Remove)


def test_a_master_gives_way_to_a_higher_one_and_lets_go_of_the_address() -> None:
    """Its `packet3`."""
    rt3 = Rt(3)
    rt3.time_out()
    rt3.hear("10.0.1.2", 100)
    assert rt3.state == "BACKUP" and rt3.changes(Remove) == ["10.0.1.5"]
    assert rt3.priorities == []


@pytest.mark.parametrize(
    ("message", "counter"),
    [
        (b"\x41" + said_by(4, "10.0.1.3", 30)[1:], "length"),
        (said_by(34, "10.0.1.3", 30), "version"),
        (said_by(4, "10.0.1.3", 30, interval_us=99_000_000), "interval"),
        (said_by(4, "10.0.1.3", 30)[:10], "length"),
        (said_by(4, "10.0.1.3", 30) + bytes(80), "length"),
        (said_by(4, "10.0.1.3", 30)[:3] + b"\x11" + said_by(4, "10.0.1.3", 30)[4:], "length"),
        (said_by(4, "10.0.1.3", 30)[:3] + b"\x03" + said_by(4, "10.0.1.3", 30)[4:], "length"),
        (said_by(4, "10.0.1.3", 30)[:6] + b"\0\0" + said_by(4, "10.0.1.3", 30)[8:], "checksum"),
    ],
    ids=["version 4", "version 3", "interval", "short", "long", "17", "3 for 1", "checksum"],
)
def test_a_packet_in_error_is_counted_and_moves_nothing(message: bytes, counter: str) -> None:
    """Its `packet-error1` and `2`, and the decoding errors of its packet tests."""
    rt1 = Rt(1)
    due = rt1.host.deadline()
    rt1.hear_message("10.0.1.3", message)
    assert rt1.state == "BACKUP" and rt1.host.deadline() == due
    assert rt1.shown["counters"]["refused"] == {counter: 1}


def test_an_unknown_router_id_is_counted_apart() -> None:
    """Its `packet-error3`."""
    rt1 = Rt(1)
    rt1.hear("10.0.1.3", 30, router_id=100)
    snapshot: Any = rt1.host.snapshot(rt1.now)
    assert snapshot["packets_for_nobody"]["unknown_router"] == 1
    assert rt1.shown["counters"]["refused"] == {}


CONVERSATIONS = {
    # version, router: what its recording has; a number is an advert heard, `down` the timer
    (4, 2): ["down", "MASTER", ("10.0.1.1", 10), "MASTER", ("10.0.1.1", 10), "MASTER"]
    + [("10.0.1.3", 30), "BACKUP"] * 9,
    (4, 3): [
        *(("10.0.1.1", 10), "BACKUP", ("10.0.1.1", 10), ("10.0.1.2", 20), "BACKUP"),
        *(("10.0.1.2", 20), "BACKUP", "down", "MASTER"),
    ],
    (34, 3): [("10.0.1.2", 20), "BACKUP", ("10.0.1.2", 20), "BACKUP", "down", "MASTER"],
    (36, 1): ["down", "MASTER"] + [("fe80::200:5eff:fe00:201", 30), "BACKUP"] * 9,
    (36, 2): [("fe80::200:5eff:fe00:201", 10), "BACKUP"]
    + [("fe80::200:5eff:fe00:201", 30), "BACKUP"] * 9,
    (36, 3): [("fe80::200:5eff:fe00:201", 10), "BACKUP", "down", "MASTER"],
}


@pytest.mark.parametrize(("version", "number"), CONVERSATIONS)
def test_a_router_of_its_topologies_is_master_when_it_was(version: int, number: int) -> None:
    router = Rt(number, version)
    for each in CONVERSATIONS[version, number]:
        if each == "down":
            router.time_out()
        elif isinstance(each, tuple):
            router.hear(*each)
        else:
            assert router.state == each
