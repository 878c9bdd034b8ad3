"""IPVS messages beside keepalived's own, as captured, and as the kernel answered them."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from keepalived.wire.addresses import Family
from keepalived.wire.netlink import frame, ipvs
from keepalived.wire.netlink.frame import Message

FAMILY_ID = 0x1C
INET, INET6 = Family.INET, Family.INET6
VIP, VIP6 = ip_address("10.20.0.100"), ip_address("fd00:20::100")
WEB = ipvs.encode_key(INET, 6, VIP, 80)
DNS = ipvs.encode_key(INET, 17, VIP, 53)
SSL6 = ipvs.encode_key(INET6, 6, VIP6, 443)


def captured(path: Path) -> Iterator[Message]:
    """Give the netlink messages of a capture made on a netlink monitor device."""
    data = path.read_bytes()
    offset = 24
    while offset + 16 <= len(data):
        _, _, length, _ = struct.unpack_from("=IIII", data, offset)
        packet = data[offset + 16 : offset + 16 + length]
        yield from frame.split(packet[16:])  # 16 bytes of the capture's own in front
        offset += 16 + length


@pytest.fixture(scope="module")
def dialogue(shared: Path) -> list[Message]:
    messages = list(captured(shared / "fixtures" / "pcap" / "ipvs-genl.pcap"))
    assert len(messages) > 50
    return messages


def requests(dialogue: list[Message], command: int) -> set[bytes]:
    """Give the bodies of keepalived's requests of one command."""
    return {
        message.body
        for message in dialogue
        if message.kind == FAMILY_ID and message.flags & 0x7 == 0x5 and message.body[0] == command
    }


def test_services_are_written_as_keepalived_writes_them(dialogue: list[Message]) -> None:
    ours = [
        ipvs.encode_service(WEB, INET, "wrr", ipvs.PERSISTENT, 300, 24),
        ipvs.encode_service(DNS, INET, "rr", 0x4),
        ipvs.encode_service(SSL6, INET6, "sh", ipvs.PERSISTENT | 0x18, 60, 64),
        ipvs.encode_service(ipvs.encode_key(INET, mark=7), INET, "wlc"),
    ]
    theirs = requests(dialogue, ipvs.NEW_SERVICE)
    for body in ours:
        assert ipvs.encode_command(ipvs.NEW_SERVICE, body) in theirs


def test_destinations_are_written_as_keepalived_writes_them(dialogue: list[Message]) -> None:
    # keepalived names the service with all its attributes, of which the kernel reads the key only.
    cases = [
        (ipvs.encode_service(WEB, INET, "wrr"), INET, "10.20.0.11", 8080, ipvs.NAT, 3, 0, 0),
        (ipvs.encode_service(WEB, INET, "wrr"), INET, "10.20.0.12", 8080, ipvs.NAT, 1, 100, 80),
        (ipvs.encode_service(DNS, INET, "rr", 0x4), INET, "10.20.0.11", 53, ipvs.DIRECT, 1, 0, 0),
    ]
    theirs = requests(dialogue, ipvs.NEW_DESTINATION)
    for service, family, address, port, forwarding, weight, upper, lower in cases:
        destination = ipvs.encode_destination(
            family, ip_address(address), port, forwarding, weight, upper, lower
        )
        assert ipvs.encode_command(ipvs.NEW_DESTINATION, service + destination) in theirs


def test_the_kernels_dump_reads_as_the_configuration_said(dialogue: list[Message]) -> None:
    read = [s for m in dialogue if m.flags & frame.MULTI and (s := ipvs.decode_service(m))]
    services = {(s.address or s.mark, s.port): s for s in read}
    web, ssl = services[(VIP, 80)], services[(VIP6, 443)]
    assert (web.scheduler, web.timeout_s, web.prefix, web.flags) == ("wrr", 300, 24, 1)
    assert (ssl.scheduler, ssl.timeout_s, ssl.prefix, ssl.flags) == ("sh", 60, 64, 0x19)
    assert services[(VIP, 53)].flags == 0x4 and services[(VIP, 53)].prefix == 32
    assert services[(7, 0)].scheduler == "wlc" and services[(7, 0)].address is None
    assert web.counters["connections"] == 0
    found = [d for m in dialogue if (d := ipvs.decode_destination(m, INET)) is not None]
    limits = {(str(d.address), d.port): (d.weight, d.upper_threshold) for d in found}
    assert limits[("10.20.0.11", 8080)][0] == 3 and limits[("10.20.0.12", 8080)] == (1, 100)


def test_a_service_that_is_named_is_its_key_alone() -> None:
    body = ipvs.encode_service_key(ipvs.encode_key(INET, mark=7))
    assert body.hex() == "14000180" + "0600010002000000" + "0800050007000000"


def test_every_prefix_length_comes_back_from_its_netmask() -> None:
    for family in Family:
        for prefix in range(family.bits + 1):
            key = ipvs.encode_key(family, mark=1)
            body = ipvs.encode_command(
                ipvs.NEW_SERVICE, ipvs.encode_service(key, family, "rr", prefix=prefix)
            )
            service = ipvs.decode_service(Message(FAMILY_ID, 0, 1, 0, body))
            assert service is not None and service.prefix == prefix


def test_writing_a_destination_takes_microseconds() -> None:
    address, nest = ip_address("10.20.0.11"), ipvs.encode_service_key(WEB)
    best = 1.0
    for _ in range(5):
        began = time.process_time()
        for number in range(2000):
            body = nest + ipvs.encode_destination(INET, address, 8080, ipvs.NAT, 1, 0, 0)
            frame.encode(FAMILY_ID, 5, number, ipvs.encode_command(ipvs.NEW_DESTINATION, body))
        best = min(best, (time.process_time() - began) / 2000)
    print(f"one NEW_DEST message: {best * 1e6:.2f} µs")
    assert best < 20e-6
