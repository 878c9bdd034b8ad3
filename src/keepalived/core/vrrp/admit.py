"""May this packet in, and if not, why: a receiver's checks in the order of upstream's.

Rule: a pure judgement. A refused packet changes nothing but a counter; every refusal has one.
"""

from __future__ import annotations

from enum import Enum

from keepalived.core.vrrp.auth import auth_data, auth_type, same_secret
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.timing import interval_s
from keepalived.records import dataclass
from keepalived.wire.cursor import Malformed
from keepalived.wire.ip import Ipv4Header, decode_ipv4
from keepalived.wire.vrrp import (
    ADVERTISEMENT,
    MULTICAST_GROUP4,
    VRRP_PROTOCOL,
    AdvertV2,
    AuthType,
    Preamble,
    checksum_holds,
    decode_v2,
    read_preamble,
)


class Refusal(Enum):
    """Why a packet is not taken: the counter's name, and what an operator reads."""

    TRUNCATED = ("truncated", "too short for an IPv4 header and a VRRP message")
    NOT_VRRP = ("not_vrrp", "its protocol is not VRRP")
    UNKNOWN_ROUTER = ("unknown_router", "its virtual router id is nobody's on this link")
    NOT_LISTENING = ("not_listening", "the instance is at fault and does not listen")
    LENGTH = ("length", "its length is not what its version and count of addresses ask for")
    HOP_LIMIT = ("hop_limit", "its TTL is not 255: it came through a router")
    VERSION = ("version", "its VRRP version is not ours")
    AUTH_TYPE_INVALID = ("auth_type_invalid", "its authentication type does not exist")
    AUTH_TYPE_MISMATCH = ("auth_type_mismatch", "its authentication type is not ours")
    AUTH_FAILED = ("auth_failed", "its password is wrong")
    INTERVAL = ("interval", "its advert interval is not ours")
    KIND = ("kind", "its VRRP type is not advertisement")
    TOTAL_LENGTH = ("total_length", "its IPv4 total length is not what arrived")
    CHECKSUM = ("checksum", "its checksum is wrong")
    TARGET = ("target", "it was not sent to the multicast group")

    def __init__(self, counter: str, sentence: str) -> None:
        self.counter = counter
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Parcel:
    """A packet that names its router; nothing in it is believed yet."""

    header: Ipv4Header
    message: bytes
    preamble: Preamble


def unwrap(packet: bytes) -> Parcel | Refusal:
    """Read as much of a packet as tells which router it is for."""
    opened = decode_ipv4(packet)
    if isinstance(opened, Malformed):
        return Refusal.TRUNCATED
    header, message = opened
    if header.protocol != VRRP_PROTOCOL:
        return Refusal.NOT_VRRP
    preamble = read_preamble(message)
    return (
        Refusal.TRUNCATED if isinstance(preamble, Malformed) else Parcel(header, message, preamble)
    )


def admit(config: VrrpInstance, parcel: Parcel) -> AdvertV2 | Refusal:
    """Check a parcel for an instance that listens; the order is upstream's."""
    header, preamble = parcel.header, parcel.preamble
    if len(parcel.message) != preamble.length:
        return Refusal.LENGTH
    if header.hop_limit != 255:
        return Refusal.HOP_LIMIT
    if preamble.version != 2:
        return Refusal.VERSION
    advert = decode_v2(parcel.message)
    assert isinstance(advert, AdvertV2), "length and version were checked"
    refusal = _check_message(config, advert)
    if refusal is not None:
        return refusal
    if header.total_length != header.header_length + len(parcel.message):
        return Refusal.TOTAL_LENGTH
    if not checksum_holds(parcel.message):
        return Refusal.CHECKSUM
    return advert if header.target == MULTICAST_GROUP4 else Refusal.TARGET


def _check_message(config: VrrpInstance, advert: AdvertV2) -> Refusal | None:
    if advert.auth_type not in tuple(AuthType):
        return Refusal.AUTH_TYPE_INVALID
    if advert.auth_type != auth_type(config):
        return Refusal.AUTH_TYPE_MISMATCH
    if advert.auth_type == AuthType.PASS and not same_secret(auth_data(config), advert.auth_data):
        return Refusal.AUTH_FAILED
    if advert.interval_s != interval_s(config.advert_int_us):
        return Refusal.INTERVAL
    return None if advert.kind == ADVERTISEMENT else Refusal.KIND
