"""The simulated world: a heap of things to come, one seeded die, hosts and the wires between.

Rule: a seed and a commit name a run exactly. Nothing here reads a clock.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from random import Random

from keepalived.core.vrrp.config import RouterConfig
from keepalived.sim.host import SimHost
from keepalived.sim.network import Packet, Segment
from keepalived.sim.timeline import Timeline


class SeededDice:
    """Chance that a seed decides."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def below(self, limit: int) -> int:
        """Give a number from 0 to limit - 1."""
        return int(self._random.random() * limit)


class World:
    """Everything that there is in one run."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.now = 0
        self.changes = 0
        """Counts what happened to any host."""
        self.dice = SeededDice(seed)
        self.timeline = Timeline()
        self.hosts: dict[str, SimHost] = {}
        self.segments: dict[str, Segment] = {}
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def segment(self, name: str) -> Segment:
        """Lay a wire."""
        self.segments[name] = Segment(name)
        return self.segments[name]

    def host(self, name: str, config: RouterConfig) -> SimHost:
        """Place a host; it is not started yet."""
        self.hosts[name] = SimHost(self, name, config)
        return self.hosts[name]

    def at(self, when: int, call: Callable[[], None]) -> None:
        """Let something happen then; of one instant, the first one asked for comes first."""
        assert when >= self.now, "the past is over"
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, call))

    def run_until(self, when: int) -> None:
        """Let time pass."""
        while self._heap and self._heap[0][0] <= when:
            self.now, _, call = heapq.heappop(self._heap)
            call()
        self.now = when

    def run_for(self, span_us: int) -> None:
        """Let a span of time pass."""
        self.run_until(self.now + span_us)

    def disturb(self, segment: str) -> None:
        """Remember that a wire's conditions changed now."""
        self.segments[segment].disturbed_at = self.now

    def part(self, segment: str, ones: set[str], others: set[str], both_ways: bool = True) -> None:
        """Cut a wire between some hosts and others."""
        arrow = "|" if both_ways else ">|"
        self.say(f"{segment}: {'+'.join(sorted(ones))} {arrow} {'+'.join(sorted(others))}")
        self.segments[segment].part(ones, others, both_ways)
        self.disturb(segment)

    def lose(self, segment: str, per_million: int) -> None:
        """Let a wire lose frames."""
        self.say(f"{segment}: loses {per_million / 10_000:.1f} % of all frames")
        self.segments[segment].loss = per_million
        self.disturb(segment)

    def heal(self, segment: str) -> None:
        """Put a wire right."""
        self.say(f"{segment}: healed")
        self.segments[segment].heal()
        self.disturb(segment)

    def double(self, segment: str, per_million: int) -> None:
        """Let a wire carry frames twice."""
        self.say(f"{segment}: doubles {per_million / 10_000:.1f} % of all frames")
        self.segments[segment].echo = per_million

    def spread(self, speaker: SimHost, segment: str, packet: Packet) -> None:
        """Carry a packet to all who may hear it."""
        for host in self.hosts.values():
            if host is speaker:
                continue
            for port, plugged in host.plugs.items():
                if plugged != segment:
                    continue
                for delay in self.segments[segment].carry(self.dice, speaker.name, host.name):
                    self.at(self.now + delay, lambda h=host, p=port: h.hear(p, packet))  # type: ignore[misc]

    def say(self, text: str) -> None:
        """Write a line that concerns everybody."""
        self.timeline.write(self.now, "", text)

    def render(self) -> str:
        """Write the whole run."""
        return self.timeline.render(list(self.hosts))
