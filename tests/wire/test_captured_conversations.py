"""Every captured advert is let in by the other router of its capture, and we say it alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

import pytest
from tests.wire.pcap_file import CAPTURES, Frame, frames

from keepalived.config.inherit import with_globals
from keepalived.config.load import Setting, load
from keepalived.core.vrrp.admit import Memory, Parcel, admit, unwrap
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.happenings import Footing
from keepalived.core.vrrp.voice import Voice
from keepalived.port.events import DatagramHeard
from keepalived.port.resources import VrrpEndpoint
from keepalived.wire.addresses import Address, Family
from keepalived.wire.ah import AH_PROTOCOL
from keepalived.wire.checksum import pseudo_header
from keepalived.wire.cursor import Malformed
from keepalived.wire.hmac_trailer import TRAILER_LENGTH, decode_trailer
from keepalived.wire.vrrp import VRRP_PROTOCOL, Advert, checksum_holds, decode, encode

WITHOUT_ADVERTS = ("interop-frr-bfd", "ipvs-genl")
NAMES = sorted({path.stem for path in CAPTURES.glob("*.conf")} - {*WITHOUT_ADVERTS})
PROTOCOLS = (VRRP_PROTOCOL, AH_PROTOCOL)
FRR = IPv4Address("10.20.0.9")


@dataclass
class Heard:
    """A captured advert as a receiver's socket gives it."""

    source: Address
    target: Address
    hop_limit: int
    data: bytes

    @property
    def family(self) -> Family:
        return Family.INET if self.source.version == 4 else Family.INET6

    @property
    def event(self) -> DatagramHeard:
        endpoint = VrrpEndpoint("eth0", self.target)
        if self.family is Family.INET:
            return DatagramHeard(endpoint, self.source, self.data)
        return DatagramHeard(endpoint, self.source, self.data, self.hop_limit, self.target)

    @property
    def parcel(self) -> Parcel:
        parcel = unwrap(self.event)
        assert isinstance(parcel, Parcel)
        return parcel


def advert_in(frame: Frame) -> Heard | None:
    """Give the advert in a frame; None for other traffic."""
    data = frame.data[14:]
    if frame.ethertype == 0x0800 and data[9] in PROTOCOLS:
        return Heard(IPv4Address(data[12:16]), IPv4Address(data[16:20]), data[8], frame.packet)
    if frame.ethertype == 0x86DD and data[6] == VRRP_PROTOCOL:
        payload = data[40 : 40 + int.from_bytes(data[4:6], "big")]
        return Heard(IPv6Address(data[8:24]), IPv6Address(data[24:40]), data[7], payload)
    return None


def adverts(name: str) -> list[tuple[Frame, Heard]]:
    found = [(frame, advert_in(frame)) for frame in frames(name)]
    return [(frame, advert) for frame, advert in found if advert is not None]


@dataclass
class Router:
    """One router of a capture: its virtual routers, what they say and what they let in."""

    instances: dict[int, VrrpInstance]
    voices: dict[int, Voice] = field(default_factory=dict)
    memories: dict[int, Memory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number in self.instances:
            self.voices[number] = Voice()
            self.memories[number] = Memory(self.voices[number].numbers)

    def say(self, number: int, priority: int, source: Address, now: int) -> list[bytes]:
        config = self.instances[number]
        names = tuple(line.address for line in config.virtual_ipaddress)
        footing = Footing({}, source)
        return [
            send.data for send in self.voices[number].say(config, footing, priority, names, now)
        ]

    def hear(self, number: int, parcel: Parcel, now: int) -> object:
        return admit(self.instances[number], parcel, self.memories[number], now)


def routers(name: str) -> dict[str, Router]:
    """Read the configuration that both routers of a capture shared, for each of them."""
    text = (CAPTURES / f"{name}.conf").read_text()
    found = {}
    for letter in "AB":
        loaded = load("x.conf", lambda _: (("x.conf", text),), setting=Setting(config_id=letter))
        complete = [with_globals(each, loaded.config.globals) for each in loaded.config.instances]
        found[letter] = Router({each.virtual_router_id: each for each in complete})
    return found


def letter_of(heard: Heard) -> str:
    """Tell who sent it: all their addresses end in 1 or 2."""
    return {1: "A", 2: "B"}[heard.source.packed[-1]]


def as_the_kernel_completes(data: bytes, heard: Heard) -> bytes:
    """Put in what we leave to the kernel: the checksum of IPv4 headers, the sum over IPv6."""
    if heard.family is Family.INET:
        return data[:10] + heard.data[10:12] + data[12:]
    assert data[6:8] == b"\0\0"
    assert checksum_holds(
        heard.data, pseudo_header(heard.source, heard.target, VRRP_PROTOCOL, len(heard.data))
    )
    return data[:6] + heard.data[6:8] + data[8:]


def wall_clock(heard: Heard, signed: bool) -> int:
    """Give the sender's universal time, as its signature tells it, in microseconds."""
    if not signed:
        return 0
    trailer = decode_trailer(heard.data[-TRAILER_LENGTH:])
    assert not isinstance(trailer, Malformed)
    fraction = trailer.moment >> 16 & 0xFFFF
    return (trailer.moment >> 32) * 1_000_000 + -(-fraction * 1_000_000 // 65536)


@pytest.mark.parametrize("name", NAMES)
def test_every_captured_advert_reads_and_is_written_back(name: str) -> None:
    for _frame, heard in adverts(name):
        message = heard.parcel.message[: heard.parcel.preamble.length(heard.family)]
        advert = decode(message, heard.family)
        assert isinstance(advert, Advert)
        assert encode(advert, None) == message[:6] + b"\0\0" + message[8:]


@pytest.mark.parametrize("name", NAMES)
def test_the_other_router_lets_every_captured_advert_in(name: str) -> None:
    both, seen = routers(name), Counter[str]()
    for frame, heard in adverts(name):
        sender = "A" if heard.source == FRR else letter_of(heard)
        number = heard.parcel.preamble.router_id
        listener = both["B" if sender == "A" else "A"]
        signed = listener.instances[number].auth_hmac is not None
        listener.voices[number].numbers.utc_offset_us = wall_clock(heard, signed)
        taken = listener.hear(number, heard.parcel, 0)
        assert isinstance(taken, Advert), f"{frame.at}: {taken}"
        seen[sender] += 1
    assert seen


@pytest.mark.parametrize("name", NAMES)
def test_we_say_what_was_captured_byte_for_byte(name: str) -> None:
    both = routers(name)
    for _frame, heard in adverts(name):
        if heard.source == FRR:
            continue
        sender = letter_of(heard)
        number = heard.parcel.preamble.router_id
        router = both[sender]
        signed = router.instances[number].auth_hmac is not None
        router.voices[number].numbers.utc_offset_us = wall_clock(heard, signed)
        if heard.family is Family.INET:
            # A link that was down let none of some adverts through, but they were counted.
            counted = int.from_bytes(heard.data[4:6], "big") - 1
            assert router.voices[number].numbers.packet_number <= counted
            router.voices[number].numbers.packet_number = counted
        written = router.say(number, heard.parcel.message[2], heard.source, 0)
        assert len(written) == 1
        assert as_the_kernel_completes(written[0], heard) == heard.data
        # Whoever hears an advert with a sequence number goes on from it.
        both["B" if sender == "A" else "A"].hear(number, heard.parcel, 0)
