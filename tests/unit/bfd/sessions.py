"""Two speakers on a wire that tests hold in their hands, and packets made by hand."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address

from keepalived.core.bfd.config import BfdInstance, SpeakerConfig
from keepalived.core.bfd.speaker import Speaker
from keepalived.core.host import Host
from keepalived.port.effects import Note, Operation, Send, Tell
from keepalived.port.events import DatagramHeard, Event, Started, Told, Woken
from keepalived.port.resources import BfdEndpoint, BfdListener
from keepalived.port.words import BfdSaid
from keepalived.wire.addresses import Address, Family, family_of
from keepalived.wire.bfd import ControlPacket, SessionState, decode_control, encode_control

A, B = IPv4Address("10.20.0.1"), IPv4Address("10.20.0.2")
LISTENER = BfdListener(Family.INET, 3784)
SECOND_US = 1_000_000
PACKET = ControlPacket(
    state=SessionState.DOWN,
    my_discriminator=77,
    your_discriminator=0,
    multiplier=4,
    desired_min_tx_us=SECOND_US,
    required_min_rx_us=50_000,
)
"""What a neighbour says first."""


class FixedDice:
    """Chance that always gives the same part of what it could, in hundredths."""

    def __init__(self, part: int = 0) -> None:
        self.part = part

    def below(self, limit: int) -> int:
        return (limit - 1) * self.part // 100


def words(
    name: str = "PEER", neighbour: Address = B, source: Address | None = A, **more: object
) -> BfdInstance:
    """A bfd_instance as the captures have it: 50 ms, 4 of them."""
    plain = BfdInstance(
        name=name, neighbor_ip=neighbour, source_ip=source, min_rx_us=50_000, min_tx_us=50_000,
        multiplier=4,
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


class Desk:
    """A speaker, what it said so far, and packets to give to it."""

    def __init__(self, *sessions: BfdInstance, part: int = 0) -> None:
        self.now = 0
        self.config = SpeakerConfig(sessions)
        self.dice = FixedDice(part)
        self.host = Host(Speaker(self.config, self.dice))
        self.sent: list[tuple[int, Send]] = []
        self.told: list[BfdSaid] = []
        self.notes: list[str] = []
        self.operations: list[Operation] = []

    def start(self, *before: BfdSaid) -> Desk:
        """Bring it to life; its previous life had said these words."""
        for word in before:
            self.give(Told(word))
        self.give(Started())
        return self

    def give(self, event: Event) -> Sequence[Operation]:
        """Let it take an event in."""
        self.operations = list(self.host.step(self.now, event))
        for each in self.operations:
            match each:
                case Send():
                    self.sent.append((self.now, each))
                case Tell(BfdSaid() as word):
                    self.told.append(word)
                case Note(line):
                    self.notes.append(line.text())
        return self.operations

    def hear(
        self,
        packet: ControlPacket | bytes,
        source: Address = B,
        target: Address = A,
        hops: int | None = 255,
        listener: BfdListener | None = None,
    ) -> list[ControlPacket]:
        """Let a packet arrive; give what is answered at once."""
        data = packet if isinstance(packet, bytes) else encode_control(packet)
        at = listener or BfdListener(family_of(source), 3784)
        before = len(self.sent)
        self.give(DatagramHeard(at, source, data, hops, target))
        return [read(send) for _, send in self.sent[before:]]

    def pass_time(self, span_us: int) -> list[ControlPacket]:
        """Let time pass; give what is said in it."""
        end, before = self.now + span_us, len(self.sent)
        while (due := self.host.deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            self.give(Woken())
        self.now = end
        return [read(send) for _, send in self.sent[before:]]

    @property
    def last(self) -> ControlPacket:
        """Give the last packet that was said."""
        return read(self.sent[-1][1])

    @property
    def number(self) -> int:
        """Give the discriminator of the first session."""
        return int(self.shown()["discriminator"])  # type: ignore[call-overload, no-any-return]

    def shown(self, at: int = 0) -> dict[str, object]:
        """Show a session."""
        sessions = self.host.snapshot(self.now)["sessions"]
        return sessions[at]  # type: ignore[index, no-any-return]

    def come_up(self) -> Desk:
        """Shake hands with a neighbour that answers at once, and let the poll be answered."""
        self.hear(PACKET)
        up = replace(PACKET, state=SessionState.UP, your_discriminator=self.number)
        up = replace(up, desired_min_tx_us=50_000)
        self.hear(up)
        self.hear(replace(up, final=True))
        assert self.shown()["state"] == "UP"
        return self

    def of_peer(self, state: SessionState = SessionState.UP, **more: object) -> ControlPacket:
        """Make a packet of the neighbour that names our session."""
        packet = replace(PACKET, state=state, your_discriminator=self.number)
        if state is SessionState.UP:
            packet = replace(packet, desired_min_tx_us=50_000)
        return replace(packet, **more)  # type: ignore[arg-type]


def read(send: Send) -> ControlPacket:
    """Read what is sent, which has to be well formed."""
    packet = decode_control(send.data)
    assert isinstance(packet, ControlPacket)
    return packet


class Wire:
    """Two speakers, A and B, and a wire between them that takes a while and may be cut."""

    def __init__(self, a: BfdInstance, b: BfdInstance, delay_us: int = 200) -> None:
        self.desks: dict[Address, Desk] = {A: Desk(a, part=13).start(), B: Desk(b, part=71).start()}
        self.delay_us = delay_us
        self.cut: set[Address] = set()
        """Whose packets are lost."""
        self._flying: list[tuple[int, int, Address, Send]] = []
        self._count = 0
        self._taken = dict.fromkeys(self.desks, 0)

    def run(self, span_us: int) -> None:
        """Let time pass on both sides."""
        end = next(iter(self.desks.values())).now + span_us
        for _ in range(100_000):
            self._collect()
            dues = [due for d in self.desks.values() if (due := d.host.deadline()) is not None]
            dues += [self._flying[0][0]] if self._flying else []
            due = min(dues, default=end + 1)
            if due > end:
                break
            for desk in self.desks.values():
                desk.now = max(desk.now, due)
            if self._flying and self._flying[0][0] <= due:
                _, _, speaker, send = heapq.heappop(self._flying)
                assert isinstance(send.endpoint, BfdEndpoint)
                listener = self.desks.get(send.endpoint.neighbour)
                if listener is not None and speaker not in self.cut:
                    at = BfdListener(family_of(speaker), send.endpoint.port)
                    target = send.endpoint.neighbour
                    listener.give(DatagramHeard(at, speaker, send.data, 255, target))
                continue
            for desk in self.desks.values():
                wanted = desk.host.deadline()
                if wanted is not None and wanted <= due:
                    desk.give(Woken())
        else:
            raise AssertionError("they talk without end")
        for desk in self.desks.values():
            desk.now = end

    def _collect(self) -> None:
        for speaker, desk in self.desks.items():
            for at, send in desk.sent[self._taken[speaker] :]:
                self._count += 1
                flight = (at + self.delay_us, self._count, speaker, send)
                heapq.heappush(self._flying, flight)
            self._taken[speaker] = len(desk.sent)

    def states(self) -> tuple[object, object]:
        """Give both ends' states."""
        return self.desks[A].shown()["state"], self.desks[B].shown()["state"]
