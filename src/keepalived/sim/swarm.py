"""Many seeds: each one draws a network and its misfortunes, and is held to the invariants.

Rule: the seed decides everything; a seed that ever failed is kept as a test of its own.
Command line: `python -m keepalived.sim.swarm SEED [LAST]` tells one seed's story, or tries many.
"""

from __future__ import annotations

from keepalived.core.track.config import VrrpScript
from keepalived.core.vrrp.config import RouterConfig
from keepalived.lang.values import Command
from keepalived.port.resources import HeldAddress
from keepalived.records import dataclass
from keepalived.sim.drawing import CHECK, Habits, draw_habits, draw_router
from keepalived.sim.host import SimHost
from keepalived.sim.invariants import Violation, Watcher, settling_bound_us
from keepalived.sim.scenario import directors, watch
from keepalived.sim.world import World

_LOOK_US = 100_000
_START_US = 2_000_000
_STORM_US = 45_000_000
_LEAST_US = 60_000_000
_MISFORTUNES = 12
COUNTS = (2, 2, 2, 3, 3, 4, 5)
_MOST_DRIFT_PPM = 2_000


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
    count = COUNTS[dice.below(len(COUNTS))]
    habits = draw_habits(dice, count)
    hosts = directors(world, *(_router(world, habits, number) for number in range(count)))
    watcher = Watcher(world)
    watch(world, _LOOK_US, watcher.look)
    for host in hosts:
        host.drift_ppm = dice.below(2 * _MOST_DRIFT_PPM + 1) - _MOST_DRIFT_PPM
        world.at(dice.below(_START_US), host.start)
    for _ in range(_MISFORTUNES):
        world.at(_START_US + dice.below(_STORM_US), lambda: _misfortune(world, hosts, habits))
    world.run_until(_START_US + _STORM_US)
    _calm(world, hosts)
    world.run_for(_bound_us(world, hosts, habits))
    watcher.right_masters_lead(settled=habits.nopreempt)
    world.run_until(max(world.now, _LEAST_US))
    for host in hosts:
        host.stop()
        world.run_for(10_000)
        watcher.nothing_is_left(host)
    moves = sum("Entering" in line.text for line in world.timeline.lines)
    return Outcome(seed, tuple(watcher.violations), moves, world)


def _router(world: World, habits: Habits, number: int) -> RouterConfig:
    router = draw_router(world.dice, habits, number)
    if not habits.checks:
        return router
    script = VrrpScript(name=CHECK, script=Command((CHECK,)), interval_us=1_000_000)
    return router.__class__(router.router_id, router.instances, router.groups, scripts=(script,))


def _bound_us(world: World, hosts: list[SimHost], habits: Habits) -> int:
    worst = max(segment.delay_us[1] for segment in world.segments.values())
    bound = settling_bound_us([host.config for host in hosts], worst)
    # A check's next run, and a preempt_delay that begins when the last fault ends.
    bound += 3_000_000 * habits.checks + 2 * habits.preempt_delay_us
    return bound * (1_000_000 + 4 * _MOST_DRIFT_PPM) // 1_000_000


def _misfortune(world: World, hosts: list[SimHost], habits: Habits) -> None:
    dice = world.dice
    host = hosts[dice.below(len(hosts))]
    wire = ("outside", "inside")[dice.below(2)]
    link = ("eth0", "eth1")[dice.below(2)]
    others = {each.name for each in hosts} - {host.name}
    awake = host.running and not host.stalled
    match dice.below(14):
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
        case 6 if awake:
            host.stall(100_000 + dice.below(6_000_000))
        case 7 | 8:
            _leave_or_return(world, host)
        case 9:
            held = [r for r in host.kernel.held.values() if isinstance(r, HeldAddress)]
            if held:
                host.take_address(held[dice.below(len(held))])
        case 10 if awake:
            for segment in host.plugs.values():
                world.disturb(segment)
            host.reconfigure(_router(world, habits, hosts.index(host)))
        case 11:
            world.double(wire, 100_000 + dice.below(500_000))
        case 12 if habits.checks:
            host.statuses[CHECK] = 1 - host.statuses.get(CHECK, 0)
            for segment in host.plugs.values():
                world.disturb(segment)
        case _:
            host.refuse(not host.refusing)


def _leave_or_return(world: World, host: SimHost) -> None:
    for segment in host.plugs.values():
        world.disturb(segment)
    if not host.running:
        host.start()
        return
    match world.dice.below(3):
        case 0:
            host.stop()
        case 1:
            host.crash()
            host.lives.clear()
        case _:
            # The one process alone; the parent starts another at once, if nobody else does.
            host.crash()
            world.at(world.now + 50_000, lambda: None if host.running else host.start())


def _calm(world: World, hosts: list[SimHost]) -> None:
    """Let every fault cease."""
    world.say("all faults cease")
    for wire in world.segments:
        world.heal(wire)
    for host in hosts:
        host.statuses.clear()
        for name, link in list(host.kernel.links.items()):
            if not link.running and name in host.plugs:
                host.set_link(name, True)
        host.refuse(False)
        if host.stalled:
            host.resume()
        if not host.running:
            host.start()


def _main(first: int, last: int) -> int:
    """Try seeds; tell the story of the first that fails, or of a single one."""
    for seed in range(first, last + 1):
        outcome = run_seed(seed)
        if outcome.violations or first == last:
            print(outcome.world.render())
            for violation in outcome.violations:
                print(f"{violation.at / 1_000_000:.6f} {violation.law}")
            return len(outcome.violations) and 1
    print(f"{last + 1 - first} seeds, no law broken")
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(_main(int(sys.argv[1]), int(sys.argv[-1])))
