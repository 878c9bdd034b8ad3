"""Many seeds: each one draws a network and its misfortunes, and is held to the invariants.

Rule: the seed decides everything; a seed that ever failed is kept as a test of its own.
Command line: `python -m keepalived.sim.swarm SEED [LAST]` tells one seed's story, or tries many.
"""

from __future__ import annotations

from keepalived.core.track.config import VrrpScript
from keepalived.core.vrrp.config import RouterConfig
from keepalived.lang.values import Command
from keepalived.port.events import Asked
from keepalived.port.resources import HeldAddress
from keepalived.records import dataclass, replace
from keepalived.sim.drawing import CHECK, FILE, Habits, draw_habits, draw_router, widen
from keepalived.sim.host import SimHost
from keepalived.sim.invariants import Violation, Watcher, settling_bound_us
from keepalived.sim.scenario import directors, watch
from keepalived.sim.world import World

_LOOK_US = 100_000
_START_US = 2_000_000
_STORM_US = 45_000_000
_LEAST_US = 60_000_000
_MISFORTUNES = 12
_ODDITIES = 6
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
    wide = seed % 2 == 1
    if wide:
        habits = widen(dice, habits)
    hosts = directors(world, *(_router(world, habits, number) for number in range(count)))
    watcher = Watcher(world)
    watch(world, _LOOK_US, watcher.look)
    for host in hosts:
        host.drift_ppm = dice.below(2 * _MOST_DRIFT_PPM + 1) - _MOST_DRIFT_PPM
        world.at(dice.below(_START_US), host.start)
    for _ in range(_MISFORTUNES):
        world.at(_START_US + dice.below(_STORM_US), lambda: _misfortune(world, hosts, habits))
    for _ in range(_ODDITIES if wide else 0):
        world.at(_START_US + dice.below(_STORM_US), lambda: _oddity(world, hosts, habits))
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
    return replace(router, scripts=(script,))


def _bound_us(world: World, hosts: list[SimHost], habits: Habits) -> int:
    worst = max(segment.delay_us[1] for segment in world.segments.values())
    bound = settling_bound_us([host.config for host in hosts], worst)
    # A check's next run, and a preempt_delay that begins when the last fault ends.
    bound += 3_000_000 * habits.checks + 2 * habits.preempt_delay_us + habits.startup_delay_us
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
        case 4 | 5 if link in host.kernel.links:
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


def _oddity(world: World, hosts: list[SimHost], habits: Habits) -> None:
    """Let something happen that only some worlds know."""
    dice = world.dice
    host = hosts[dice.below(len(hosts))]
    for segment in host.plugs.values():
        world.disturb(segment)
    awake = host.running and not host.stalled
    match dice.below(8):
        case 0 | 1 if awake:
            # Crashes alone, whatever it was about to do, and is back sooner or later.
            host.crash(parent_lives=True)
            soon = (1_000, 50_000, 400_000, 3_000_000)[dice.below(4)]
            world.at(world.now + soon, lambda: None if host.running else host.start())
        case 2 | 3 if awake:
            host.say("is asked to hand over")
            host.give(Asked("handover", ("begin", "", str(dice.below(9) * 1_000_000 + 1))))
        case 4 if awake:
            host.give(Asked("handover", ("end",)))
        case 5 if habits.files:
            host.set_file(FILE, (None, "-100", "-254", "40")[dice.below(4)])
        case 6 if awake:
            _unplug(world, host, ("eth0", "eth1")[dice.below(2)])
        case 7 if awake:
            # Other habits here alone, and back to everybody's.
            before = host.config
            changed = replace(_router(world, habits, hosts.index(host)), startup_delay_us=0)
            host.reconfigure(replace(changed, groups=() if dice.below(2) else before.groups))
            again = world.now + dice.below(1_500_000)
            world.at(again, lambda: _restore(world, host, before))
        case _:
            pass


def _restore(world: World, host: SimHost, config: RouterConfig) -> None:
    for segment in host.plugs.values():
        world.disturb(segment)
    if host.running:
        host.reconfigure(config)
    else:
        host.config = config


def _unplug(world: World, host: SimHost, name: str) -> None:
    """Take a link out of a host, and put another one of its name in later."""
    link = host.kernel.links.get(name)
    if link is None:
        return
    there = [each for each in host.kernel.addresses.values() if each.link == name]
    own = [each for each in there if not each.ours]
    host.remove_link(name)

    def put_back() -> None:
        number = 1 + max((each.index for each in host.kernel.links.values()), default=link.index)
        host.return_link(replace(link, index=number, running=True), *own)

    soon = world.now + world.dice.below(2_000_000)
    world.at(min(soon, _START_US + _STORM_US - 1), put_back)


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
        if host.files:
            host.set_file(FILE, "0")
        for name, link in list(host.kernel.links.items()):
            if not link.running and name in host.plugs:
                host.set_link(name, True)
        host.refuse(False)
        if host.stalled:
            host.resume()
        if not host.running:
            host.start()
        host.give(Asked("handover", ("end",)))


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
