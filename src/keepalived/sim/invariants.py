"""What must hold in every run, told from outside: from snapshots, kernels and frames alone.

Rule: it never asks a machine; each violation is a sentence. Safety is looked at all the time,
liveness after the faults have ceased.
"""

from __future__ import annotations

from collections.abc import Iterator

from keepalived.core.vrrp.claims import lines_of, link_of
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.core.vrrp.dialect import interval_of, version_of
from keepalived.core.vrrp.timing import master_down_us
from keepalived.records import dataclass
from keepalived.sim.host import SimHost
from keepalived.sim.scenario import handing_over, states
from keepalived.sim.world import World

Virtual = tuple[str, int]
"""A virtual router as the network knows it: its segment and its number."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A law that was broken, and when."""

    at: int
    law: str


def settling_bound_us(configs: list[RouterConfig], worst_delay_us: int) -> int:
    """Give how long after the last fault a network may take until the right master leads.

    Two masters see each other within one interval. Whoever then steps down, pulls its group along;
    at worst both do, and wait a whole master-down time. The best one may hear a lesser master
    first, and displaces it after one more.
    """
    instances = [each for config in configs for each in config.instances]
    interval = max(interval_of(each) for each in instances)
    down = max(
        master_down_us(version_of(each), each.priority, interval_of(each)) for each in instances
    )
    return 2 * (interval + down) + 10 * worst_delay_us


class Watcher:
    """Looks at a world from outside, again and again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.violations: list[Violation] = []
        self._seen = -1
        self._refused = False
        """Whether a kernel refuses, or did so until a moment ago: then time alone is a change."""
        self._rivals = False
        """Whether anywhere two lead, rightly or not."""
        self._rivals_since: dict[Virtual, int] = {}
        self._states: dict[str, dict[str, str]] = {}
        self._leaving: dict[str, set[str]] = {}
        """Which instances of each host hand over."""
        self._marks: dict[str, tuple[int, bool, bool, bool]] = {}
        """How each host was when it was looked at last."""

    def look(self) -> None:
        """Check what must hold at every moment; what did not change needs no second look."""
        if self.world.changes == self._seen and not self._rivals and not self._refused:
            return
        self._seen, fresh = self.world.changes, False
        self._refused = any(host.refusing for host in self.world.hosts.values())
        for host in self.world.hosts.values():
            mark = (host.changes, host.running, host.stalled, host.refusing)
            if self._marks.get(host.name) == mark:
                continue
            self._marks[host.name], fresh = mark, True
            self._states[host.name] = states(host)
            self._leaving[host.name] = handing_over(host)
            if host.running and not host.stalled:
                self._addresses_follow_mastership(host)
                self._groups_agree(host)
        if fresh or self._rivals:
            self._one_master_on_a_healthy_wire()

    def right_masters_lead(self, settled: bool = False) -> None:
        """Check that every virtual router has one master, the one that ranks highest.

        Where they are `settled`, whoever leads may go on leading (nopreempt).
        """
        self._states = {host.name: states(host) for host in self.world.hosts.values()}
        for virtual, contenders in self._virtuals().items():
            able = [(h, c) for h, c in contenders if self._able(h, c)]
            leading = [h.name for h, c in able if self._states[h.name][c.name] == "MASTER"]
            best = max((c.priority for _, c in able), default=0)
            right = {h.name for h, c in able if settled or c.priority == best}
            if able and (len(leading) != 1 or leading[0] not in right):
                self._broken(f"{virtual}: {leading} lead, one of {sorted(right)} should")

    def nothing_is_left(self, host: SimHost) -> None:
        """Check that a stopped daemon has put everything back."""
        left = [*host.kernel.virtual_addresses(), *host.kernel.held]
        if left:
            self._broken(f"{host.name} left behind {left}")

    def _addresses_follow_mastership(self, host: SimHost) -> None:
        leads = self._states[host.name]
        wanted = {
            (link_of(each, line), line.address, line.prefix)
            for each in host.config.instances
            if leads.get(each.name) == "MASTER"
            for line in lines_of(each)
        }
        # A virtual MAC has its parent's own link-local address as well, whoever leads.
        own = {each.address for each in host.kernel.addresses.values() if not each.ours}
        there = {spot for spot in host.kernel.virtual_addresses() if spot[1] not in own}
        # While the kernel refuses, it may lack what is wanted; it must never have more.
        if there - wanted or (wanted - there and not host.refusing):
            self._broken(f"{host.name} has {there}, its mastership asks for {wanted}")

    def _groups_agree(self, host: SimHost) -> None:
        leads = self._states[host.name]
        for group in host.config.groups:
            found = {leads[name] for name in group.members if name in leads}
            if len(found) > 1:
                self._broken(f"{host.name}: members of {group.name} are {sorted(found)}")

    def _one_master_on_a_healthy_wire(self) -> None:
        self._rivals = False
        for virtual, contenders in self._virtuals().items():
            leading = [h for h, c in contenders if self._leads_on(h, c)]
            segment = self.world.segments[virtual[0]]
            self._rivals = self._rivals or len(leading) > 1
            if len(leading) < 2 or not segment.healthy or any(h.stalled for h in leading):
                self._rivals_since.pop(virtual, None)
                continue
            since = max(self._rivals_since.get(virtual, self.world.now), segment.disturbed_at)
            self._rivals_since[virtual] = since
            slowest = max(interval_of(c) for _, c in contenders)
            if self.world.now - since > slowest + 4 * segment.delay_us[1]:
                names = [h.name for h in leading]
                self._broken(f"{virtual}: {names} lead since {since} on a healthy wire")

    def _leads_on(self, host: SimHost, config: VrrpInstance) -> bool:
        """Say whether it leads and means to; one that hands over holds until others lead for all.

        On a group's healthy wire that may be long after another one leads there.
        """
        if self._states[host.name].get(config.name) != "MASTER":
            return False
        return config.name not in self._leaving.get(host.name, ())

    def _virtuals(self) -> dict[Virtual, list[tuple[SimHost, VrrpInstance]]]:
        found: dict[Virtual, list[tuple[SimHost, VrrpInstance]]] = {}
        for host in self.world.hosts.values():
            for each in host.config.instances if host.running else ():
                virtual = (host.plugs[each.interface], each.virtual_router_id)
                found.setdefault(virtual, []).append((host, each))
        return found

    def _able(self, host: SimHost, config: VrrpInstance) -> bool:
        """Say whether a host can lead this: its links stand, and those of its group."""
        return all(
            (link := host.kernel.links.get(each.interface)) is not None and link.up
            for each in _sisters(host.config, config)
        )

    def _broken(self, law: str) -> None:
        self.violations.append(Violation(self.world.now, law))
        self.world.say(f"BROKEN: {law}")


def _sisters(config: RouterConfig, instance: VrrpInstance) -> Iterator[VrrpInstance]:
    names = {instance.name}
    for group in config.groups:
        if instance.name in group.members:
            names |= set(group.members)
    return (each for each in config.instances if each.name in names)
