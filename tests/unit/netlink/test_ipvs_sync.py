"""The requests of connection synchronisation are, byte for byte, those that were captured."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from keepalived.wire.netlink.ipvs_sync import BACKUP, MASTER, IpvsSync, encode_end, encode_new


def test_a_telling_thread_is_asked_for_as_keepalived_does() -> None:
    # From a capture of keepalived 2.2.7 on a little-endian host: port 8848 is in its order.
    sync = IpvsSync(MASTER, "veth0", 7, 1400, 8848, 3, IPv4Address("224.0.0.81"))
    body = encode_new(sync)
    parts = (
        *("09010000", "40000380", "0800010001000000"),
        *("0a0002007665746830000000", "0800030007000000", "0600040078050000"),
        *("0600070090220000", "0500080003000000", "08000500e0000051"),
    )
    assert body == bytes.fromhex("".join(parts))


def test_what_is_not_said_is_left_to_the_kernel() -> None:
    body = encode_new(IpvsSync(BACKUP, "eth0", 51))
    assert body == bytes.fromhex(
        "090100002000038008000100020000000900020065746830000000000800030033000000"
    )


def test_a_group_of_ipv6_has_a_number_of_its_own() -> None:
    group = IPv6Address("ff02::81")
    body = encode_new(IpvsSync(MASTER, "eth0", 1, group=group))
    assert body.endswith(bytes.fromhex("14000600") + group.packed)


def test_a_thread_is_ended_by_its_state_alone() -> None:
    assert encode_end(BACKUP) == bytes.fromhex("0a0100000c0003800800010002000000")
