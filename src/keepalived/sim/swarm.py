"""Many seeds: each one draws a network and its misfortunes, and is held to the invariants.

Rule: the seed decides everything; a seed that ever failed is kept as a test of its own.
"""

from __future__ import annotations

from keepalived.core.vrrp.config import RouterConfig, SyncGroup
from keepalived.port.resources import HeldAddress
from keepalived.records import dataclass
from keepalived.sim.host import SimHost
from keepalived.sim.invariants import Violation, Watcher, settling_bound_us
from keepalived.sim.scenario import directors, instance, watch
from keepalived.sim.world import World

_LOOK_US = 100_000
_STORM_US = 20_000_000
_MISFORTUNES = 12


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a seed."""

    seed: int
    violations: tuple[Violation, ...]
    moves: int
    """How many times an instance entered a state."""
    world: World


def run_seed(seed: int) -> Outcome:
    """Live through one seed: a storm of faults, calm, and an orderly end."""
    world = World(seed)
    dice = world.dice
    hosts = directors(world, *(_config(world) for _ in range(2 + dice.below(3))))
    watcher = Watcher(world)
    watch(world, _LOOK_US, watcher.look)
    for host in hosts:
        world.at(dice.below(2_000_000), host.start)
    for _ in range(_MISFORTUNES):
        world.at(2_000_000 + dice.below(_STORM_US), lambda: _misfortune(world, hosts))
    world.run_until(2_000_000 + _STORM_US)
    _calm(world, hosts)
    worst = max(segment.delay_us[1] for segment in world.segments.values())
    world.run_for(settling_bound_us([host.config for host in hosts], worst))
    watcher.right_masters_lead()
    for host in hosts:
        host.stop()
        world.run_for(10_000)
        watcher.nothing_is_left(host)
    moves = sum("Entering" in line.text for line in world.timeline.lines)
    return Outcome(seed, tuple(watcher.violations), moves, world)


def _config(world: World) -> RouterConfig:
    """Draw a director: two instances on two links, in a group or not, ranked at random."""
    dice = world.dice
    priority = (50, 100, 100, 150, 200, 254)[dice.below(6)]
    instances = (
        instance("VI_1", 51, priority, "eth0", ("192.168.200.10",)),
        instance("VI_2", 52, priority, "eth1", ("192.168.100.10", "192.168.100.11")),
    )
    # All directors of one world group alike: a half-grouped cluster has no one right master.
    grouped = world.seed % 3 != 0
    groups = (SyncGroup(name="VG1", members=("VI_1", "VI_2")),) if grouped else ()
    return RouterConfig("LVS_MAIN", instances, groups)


def _misfortune(world: World, hosts: list[SimHost]) -> None:
    dice = world.dice
    host = hosts[dice.below(len(hosts))]
    wire = ("outside", "inside")[dice.below(2)]
    link = ("eth0", "eth1")[dice.below(2)]
    others = {each.name for each in hosts} - {host.name}
    match dice.below(11):
        case 0:
            world.part(wire, {host.name}, others)
        case 1:
            world.part(wire, {host.name}, others, both_ways=False)
        case 2:
            world.lose(wire, 50_000 + dice.below(700_000))
        case 3:
            world.heal(wire)
        case 4 | 5:
            host.set_link(link, not host.kernel.links[link].running)
        case 6 if host.running and not host.stalled:
            host.stall(100_000 + dice.below(6_000_000))
        case 7:
            _leave_or_return(world, host)
        case 8:
            held = [r for r in host.kernel.held.values() if isinstance(r, HeldAddress)]
            if held:
                host.take_address(held[dice.below(len(held))])
        case 9 if host.running and not host.stalled:
            for segment in host.plugs.values():
                world.disturb(segment)
            host.reconfigure(_config(world))
        case _:
            host.refuse(not host.refusing)


def _leave_or_return(world: World, host: SimHost) -> None:
    for segment in host.plugs.values():
        world.disturb(segment)
    if not host.running:
        host.start()
    elif world.dice.below(2):
        host.stop()
    else:
        host.crash()


def _calm(world: World, hosts: list[SimHost]) -> None:
    """Let every fault cease."""
    world.say("all faults cease")
    for wire in world.segments:
        world.heal(wire)
    for host in hosts:
        for name, link in list(host.kernel.links.items()):
            if not link.running:
                host.set_link(name, True)
        host.refuse(False)
        if host.stalled:
            host.resume()
        if not host.running:
            host.start()
