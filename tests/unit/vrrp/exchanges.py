"""Two instances without routers around them: what one says, the other one judges."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from tests.unit.vrrp.rooms import instance

from keepalived.core.vrrp.admit import Memory, Parcel, admit, unwrap
from keepalived.core.vrrp.advert_words import Authentication, AuthHmac
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.happenings import Footing
from keepalived.core.vrrp.lines import Key, Peer
from keepalived.core.vrrp.refusal import Refusal
from keepalived.core.vrrp.voice import Voice
from keepalived.lang.net_values import AddressLine
from keepalived.port.effects import Send
from keepalived.port.events import DatagramHeard
from keepalived.wire.addresses import Address
from keepalived.wire.ip import decode_ipv4
from keepalived.wire.vrrp import Advert

A, B, C = (IPv4Address(f"10.0.0.{last}") for last in (1, 2, 3))
A6, B6 = IPv6Address("fe80::1"), IPv6Address("fe80::2")
VIP6 = IPv6Address("fe80::100")
KEY_ONE, KEY_TWO = "0123456789abcdef" * 2, "fedcba9876543210" * 2
NOON_US = 1_795_000_000_000_000
"""A universal time."""
SECOND_US = 1_000_000


def six(**more: Any) -> VrrpInstance:
    return instance(**{"virtual_ipaddress": (AddressLine(VIP6, 64),), **more})


def with_ah(password: str = "s3cret", **more: Any) -> VrrpInstance:
    return replace(
        instance(**more), authentication=Authentication(auth_type="AH", auth_pass=password)
    )


def signed(**more: Any) -> AuthHmac:
    return AuthHmac(**{"keys": (Key(1, KEY_ONE), Key(2, KEY_TWO)), "active_key": 1, **more})


def to_peers(*peers: Address, **more: Any) -> dict[str, Any]:
    return {"unicast_peers": tuple(Peer(peer, **more) for peer in peers)}


class Side:
    """One instance: says adverts from its address, judges those of others."""

    def __init__(self, config: VrrpInstance, source: Address) -> None:
        self.config = config
        self.source = source
        self.voice = Voice()
        self.memory = Memory(self.voice.numbers)
        self.set_clock(NOON_US)

    def set_clock(self, utc_offset_us: int) -> None:
        self.voice.numbers.utc_offset_us = utc_offset_us

    def say(self, now: int = 0, priority: int = 150) -> list[Send]:
        names = tuple(line.address for line in self.config.virtual_ipaddress)
        footing = Footing({}, self.source)
        return self.voice.say(self.config, footing, priority, names, now)

    def event(self, send: Send, source: Address, **more: Any) -> DatagramHeard:
        """Give what a socket makes of a packet."""
        given: dict[str, Any] = {"hop_limit": send.hop_limit, "target": send.target}
        if source.version == 4:
            given = {}
        return DatagramHeard(send.endpoint, source, send.data, **{**given, **more})

    def judge(self, event: DatagramHeard, now: int = 0) -> Advert | Refusal:
        parcel = unwrap(event)
        return (
            admit(self.config, parcel, self.memory, now) if isinstance(parcel, Parcel) else parcel
        )

    def hear(self, other: Side, send: Send, now: int = 0) -> Advert | Refusal:
        return self.judge(self.event(send, other.source), now)

    def hear_next(self, other: Side, now: int = 0) -> Advert | Refusal:
        """Judge what the other one says now."""
        (send,) = other.say(now)
        return self.hear(other, send, now)


def altered(send: Send, at: int, value: int) -> Send:
    """Change one byte of a packet."""
    return replace(send, data=send.data[:at] + bytes((value,)) + send.data[at + 1 :])


def packet_number(send: Send) -> int:
    opened = decode_ipv4(send.data)
    assert isinstance(opened, tuple)
    return opened[0].identification
