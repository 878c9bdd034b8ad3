"""Another namespace says that it has our addresses: heard; all else on the link wakes nobody."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address

import pytest
from tests.netns.kernel_bench import Call, RecordingReactor, cable, inside, ip, namespaces

from keepalived.linux.conflict_filter import MOST_4, MOST_6
from keepalived.linux.conflicts import Conflicts
from keepalived.linux.monitor import Monitor
from keepalived.port.conflict import ConflictWatch
from keepalived.port.events import ConflictSeen
from keepalived.port.resources import Install, Remove
from keepalived.wire.addresses import Address
from keepalived.wire.arp import GratuitousArp, encode_gratuitous_arp
from keepalived.wire.ndisc import NeighbourAdvert, encode_neighbour_advert

pytestmark = pytest.mark.netns

VIP = IPv4Address("10.20.0.100")
VIP_6 = IPv6Address("fd20::100")


class HurryingReactor(RecordingReactor):
    """Makes its calls when it is asked to, however early that is; counts who was woken."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Callable[[], None], Call]] = []
        self.wakings = 0
        self.counts = False
        """Whether what is watched from now on is counted."""

    def watch(self, descriptor: int, on_ready: Callable[[], None]) -> None:
        def counted() -> None:
            self.wakings += 1
            on_ready()

        super().watch(descriptor, counted if self.counts else on_ready)

    def call_at(self, when: int, call: Callable[[], None]) -> Call:
        made = Call()
        self.calls.append((call, made))
        return made

    def hurry(self) -> None:
        """Let the time of every call come."""
        due, self.calls = self.calls, []
        for call, made in due:
            if not made.gone:
                call()


class Master:
    """A namespace that holds addresses, and one beside it that may say it has them."""

    def __init__(self, here: str, there: str) -> None:
        self.here, self.there = here, there
        self.reactor = HurryingReactor()
        self.monitor = Monitor(self.reactor)
        with inside(here):
            assert self.monitor.start() == ""
        self.reactor.turn()
        self.reactor.counts = True
        self.conflicts = Conflicts(self.reactor, self.monitor)
        (self.mac,) = [each.mac for each in self.monitor.links() if each.name == "eth0"]
        with inside(there):
            self.other = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            self.other.bind(("eth0", 0))
        self.theirs: bytes = self.other.getsockname()[4]

    def hold(self, *addresses: Address, owner: str = "VI_1") -> ConflictWatch:
        watch = ConflictWatch("eth0", owner, addresses, self.mac)
        self.conflicts.apply([Install(watch)])
        self.hurry()
        return watch

    def hurry(self) -> None:
        with inside(self.here):
            self.reactor.hurry()

    def woken(self, timeout_s: float = 0.2) -> int:
        """Serve what is ready; give how often a watch for conflicts was woken."""
        before = self.reactor.wakings
        with inside(self.here):
            for _ in range(5):
                self.reactor.turn(timeout_s / 5)
        return self.reactor.wakings - before

    @property
    def seen(self) -> list[ConflictSeen]:
        return [each for each in self.reactor.events if isinstance(each, ConflictSeen)]

    def close(self) -> None:
        self.conflicts.close()
        self.monitor.close()
        self.other.close()


@pytest.fixture
def master() -> Iterator[Master]:
    with namespaces("a", "b") as (a, b):
        cable(a, b)
        made = Master(a, b)
        made.woken(1.5)  # what the kernel has to say about new links
        yield made
        made.close()


def arp(mac: bytes, address: IPv4Address) -> bytes:
    return encode_gratuitous_arp(GratuitousArp(mac, address))


def advert(mac: bytes, address: IPv6Address) -> bytes:
    return encode_neighbour_advert(NeighbourAdvert(mac, address))


def test_another_host_with_our_address_is_noticed_once_a_while(master: Master) -> None:
    master.hold(VIP, VIP_6)
    for _ in range(50):
        master.other.send(arp(master.theirs, VIP))
    assert master.woken() == 1
    assert master.seen == [], "the one who takes over may still say so for a moment"
    master.hurry()
    assert master.seen == [ConflictSeen("eth0", VIP, master.theirs)]
    master.other.send(advert(master.theirs, VIP_6))
    assert master.woken() == 0, "deaf for a while"
    master.hurry()
    master.other.send(advert(master.theirs, VIP_6))
    assert master.woken() == 1
    master.hurry()
    assert master.seen[1:] == [ConflictSeen("eth0", VIP_6, master.theirs)]


def test_what_was_let_go_meanwhile_is_no_conflict(master: Master) -> None:
    watch = master.hold(VIP)
    master.other.send(arp(master.theirs, VIP))
    assert master.woken() == 1
    master.conflicts.apply([Remove(watch)])
    master.hurry()
    assert master.seen == []
    master.other.send(arp(master.theirs, VIP))
    assert master.woken() == 0


def test_what_we_announce_ourselves_is_not_heard(master: Master) -> None:
    master.hold(VIP, VIP_6)
    with inside(master.here):
        own = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        own.bind(("eth0", 0))
    for frame in (arp(master.mac, VIP), advert(master.mac, VIP_6)):
        own.send(frame)
        master.other.send(frame)  # and somebody loops it back
    own.close()
    assert master.woken() == 0


def test_ten_thousand_frames_about_other_addresses_wake_nobody(master: Master) -> None:
    master.hold(VIP, VIP_6)
    for number in range(5000):
        master.other.send(arp(master.theirs, IPv4Address(0x0A150000 + number)))
        master.other.send(advert(master.theirs, IPv6Address((0xFD21 << 112) + number)))
    assert master.woken() == 0


def test_the_kernel_takes_the_longest_filter(master: Master) -> None:
    fours = [IPv4Address(0x8A160000 + number) for number in range(MOST_4)]
    sixes = [IPv6Address((0xFD22 << 112) + 0x80000000 + number) for number in range(MOST_6)]
    master.hold(*fours, *sixes)
    master.other.send(arp(master.theirs, fours[-1]))
    assert master.woken() == 1
    master.hurry()
    master.hurry()
    master.other.send(advert(master.theirs, sixes[-1]))
    assert master.woken() == 1
    master.hurry()
    assert [each.address for each in master.seen] == [fours[-1], sixes[-1]]


def test_two_instances_share_what_hears_on_their_link(master: Master) -> None:
    first = master.hold(VIP)
    master.hold(IPv4Address("10.20.0.101"), owner="VI_2")
    master.conflicts.apply([Remove(first)])
    master.other.send(arp(master.theirs, VIP))
    master.woken()
    master.hurry()
    assert master.seen == [], "nobody has it any more"
    master.hurry()
    master.other.send(arp(master.theirs, IPv4Address("10.20.0.101")))
    assert master.woken() == 1
    master.hurry()
    assert len(master.seen) == 1


def test_a_link_that_returns_is_heard_again(master: Master) -> None:
    master.hold(VIP)
    ip(master.here, "link", "del", "eth0")
    master.woken()
    cable(master.here, master.there)
    master.woken()
    master.hurry()
    with inside(master.there):
        other = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        other.bind(("eth0", 0))
    other.send(arp(master.theirs, VIP))
    assert master.woken() >= 1
    other.close()
    master.hurry()
    assert master.seen == [ConflictSeen("eth0", VIP, master.theirs)]


def test_the_kernel_s_own_detection_of_a_duplicate_is_told(master: Master) -> None:
    ip(master.there, "addr", "add", f"{VIP_6}/64", "dev", "eth0", "nodad")
    ip(master.here, "addr", "add", f"{VIP_6}/64", "dev", "eth0")
    for _ in range(15):
        master.woken()
        if master.seen:
            break
    assert master.seen == [ConflictSeen("eth0", VIP_6, b"")]


def test_each_instance_has_its_first_address_watched_however_many_another_has(
    master: Master,
) -> None:
    master.conflicts.apply(
        [
            Install(ConflictWatch("eth0", owner, addresses, master.mac))
            for owner, addresses in (
                ("VI_1", tuple(IPv4Address(0x0A160000 + number) for number in range(MOST_4 + 9))),
                ("VI_2", (VIP,)),
            )
        ]
    )
    master.hurry()
    master.other.send(arp(master.theirs, VIP))
    assert master.woken() == 1
    master.hurry()
    assert [each.address for each in master.seen] == [VIP]
