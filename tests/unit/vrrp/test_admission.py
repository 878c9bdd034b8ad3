"""Which packets are taken, which are not and why; and that what is not taken changes nothing."""

from __future__ import annotations

from ipaddress import IPv4Address
from random import Random

import pytest
from tests.unit.vrrp.rooms import (
    ENDPOINT,
    LOWER_PEER,
    PEER,
    Bench,
    config,
    instance,
    link,
    packet,
    with_password,
)

from keepalived.core.vrrp.admit import Memory, Parcel, admit, unwrap
from keepalived.core.vrrp.auth import Numbers, auth_data, auth_type, same_secret
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.refusal import Refusal
from keepalived.port.events import DatagramHeard, LinkSeen
from keepalived.port.resources import FrameEndpoint
from keepalived.wire.vrrp import Advert, AuthType

SECRET = with_password(instance(), "s3cret")
GOOD = packet(auth_type=1, auth_data=b"s3cret\0\0")


def judged(data: bytes, configured: VrrpInstance = SECRET) -> Advert | Refusal:
    parcel = unwrap(DatagramHeard(ENDPOINT, PEER, data))
    if not isinstance(parcel, Parcel):
        return parcel
    return admit(configured, parcel, Memory(Numbers()), 0)


def test_a_proper_advert_is_taken() -> None:
    advert = judged(GOOD)
    assert isinstance(advert, Advert)
    assert (advert.priority, advert.router_id) == (150, 51)


def with_byte(at: int, value: int) -> bytes:
    return GOOD[:at] + bytes((value,)) + GOOD[at + 1 :]


@pytest.mark.parametrize(
    ("refusal", "data"),
    [
        (Refusal.TRUNCATED, b""),
        (Refusal.TRUNCATED, GOOD[:27]),
        (Refusal.NOT_VRRP, with_byte(9, 50)),
        (Refusal.LENGTH, GOOD + bytes(8)),
        (Refusal.LENGTH, GOOD[:-4]),
        (Refusal.LENGTH, with_byte(20, 0x31)),
        (Refusal.HOP_LIMIT, with_byte(8, 64)),
        (Refusal.VERSION, with_byte(20, 0x31)[:-8]),
        (Refusal.AUTH_TYPE_INVALID, packet(auth_type=7)),
        (Refusal.AUTH_TYPE_MISMATCH, packet(auth_type=0)),
        (Refusal.AUTH_TYPE_MISMATCH, packet(auth_type=2)),
        (Refusal.AUTH_FAILED, packet(auth_type=1, auth_data=b"s3cret\0x")),
        (Refusal.INTERVAL, packet(auth_type=1, auth_data=b"s3cret\0\0", interval_us=2_000_000)),
        (Refusal.KIND, packet(auth_type=1, auth_data=b"s3cret\0\0", kind=2)),
        (Refusal.TOTAL_LENGTH, with_byte(3, 41)),
        (Refusal.CHECKSUM, with_byte(26, GOOD[26] ^ 1)),
        (Refusal.TARGET, with_byte(19, 19)),
    ],
)
def test_each_flaw_has_its_refusal(refusal: Refusal, data: bytes) -> None:
    assert judged(data) is refusal


def test_the_password_is_looked_at_before_the_checksum() -> None:
    data = bytearray(packet(auth_type=1, auth_data=b"wrong\0\0\0"))
    data[26] ^= 1
    assert judged(bytes(data)) is Refusal.AUTH_FAILED


def test_the_authentication_bytes_do_not_matter_without_authentication() -> None:
    data = packet(auth_data=b"anything")
    assert isinstance(judged(data, instance()), Advert)


def test_an_empty_password_is_none_and_a_long_one_is_cut() -> None:
    assert auth_type(with_password(instance(), "")) is AuthType.NONE
    assert auth_data(with_password(instance(), "longpassword99")) == b"longpass"
    assert auth_data(with_password(instance(), "s3cret", "AH")) == bytes(8)


def test_secrets_are_equal_only_as_a_whole() -> None:
    assert same_secret(b"abcdefgh", b"abcdefgh")
    assert not same_secret(b"abcdefgh", b"abcdefgx")
    assert not same_secret(b"abcdefgh", b"abcdefg")


def test_refusals_are_counted_and_said_once_until_the_state_changes() -> None:
    bench = Bench(config(SECRET)).start()
    bench.hear(packet())
    assert bench.said == [
        "(VI_1) ignored an advert from 10.0.0.6: its authentication type is not ours;"
        " give both routers the same authentication"
    ]
    bench.hear(packet())
    assert bench.said == []
    counters = bench.snapshot["instances"][0]["counters"]
    assert counters["refused"] == {"auth_type_mismatch": 2}
    bench.wake()
    bench.hear(packet())
    assert len(bench.said) == 1


def test_a_new_master_lets_complaints_be_made_again() -> None:
    bench = Bench(config(instance())).start()
    bench.hear(packet(150, hop_limit=1))
    bench.hear(packet(150, LOWER_PEER))
    bench.hear(packet(150, hop_limit=1))
    assert len(bench.said) == 1


def test_packets_for_nobody_are_counted_by_the_router() -> None:
    bench = Bench(config(instance())).start()
    bench.hear(packet(router_id=99))
    bench.hear(b"\x45")
    bench.give(DatagramHeard(FrameEndpoint("eth0"), PEER, packet()))
    assert bench.snapshot["packets_for_nobody"] == {"unknown_router": 1, "truncated": 1}


def test_an_instance_at_fault_does_not_listen() -> None:
    bench = Bench(config(instance())).start()
    bench.give(LinkSeen(link("eth0", running=False)))
    bench.hear(packet())
    assert bench.snapshot["instances"][0]["counters"]["refused"] == {"not_listening": 1}


def storm(count: int) -> list[bytes]:
    """Random bytes, mutated adverts, and adverts with one thing wrong each."""
    random = Random(20261122)
    flawed = [
        packet(),
        packet(auth_type=7),
        packet(auth_type=1, auth_data=b"guess\0\0\0"),
        packet(0, auth_type=1, auth_data=b"guess\0\0\0"),
        packet(255, auth_type=1, auth_data=b"s3cret\0\0", interval_us=9_000_000),
        packet(255, hop_limit=254, auth_type=1, auth_data=b"s3cret\0\0"),
    ]
    found: list[bytes] = []
    while len(found) < count:
        kind = random.randrange(3)
        if kind == 0:
            data = random.randbytes(random.randrange(80))
        elif kind == 1:
            mutated = bytearray(GOOD)
            for _ in range(random.randrange(1, 4)):
                mutated[random.randrange(20, len(mutated))] ^= 1 << random.randrange(8)
            data = bytes(mutated)
        else:
            data = random.choice(flawed)
        if not isinstance(judged(data), Advert):
            found.append(data)
    return found


@pytest.mark.parametrize("leads", [False, True])
def test_a_storm_of_ten_thousand_bad_packets_changes_nothing(leads: bool) -> None:
    bench = Bench(config(SECRET))
    if leads:
        bench.lead()
    else:
        bench.start()
    deadline, states = bench.host.deadline(), bench.states
    noted = 0
    for data in storm(10_000):
        bench.give(DatagramHeard(ENDPOINT, IPv4Address("10.9.9.9"), data))
        noted += len(bench.said)
        assert len(bench.operations) == len(bench.said)
    assert (bench.host.deadline(), bench.states) == (deadline, states)
    assert noted <= len(Refusal), "a storm must not fill the log"


def test_refusals_have_counters_of_their_own() -> None:
    assert len({refusal.counter for refusal in Refusal}) == len(Refusal)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            packet(interval_us=2_000_000),
            "its advert interval is not ours: 2 s, ours 1 s; give both routers the same advert_int",
        ),
        (
            packet(version=3),
            "its VRRP version is not ours: 3, ours 2; give both routers the same version",
        ),
        (
            packet(hop_limit=254),
            "its TTL is not 255: it came through a router: it is 254;"
            " if the routers are on different networks, use unicast_peer",
        ),
    ],
    ids=["interval", "version", "hop limit"],
)
def test_a_refusal_says_what_differs_and_what_to_do(said: bytes, line: str) -> None:
    bench = Bench(config(instance())).start()
    bench.hear(said)
    assert bench.said == [f"(VI_1) ignored an advert from {PEER}: {line}"]
