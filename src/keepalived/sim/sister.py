"""The BFD process of a simulated host: its brain beside the router's, and the parent between them.

Rule: nothing here decides about a session. Its words reach the router through the bulletin that the
parent keeps, and a new life hears at its birth what the one before had said.
"""

from __future__ import annotations

from errno import EADDRNOTAVAIL
from os import strerror

from keepalived.core.bfd.config import SpeakerConfig
from keepalived.core.bfd.speaker import Speaker
from keepalived.core.host import Host
from keepalived.port.effects import Note, Operation, Send, Tell
from keepalived.port.events import (
    DatagramHeard,
    Event,
    Reconfigured,
    Refused,
    Started,
    Stopping,
    Told,
    Woken,
)
from keepalived.port.resources import BfdEndpoint, BfdListener, Install, Remove, Replace, Resource
from keepalived.port.words import BfdSaid
from keepalived.sim.host import SimHost
from keepalived.sim.network import Packet

UDP = 17
BUS_US = 100
"""How long a word takes from one process to another."""


class BfdProcess:
    """The BFD process of one host; it starts, stalls and ends with the host, or crashes alone."""

    def __init__(self, host: SimHost, config: SpeakerConfig) -> None:
        self.host = host
        self.config = config
        self.running = False
        self.words: dict[str, BfdSaid] = {}
        """What the parent remembers."""
        self.told: list[tuple[int, BfdSaid]] = []
        self._pure = Host(Speaker(config, host.world.dice))
        self._held: dict[tuple[object, ...], Resource] = {}
        self._inbox: list[Event] = []
        self._life = 0
        self._alarm: int | None = None
        host.sisters.append(self)

    def start(self) -> None:
        """Begin a life, if there is none; it hears what the one before had said."""
        if self.running:
            return
        self._pure = Host(Speaker(self.config, self.host.world.dice))
        self._held, self._inbox, self._alarm = {}, [], None
        self.running = True
        self._life += 1
        for word in self.words.values():
            self.give(Told(word))
        self.give(Started())

    def remind(self) -> None:
        """Tell a router process that is being born what holds already."""
        for word in self.words.values():
            self.host.give(Told(word))

    def stop(self) -> None:
        """End in order, with the host; the parent ends as well."""
        self.give(Stopping())
        self.running = False
        self.words.clear()

    def crash(self, parent_lives: bool) -> None:
        """Vanish; a parent that lives goes on to remember what was said."""
        self.running = False
        if not parent_lives:
            self.words.clear()

    def reconfigure(self, config: SpeakerConfig) -> None:
        """Put another configuration into force."""
        self.config = config
        self.give(Reconfigured(config))

    def resume(self) -> None:
        """Go on after a stall: hear what waits, then look at the clock."""
        waiting, self._inbox = self._inbox, []
        for event in waiting:
            self.give(event)
        self._wake(self._life)

    def give(self, event: Event) -> None:
        """Take an event in, or let it wait."""
        if not self.running:
            return
        if self.host.stalled:
            self._inbox.append(event)
            return
        for operation in self._pure.step(self.host.world.now, event):
            self._carry_out(operation)
        due, life = self._pure.deadline(), self._life
        if due is not None and due != self._alarm:
            self._alarm = due
            self.host.world.at(max(due, self.host.world.now), lambda: self._wake(life))

    def hear(self, packet: Packet) -> None:
        """Let a packet arrive that is for an address of the host."""
        here = {each.address for each in self.host.kernel.addresses.values()}
        if packet.protocol != UDP or packet.target not in here:
            return
        for held in list(self._held.values()):
            if isinstance(held, BfdListener) and held.port == packet.port:
                heard = (packet.source, packet.data, packet.hop_limit, packet.target)
                self.give(DatagramHeard(held, *heard))

    def states(self) -> dict[str, str]:
        """Give the state of each session, by name; nothing of a process that does not run."""
        listed = self._pure.snapshot(self.host.world.now)["sessions"]
        assert isinstance(listed, list)
        return {each["name"]: each["state"] for each in listed} if self.running else {}

    def _wake(self, life: int) -> None:
        due = self._pure.deadline()
        now = self.host.world.now
        if life == self._life and not self.host.stalled and due is not None and due <= now:
            self._alarm = None
            self.give(Woken())

    def _carry_out(self, operation: Operation) -> None:
        world = self.host.world
        match operation:
            case Note(line):
                self.host.say(line.text())
            case Send():
                self._send(operation)
            case Tell(BfdSaid() as word):
                self.words[word.instance] = word
                self.told.append((world.now, word))
                world.at(world.now + BUS_US, lambda: self.host.give(Told(word)))
            case Install(resource) | Replace(_, resource):
                if self._is_bindable(resource):
                    self._held[resource.key] = resource
                else:
                    refused = Refused(operation, EADDRNOTAVAIL, strerror(EADDRNOTAVAIL))
                    world.at(world.now, lambda: self.give(refused))
            case Remove(resource):
                self._held.pop(resource.key, None)
            case _:
                raise AssertionError(f"the BFD half does not ask for {operation}")

    def _is_bindable(self, resource: Resource) -> bool:
        if not isinstance(resource, BfdEndpoint) or resource.source is None:
            return True
        return any(each.address == resource.source for each in self.host.kernel.addresses.values())

    def _send(self, send: Send) -> None:
        endpoint = send.endpoint
        assert isinstance(endpoint, BfdEndpoint)
        for each in self.host.kernel.addresses.values():
            link = self.host.kernel.links.get(each.link)
            if endpoint.source not in (None, each.address) or link is None or not link.up:
                continue
            packet = Packet(
                UDP, each.address, endpoint.neighbour, send.data, endpoint.hop_limit, endpoint.port
            )
            self.host.world.spread(self.host, self.host.plugs[each.link], packet)
            return
