"""Ten guards: with each of them a promise holds, and with it taken out the promise is broken.

So none of them can be lost without a test that fails.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

import pytest
from tests.sim.stage import SECOND, TENTH, last_advert, one, settled, v3, word

from keepalived.core.vrrp import admit, claims, fitness, hearing, machine, reception, settling
from keepalived.core.vrrp.advert_words import Authentication
from keepalived.core.vrrp.config import RouterConfig
from keepalived.core.vrrp.election import Election
from keepalived.core.vrrp.group import orders
from keepalived.core.vrrp.happenings import Ordered
from keepalived.core.vrrp.hearing import AsBackup, AsMaster
from keepalived.core.vrrp.refusal import Refusal
from keepalived.core.vrrp.state import State, Why
from keepalived.records import replace
from keepalived.sim.host import SimHost
from keepalived.sim.network import Packet
from keepalived.sim.scenario import case_ten, directors, masters, states
from keepalived.sim.world import World
from keepalived.wire.checksum import pseudo_header
from keepalived.wire.ip import Ipv4Header, encode_ipv4
from keepalived.wire.vrrp import MULTICAST_GROUP4, Advert, encode

STRANGER = IPv4Address("192.168.200.66")
Patch = Callable[[pytest.MonkeyPatch], None]


def say(
    world: World, speaker: SimHost, priority: int, hops: int = 255, spoil: int = 0, **more: Any
) -> None:
    """Put an advert on the wire that none of our routers made."""
    given: dict[str, Any] = {"version": 2, "interval_us": SECOND, "auth_data": bytes(8), **more}
    names = (IPv4Address("192.168.200.10"),)
    pseudo = b"" if given["version"] == 2 else pseudo_header(STRANGER, MULTICAST_GROUP4, 112, 12)
    message = encode(Advert(router_id=51, priority=priority, addresses=names, **given), pseudo)
    message = message[:7] + bytes((message[7] ^ spoil,)) + message[8:]
    length = 20 + len(message)
    data = encode_ipv4(Ipv4Header(STRANGER, MULTICAST_GROUP4, 112, length, 1, hops)) + message
    world.spread(speaker, "outside", Packet(112, STRANGER, MULTICAST_GROUP4, data, hops))


def beside_a_ghost(config: RouterConfig) -> tuple[World, SimHost, SimHost]:
    """Give a settled director, and a host on its wires on which nothing runs."""
    world = World(1)
    host, ghost = directors(world, config, one())
    host.start()
    world.run_until(10 * SECOND)
    return world, host, ghost


def a_healed_split_has_one_master() -> bool:
    world, _ = settled(one(150), one(100))
    world.part("outside", {"d1"}, {"d2"})
    world.run_for(6 * SECOND)
    world.heal("outside")
    world.run_for(4 * SECOND)
    return masters(world, "VI_1") == ["d1"]


def a_healed_split_of_equals_has_one_master() -> bool:
    world, _ = settled(one(100), one(100))
    world.part("outside", {"d1"}, {"d2"})
    world.run_for(6 * SECOND)
    world.heal("outside")
    world.run_for(4 * SECOND)
    return masters(world, "VI_1") == ["d2"]


def who_resigns_again_and_again_does_not_keep_us_waiting() -> bool:
    world = World(1)
    host, ghost = directors(world, one(100), one())
    host.start()
    for beat in range(20):
        world.run_until(SECOND + beat * 300_000)
        say(world, ghost, 0)
    return states(host) == {"VI_1": "MASTER"}


def an_interval_of_nought_moves_nobody() -> bool:
    world, (_, second) = settled(v3(150), v3(100))
    ghost = SimHost(world, "ghost", one())
    say(world, ghost, 200, version=3, interval_us=0, auth_data=b"")
    world.run_for(SECOND)
    return masters(world, "VI_1") == ["d1"] and word(second, "counters")["became_master"] == 0


def a_replayed_signed_advert_moves_nobody() -> bool:
    proof = Authentication(auth_type="AH", auth_pass="secret")
    world, (first, _) = settled(one(150, authentication=proof), one(100, authentication=proof))
    (*_, recorded) = (s for _, s in first.sent if s.target is not None)
    first.crash()
    world.run_for(6 * SECOND)
    assert recorded.target is not None
    source = IPv4Address(recorded.data[12:16])
    packet = Packet(51, source, recorded.target, recorded.data, 255)
    world.spread(first, "outside", packet)
    world.run_for(TENTH)
    return masters(world, "VI_1") == ["d2"]


def an_advert_from_beyond_a_router_moves_nobody() -> bool:
    world, host, ghost = beside_a_ghost(one(100))
    say(world, ghost, 200, hops=254)
    world.run_for(TENTH)
    return states(host) == {"VI_1": "MASTER"}


def a_damaged_advert_moves_nobody() -> bool:
    world, host, ghost = beside_a_ghost(one(100))
    say(world, ghost, 200, spoil=1)
    world.run_for(TENTH)
    return states(host) == {"VI_1": "MASTER"}


def a_group_leads_together_or_not_at_all() -> bool:
    world = World(1)
    first, second = directors(world, case_ten(main=True), case_ten(main=False))
    first.start()
    second.start()
    world.run_until(8 * SECOND)
    first.set_link("eth1", False)
    world.run_for(8 * SECOND)
    return set(states(first).values()) == {"FAULT"} and set(states(second).values()) == {"MASTER"}


def a_fault_lets_go_of_the_addresses() -> bool:
    world, (first, _) = settled(one(150), one(100))
    first.set_link("eth0", False)
    world.run_for(SECOND)
    return not first.kernel.virtual_addresses()


def junk_does_not_silence_a_master() -> bool:
    world, host, ghost = beside_a_ghost(one(100))
    for _ in range(15):
        say(world, ghost, 50, hops=7)
        world.run_for(400_000)
    return world.now - last_advert(host) <= SECOND


def never_yields(patch: pytest.MonkeyPatch) -> None:
    def stubborn(*given: Any) -> AsMaster:
        verdict = hearing.as_master(*given)
        return AsMaster.CONTEST if verdict is AsMaster.YIELD else verdict

    patch.setattr(fitness, "as_master", stubborn)


def looks_at_no_address(patch: pytest.MonkeyPatch) -> None:
    def blind(theirs: Any, ours: Any) -> AsMaster:
        same = theirs[0] == ours[0]
        return AsMaster.ECHO if same else hearing.as_master(theirs, ours)

    patch.setattr(fitness, "as_master", blind)


def counts_each_resignation(patch: pytest.MonkeyPatch) -> None:
    hear = Election.hear

    def forgetful(self: Election, now: int, *given: Any) -> AsBackup:
        self._why = Why.SILENCE
        return hear(self, now, *given)

    patch.setattr(Election, "hear", forgetful)


def takes_no_interval_for_one(patch: pytest.MonkeyPatch) -> None:
    before = admit._check_message

    def lax(*given: Any) -> Any:
        refusal = before(*given)
        return None if refusal is Refusal.INTERVAL_ZERO else refusal

    patch.setattr(admit, "_check_message", lax)


def numbers_do_not_matter(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(admit.Memory, "last_of", lambda *_: -1)


def as_if_from_here(patch: pytest.MonkeyPatch) -> None:
    def near(config: Any, parcel: Any, *more: Any) -> Any:
        return admit.admit(config, replace(parcel, hop_limit=255), *more)

    patch.setattr(reception, "admit", near)


def sums_do_not_matter(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(admit, "_sums_up", lambda *_: True)


def each_for_itself(patch: pytest.MonkeyPatch) -> None:
    def selfish(members: Any) -> list[tuple[int, Ordered]]:
        if len(members) == 1:
            return orders(members)
        found = []
        for place, member in enumerate(members):
            found += [(place, order) for _, order in orders([member])]
        return found

    patch.setattr(settling, "orders", selfish)


def holds_on(patch: pytest.MonkeyPatch) -> None:
    def greedy(config: Any, state: State, footing: Any) -> Any:
        return claims.held(config, State.MASTER if state is State.FAULT else state, footing)

    patch.setattr(machine, "held", greedy)


def refusals_put_off_adverts(patch: pytest.MonkeyPatch) -> None:
    before = machine.Machine._hear

    def upset(self: Any, now: int, parcel: Any) -> None:
        before(self, now, parcel)
        if self.beacon.advert_due is not None:
            self.beacon.advert_due = now + self.beacon.interval_us

    patch.setattr(machine.Machine, "_hear", upset)


GUARDS: dict[str, tuple[Callable[[], bool], Patch]] = {
    "a master yields to the better": (a_healed_split_has_one_master, never_yields),
    "equals go by address": (a_healed_split_of_equals_has_one_master, looks_at_no_address),
    "a resignation counts once": (
        who_resigns_again_and_again_does_not_keep_us_waiting,
        counts_each_resignation,
    ),
    "no interval is none": (an_interval_of_nought_moves_nobody, takes_no_interval_for_one),
    "a replay is refused": (a_replayed_signed_advert_moves_nobody, numbers_do_not_matter),
    "adverts come from the link": (an_advert_from_beyond_a_router_moves_nobody, as_if_from_here),
    "sums must be right": (a_damaged_advert_moves_nobody, sums_do_not_matter),
    "a group moves as one": (a_group_leads_together_or_not_at_all, each_for_itself),
    "a fault lets go": (a_fault_lets_go_of_the_addresses, holds_on),
    "junk moves no timer": (junk_does_not_silence_a_master, refusals_put_off_adverts),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_a_promise_holds_with_its_guard_and_not_without(
    guard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds, take_out = GUARDS[guard]
    assert holds()
    take_out(monkeypatch)
    assert not holds(), "the promise holds without its guard: it proves nothing"


def test_there_are_ten_of_them() -> None:
    assert len(GUARDS) == 10
