"""Signed adverts between routers that begin at one moment: neither shuts its ears to the other."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

from keepalived.core.vrrp.advert_words import Authentication
from keepalived.core.vrrp.config import RouterConfig
from keepalived.sim.network import Packet
from keepalived.sim.scenario import directors, instance, masters
from keepalived.sim.world import World

SECOND = 1_000_000


def signed(priority: int) -> RouterConfig:
    proof = Authentication(auth_type="AH", auth_pass="secret")
    return RouterConfig("LVS_MAIN", (instance(priority=priority, authentication=proof),))


def test_two_that_begin_to_lead_at_one_moment_with_ah_hear_each_other() -> None:
    # Both number their first advert 1: with one counter for all senders each would take the
    # other's adverts for replays, for ever.
    world = World()
    first, second = directors(world, signed(100), signed(100))
    first.start()
    second.start()
    world.run_until(5 * SECOND)
    assert masters(world, "VI_1") == ["d2"]


def test_a_recorded_advert_of_the_former_master_is_a_replay_to_its_successor() -> None:
    world = World()
    first, second = directors(world, signed(150), signed(100))
    first.start()
    second.start()
    world.run_until(6 * SECOND)
    recorded = [send for _, send in first.sent if send.target is not None][-2:]
    first.crash()
    world.run_until(12 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    for send in recorded:
        assert send.target is not None
        source = IPv4Address(send.data[12:16])
        world.spread(first, "outside", Packet(51, source, send.target, send.data, 255))
    world.run_until(13 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    listed: Any = second.snapshot()["instances"]
    assert listed[0]["counters"]["refused"] == {"ah_replayed": 2}
