"""The same advert once more takes the short way, and it ends where the long way ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.vrrp.exchanges import KEY_ONE, A, Side, altered, signed, with_ah
from tests.unit.vrrp.rooms import ENDPOINT, LOWER_PEER, OWN, PEER, Bench, config, instance, packet

from keepalived.core.vrrp.lines import Key
from keepalived.core.vrrp.refusal import Refusal
from keepalived.port.events import DatagramHeard, LinkSeen, Reconfigured
from keepalived.port.facts import Link
from keepalived.wire.vrrp import Advert

SECOND_US = 1_000_000


def numbered(data: bytes, number: int) -> bytes:
    """Give a packet its number and its header's checksum, as each real one has others."""
    return (
        data[:4] + number.to_bytes(2, "big") + data[6:10] + number.to_bytes(2, "little") + data[12:]
    )


class Twins:
    """Two routers that hear the same; one of them never recognises what it heard before."""

    def __init__(self, **more: Any) -> None:
        self.quick = Bench(config(instance(**more))).start()
        self.slow = Bench(config(instance(**more))).start()
        self.number = 0

    def both(self, event: Any, after: int = 0) -> None:
        self.quick.give(event, after)
        for group in self.slow.router._sorting._by_number.values():
            for machine in group:
                machine.reception._fits = False
        self.slow.give(event, after)

    def hear(self, data: bytes, after: int = 0) -> None:
        self.number += 1
        self.both(DatagramHeard(ENDPOINT, PEER, numbered(data, self.number)), after)

    def agree(self) -> None:
        assert self.quick.host.deadline() == self.slow.host.deadline()
        assert self.quick.states == self.slow.states
        assert self.quick.snapshot == self.slow.snapshot
        assert self.quick.operations == self.slow.operations


@pytest.mark.parametrize("priority", [150, 100, 50])
def test_the_deadline_moves_and_the_advert_is_counted(priority: int) -> None:
    twins = Twins()
    for _ in range(5):
        twins.hear(packet(priority), SECOND_US // 2)
        twins.agree()
    counters = twins.quick.snapshot["instances"][0]["counters"]
    assert counters["adverts_heard"] == 5


@pytest.mark.parametrize(
    "more",
    [{"nopreempt": True}, {"preempt_delay_us": 2 * SECOND_US}, {"skip_check_adv_addr": True}],
)
def test_patience_with_a_lesser_master_is_what_it_was(more: dict[str, Any]) -> None:
    twins = Twins(**more)
    for _ in range(6):
        twins.hear(packet(50), SECOND_US)
        twins.agree()


def test_whatever_comes_between_the_next_one_is_looked_at_as_a_whole() -> None:
    twins = Twins()
    events: list[Any] = [
        DatagramHeard(ENDPOINT, PEER, packet(0)),
        DatagramHeard(ENDPOINT, LOWER_PEER, packet(120, LOWER_PEER)),
        DatagramHeard(ENDPOINT, PEER, packet(50)),
        DatagramHeard(ENDPOINT, PEER, packet(150, addresses=(OWN,))),
        LinkSeen(Link(2, "eth0", bytes(6), mtu=60)),
        Reconfigured(config(instance(priority=120))),
        Reconfigured(config(instance(priority=200))),
        Reconfigured(config(instance(advert_int_us=2 * SECOND_US))),
        LinkSeen(Link(2, "eth0", bytes(6), running=False)),
        LinkSeen(Link(2, "eth0", bytes(6))),
    ]
    for event in events:
        twins.hear(packet(150), SECOND_US // 4)
        twins.hear(packet(150), SECOND_US // 4)
        twins.agree()
        twins.both(event, SECOND_US // 4)
        twins.agree()
        twins.hear(packet(150), SECOND_US // 4)
        twins.agree()


def test_the_short_way_is_taken() -> None:
    bench = Bench(config(instance())).start()
    bench.hear(packet(150))
    again = DatagramHeard(ENDPOINT, PEER, numbered(packet(150), 7))
    assert bench.router._sorting.hear_again(bench.now, again) is not None
    for other in (replace(again, data=packet(151)), replace(again, endpoint=replace(ENDPOINT))):
        assert bench.router._sorting.hear_again(bench.now, other) is None
    bench.hear(packet(50))
    lesser = replace(again, data=packet(50))
    assert bench.router._sorting.hear_again(bench.now, lesser) is None


def test_other_addresses_are_counted_each_time() -> None:
    bench = Bench(config(instance())).start()
    for number in range(4):
        bench.hear(numbered(packet(150, addresses=(OWN,)), number))
    counters = bench.snapshot["instances"][0]["counters"]
    assert (counters["addresses_differed"], counters["adverts_heard"]) == (4, 4)


def test_one_altered_byte_is_not_the_same() -> None:
    bench = Bench(config(instance())).start()
    good = packet(150)
    for at in (0, 1, 2, 3, 6, 7, 8, 9, *range(12, len(good))):
        bench.hear(good)
        machine = bench.router._sorting._by_number[51][0]
        altered_by_one = good[:at] + bytes((good[at] ^ 1,)) + good[at + 1 :]
        assert not machine.reception.again(DatagramHeard(ENDPOINT, PEER, altered_by_one)), at


@pytest.mark.parametrize("kind", ["AH", "signed"])
def test_what_is_signed_is_never_the_same_again(kind: str) -> None:
    block = signed(keys=(Key(1, KEY_ONE),))
    settings = with_ah() if kind == "AH" else instance(auth_hmac=block)
    one, other = Side(settings, A), Side(replace(settings, priority=90), PEER)
    (send,) = one.say()
    assert isinstance(other.hear(one, send), Advert)
    assert not other.memory.again(other.event(send, A))
    renumbered = replace(send, data=numbered(send.data, 7))
    assert other.hear(one, renumbered) in (Refusal.AH_WRONG, Refusal.HMAC_REPLAYED)
    assert other.hear(one, altered(send, 10, 1)) in (Refusal.AH_REPLAYED, Refusal.HMAC_REPLAYED)
