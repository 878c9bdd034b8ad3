"""Replays a router of a capture: the pure brain hears what that router heard, at the same times.

Rule: no socket and no clock. What is no packet (a start, a stop, a kill, a cable) comes from a
story; the brain's packets become whole frames as the kernel would make them. Times are the
capture's own, in microseconds.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

from keepalived.config.load import load_text
from keepalived.config.views import router_config
from keepalived.core.host import Host
from keepalived.core.vrrp.router import Router
from keepalived.port.effects import Send
from keepalived.port.events import (
    AddressSeen,
    DatagramHeard,
    Event,
    LinkSeen,
    Started,
    Stopping,
    Woken,
)
from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import HeldAddress, HeldLink, Install, Remove, VrrpEndpoint
from keepalived.wire.checksum import internet_checksum

ETHERTYPE_4, ETHERTYPE_6 = b"\x08\x00", b"\x86\xdd"
VRRP, AH = 112, 51
PORTS = {"A": 1, "B": 2}
"""The last byte of each router's addresses, hardware and internet."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame on a link, with its time."""

    at_us: int
    link: str
    frame: bytes


@dataclass(frozen=True, slots=True)
class Story:
    """What befell one router that no packet tells."""

    start_us: int
    stop_us: int | None = None
    kill_us: int | None = None
    cut: tuple[int, int] | None = None
    """From when to when its switch was cut off from the capture: deaf and unheard."""
    down: tuple[str, int, int] | None = None
    """Which link had no carrier, from when to when."""

    def shifted(self, by_us: int) -> Story:
        """The same story at another time."""
        later = [None if at is None else at + by_us for at in (self.stop_us, self.kill_us)]
        cut = None if self.cut is None else (self.cut[0] + by_us, self.cut[1] + by_us)
        down = self.down
        if down is not None:
            down = (down[0], down[1] + by_us, down[2] + by_us)
        return Story(self.start_us + by_us, later[0], later[1], cut, down)


@dataclass(slots=True)
class ReplayedRouter:
    """One router: brain, ledger and so much of a kernel as tells it of its links."""

    node: str
    text: str
    story: Story
    said: list[Heard] = field(default_factory=list)
    links: dict[str, Link] = field(default_factory=dict)
    endpoints: set[VrrpEndpoint] = field(default_factory=set)
    now: int = 0
    _heap: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)
    _host: Host | None = None

    def run(self, heard: list[Heard], until_us: int) -> list[Heard]:
        """Let it live until an instant; gives its frames, up to a stop's farewell."""
        story = self.story
        self._at(story.start_us, self._start)
        for each in heard:
            if not self._cut(each.at_us):
                self._at(each.at_us, lambda each=each: self._hear(each))  # type: ignore[misc]
        if story.stop_us is not None:
            self._at(story.stop_us, lambda: self._give(Stopping()))
        if story.down is not None:
            name, gone, back = story.down
            self._at(gone, lambda: self._carrier(name, False))
            self._at(back, lambda: self._carrier(name, True))
        self._run_until(min(until_us, story.kill_us or until_us))
        end_us = until_us if story.stop_us is None else story.stop_us
        return [each for each in self.said if not self._cut(each.at_us) and each.at_us <= end_us]

    def _cut(self, at_us: int) -> bool:
        return self.story.cut is not None and self.story.cut[0] <= at_us < self.story.cut[1]

    def _at(self, when: int, call: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (when, next(self._count), call))

    def _run_until(self, until_us: int) -> None:
        while True:
            due = self._host.deadline() if self._host is not None else None
            first = self._heap[0][0] if self._heap else None
            # Hear before you judge: of one instant, what was heard comes first.
            if first is not None and (due is None or first <= due):
                if first > until_us:
                    return
                self.now, _, call = heapq.heappop(self._heap)
                call()
            elif due is not None and due <= until_us:
                self.now = max(self.now, due)
                self._give(Woken())
            else:
                return

    def _start(self) -> None:
        config = load_text(own_lines(self.text, self.node)).config
        assert config is not None
        self._host = Host(Router(router_config(config, "LAB")))
        last = PORTS[self.node]
        for index in (0, 1):
            name = f"eth{index}"
            mac = bytes((2, 0, 0, 0, index, last))
            self.links[name] = Link(index + 2, name, mac)
            self._give(LinkSeen(self.links[name]))
            places = [f"10.20.{index}.{last}/24", f"fe80::ff:fe00:{index << 8 | last:x}/64"]
            for place in (*places, f"fd00:2{index}::{last}/64"):
                address, _, length = place.partition("/")
                self._give(AddressSeen(LinkAddress(name, ip_address(address), int(length))))
        self._give(Started())

    def _carrier(self, name: str, running: bool) -> None:
        old = self.links[name]
        self.links[name] = Link(old.index, name, old.mac, old.mtu, True, running)
        self._give(LinkSeen(self.links[name]))

    def _hear(self, heard: Heard) -> None:
        opened = open_frame(heard.frame)
        if opened is None:
            return
        family, protocol, source, target, hops, data = opened
        for endpoint in sorted(self.endpoints, key=lambda each: each.link):
            own = endpoint.group == target
            link = endpoint.link or heard.link
            below = self._parent(link)
            if own and endpoint.protocol == protocol and heard.link in (link, below):
                if family == 4:
                    event = DatagramHeard(endpoint, source, data)
                else:
                    event = DatagramHeard(endpoint, source, data, hops, target)
                self._give(event)
                return

    def _parent(self, name: str) -> str:
        link = self.links.get(name)
        if link is None or not link.parent:
            return name
        return next(each.name for each in self.links.values() if each.index == link.parent)

    def _give(self, event: Event) -> None:
        if self._host is None:
            return
        for operation in self._host.step(self.now, event):
            if isinstance(operation, Send):
                # What is said on a link without carrier is on no capture.
                if self.links[operation.endpoint.link or "eth0"].up:
                    self.said.append(self._framed(operation))
            elif isinstance(operation, Install):
                self._install(operation.resource)
            elif isinstance(operation, Remove) and isinstance(operation.resource, VrrpEndpoint):
                self.endpoints.discard(operation.resource)

    def _install(self, resource: object) -> None:
        if isinstance(resource, VrrpEndpoint):
            self.endpoints.add(resource)
        elif isinstance(resource, HeldLink):
            parent = self.links[resource.parent]
            made = Link(
                *(len(self.links) + 10, resource.link, resource.mac, parent.mtu),
                kind=resource.kind.value,
                parent=parent.index,
            )
            self.links[made.name] = made
            self._at(self.now, lambda: self._give(LinkSeen(made)))
        elif isinstance(resource, HeldAddress):
            seen = LinkAddress(resource.link, resource.address, resource.prefix, ours=True)
            self._at(self.now, lambda: self._give(AddressSeen(seen)))

    def _framed(self, send: Send) -> Heard:
        """The frame that the kernel makes of it."""
        name = send.endpoint.link or "eth0"
        link, place = self.links[name], self._parent(name)
        if send.target is None:
            return Heard(self.now, place, send.data)
        mac = hardware_address(send.target)
        if isinstance(send.target, IPv4Address):
            return Heard(self.now, place, mac + link.mac + ETHERTYPE_4 + send.data)
        assert isinstance(send.source, IPv6Address) and send.hop_limit is not None
        head = b"\x6c\0\0\0" + len(send.data).to_bytes(2, "big") + bytes((VRRP, send.hop_limit))
        ends = send.source.packed + send.target.packed
        summed = bytearray(send.data)
        summed[6:8] = b"\0\0"
        pseudo = ends + len(summed).to_bytes(4, "big") + bytes((0, 0, 0, VRRP))
        summed[6:8] = internet_checksum(pseudo + summed).to_bytes(2, "big")
        return Heard(self.now, place, mac + link.mac + ETHERTYPE_6 + head + ends + bytes(summed))


Opened = tuple[int, int, IPv4Address | IPv6Address, IPv4Address | IPv6Address, int, bytes]
"""Family, protocol, source, target, hop limit, and the data as a socket would give it."""


def open_frame(frame: bytes) -> Opened | None:
    """What a raw socket would make of a frame; None where it is no advert."""
    kind = frame[12:14]
    if kind == ETHERTYPE_4 and frame[23] in (VRRP, AH):
        packet = frame[14 : 14 + int.from_bytes(frame[16:18], "big")]
        source, target = IPv4Address(packet[12:16]), IPv4Address(packet[16:20])
        return 4, packet[9], source, target, packet[8], packet
    if kind == ETHERTYPE_6 and frame[20] == VRRP:
        source6, target6 = IPv6Address(frame[22:38]), IPv6Address(frame[38:54])
        return 6, VRRP, source6, target6, frame[21], frame[54:]
    return None


def is_announcement(frame: bytes) -> bool:
    """Is it a gratuitous ARP, or a neighbour advert to all?"""
    if frame[12:14] == b"\x08\x06":
        return frame[28:32] == frame[38:42]
    to_all = frame[:6] == b"\x33\x33\0\0\0\x01"
    return frame[12:14] == b"\x86\xdd" and to_all and frame[54:55] == b"\x88"


def hardware_address(target: IPv4Address | IPv6Address) -> bytes:
    """Where a frame for an address goes: to a group (RFC 1112, RFC 2464) or to the other router."""
    if target.is_multicast:
        if isinstance(target, IPv4Address):
            return b"\x01\x00\x5e" + bytes((target.packed[1] & 0x7F,)) + target.packed[2:]
        return b"\x33\x33" + target.packed[12:]
    return bytes((2, 0, 0, 0, 0, target.packed[-1]))


def own_lines(text: str, node: str) -> str:
    """The lines of a capture's file that one router reads (`@A` before a line is for A alone)."""
    kept = []
    for line in text.splitlines():
        mark, _, rest = line.partition(" ")
        if not mark.startswith("@"):
            kept.append(line)
        elif mark == f"@{node}":
            kept.append(rest)
    return "\n".join([*kept, ""])


def compared(frame: bytes) -> bytes:
    """A frame without what may differ: IP identification and header checksum, flow label, padding,
    and the time and signature of an HMAC trailer."""
    kind = frame[12:14]
    if kind == ETHERTYPE_4:
        whole = bytearray(frame[: 14 + int.from_bytes(frame[16:18], "big")])
        whole[24:26] = b"\0\0"
        if whole[23] != AH:
            # An AH proves the identification too: there both must count alike.
            whole[18:20] = b"\0\0"
        begin, size = 34, 4
    elif kind == ETHERTYPE_6 and frame[20] == VRRP:
        whole = bytearray(frame)
        whole[15:18] = b"\0\0\0"
        whole[60:62] = whole[60:62] if not _signed(frame, 54, 16) else b"\0\0"
        begin, size = 54, 16
    else:
        return frame
    if _signed(bytes(whole), begin, size):
        whole[-24:] = bytes(24)
    return bytes(whole)


def _signed(frame: bytes, begin: int, size: int) -> bool:
    """Is there a trailer: 28 bytes more than version and count of addresses ask for?"""
    message = frame[begin:]
    if len(message) < 8 or (frame[23] == AH and size == 4):
        return False
    plain = 8 + size * message[3] + (8 if message[0] >> 4 == 2 and size == 4 else 0)
    return len(message) == plain + 28
