"""What the scenarios are set on: some directors, each with one instance, settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keepalived.core.vrrp.config import RouterConfig
from keepalived.core.vrrp.lines import Peer
from keepalived.port.effects import Send
from keepalived.port.resources import FrameEndpoint, VrrpEndpoint
from keepalived.sim.drawing import source_of
from keepalived.sim.host import SimHost
from keepalived.sim.scenario import directors, instance
from keepalived.sim.world import World

SECOND = 1_000_000
TENTH = 100_000


def one(priority: int = 100, **more: Any) -> RouterConfig:
    """Give a director with one instance on eth0."""
    return RouterConfig("LVS_MAIN", (instance(priority=priority, **more),))


def v3(priority: int = 100, interval_us: int = TENTH, **more: Any) -> RouterConfig:
    """The same in version 3."""
    return one(priority, version=3, advert_int_us=interval_us, **more)


def v6(priority: int = 100, interval_us: int = TENTH, **more: Any) -> RouterConfig:
    """The same over IPv6."""
    return v3(priority, interval_us, addresses=("fe80::100", "fd00::100"), **more)


def peers(number: int, count: int = 2, family6: bool = False) -> tuple[Peer, ...]:
    """Give the peers of director `number` (from 0), for unicast."""
    others = (each for each in range(count) if each != number)
    return tuple(Peer(source_of(family6, 0, each)) for each in others)


def settled(*configs: RouterConfig, for_us: int = 10 * SECOND) -> tuple[World, list[SimHost]]:
    """Start directors and let them settle."""
    world = World(1)
    hosts = directors(world, *configs)
    for host in hosts:
        host.start()
    world.run_until(for_us)
    return world, hosts


def led_after(world: World, host: str, since: int) -> int:
    """Say how long after a moment an instance of this host began to lead."""
    led = world.timeline.first("(VI_1) Entering MASTER", host, since=since)
    assert led is not None, world.render()
    return led - since


def last_advert(host: SimHost) -> int:
    """Say when a host said its last advert."""
    return max(at for at, send in host.sent if isinstance(send.endpoint, VrrpEndpoint))


def adverts(host: SimHost, since: int = 0) -> list[Send]:
    """Give what a host said to other routers."""
    sent = host.sent
    return [s for at, s in sent if at >= since and isinstance(s.endpoint, VrrpEndpoint)]


def frames(host: SimHost, since: int = 0) -> Sequence[int]:
    """Say when a host announced an address."""
    return [at for at, s in host.sent if at >= since and isinstance(s.endpoint, FrameEndpoint)]


def word(host: SimHost, name: str) -> Any:
    """Give a field of the first instance's status."""
    listed: Any = host.snapshot()["instances"]
    return listed[0][name]
