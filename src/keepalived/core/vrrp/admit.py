"""May this packet in, and if not, why: a receiver's checks in the order of upstream's.

Rule: a judgement. A refused packet changes nothing but a counter; every refusal has one.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from keepalived.core.vrrp.auth import Numbers, auth_type, password_of, same_secret
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.dialect import (
    OWNER_PRIORITY,
    family_of,
    group_of,
    interval_of,
    is_unicast,
    version_of,
)
from keepalived.core.vrrp.refusal import Refusal
from keepalived.core.vrrp.signatures import Signatures
from keepalived.port.events import DatagramHeard
from keepalived.port.resources import Endpoint
from keepalived.records import dataclass
from keepalived.wire.addresses import Address, Family
from keepalived.wire.ah import (
    AH_LENGTH,
    AH_PROTOCOL,
    ICV_LENGTH,
    AuthenticationHeader,
    decode_ah,
    integrity_value,
)
from keepalived.wire.checksum import pseudo_header
from keepalived.wire.cursor import Malformed
from keepalived.wire.hmac_trailer import TRAILER_LENGTH
from keepalived.wire.ip import HEADER_LENGTH as LEAST_HEADER_LENGTH
from keepalived.wire.vrrp import (
    ADVERTISEMENT,
    AUTH_DATA_LENGTH,
    AUTH_TYPE_AT,
    VRRP_PROTOCOL,
    Advert,
    AuthType,
    Preamble,
    checksum_holds,
    decode,
    interval_in,
    read_preamble,
)

_SIDE_BY_SIDE = 2
"""How many numbers behind ours one may be that began to lead when we did."""
_MOST_SENDERS = 64
_LEAST_FRAME = 46
"""Bytes of payload to which Ethernet pads; each VLAN tag takes four of them away."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A packet that names its router; nothing in it is believed yet."""

    endpoint: Endpoint
    family: Family
    source: Address
    target: Address | None
    hop_limit: int | None
    preamble: Preamble
    message: bytes
    """The VRRP message and whatever stands behind it."""
    packet: bytes
    """All of it, from the IPv4 header on."""
    proof: AuthenticationHeader | None = None


def unwrap(event: DatagramHeard) -> Parcel | Refusal:
    """Read as much of a packet as tells which router it is for."""
    if event.source.version == 6:
        preamble = read_preamble(event.data)
        if isinstance(preamble, Malformed):
            return Refusal.TRUNCATED
        return Parcel(
            event.endpoint,
            Family.INET6,
            event.source,
            event.target,
            event.hop_limit,
            preamble,
            event.data,
            event.data,
        )
    return _unwrap_4(event, event.data)


def _unwrap_4(event: DatagramHeard, packet: bytes) -> Parcel | Refusal:
    # Read in place, for a flood shall cost as little as can be (RFC 791 section 3.1).
    if len(packet) < LEAST_HEADER_LENGTH or packet[0] >> 4 != 4:
        return Refusal.TRUNCATED
    begin, protocol = (packet[0] & 0x0F) * 4, packet[9]
    message, proof = packet[begin:], None
    if protocol == AH_PROTOCOL:
        signed = decode_ah(message)
        if isinstance(signed, Malformed):
            return Refusal.TRUNCATED
        proof, message = signed
        protocol = proof.next_header
    if protocol != VRRP_PROTOCOL:
        return Refusal.NOT_VRRP
    preamble = read_preamble(message)
    if isinstance(preamble, Malformed) or begin < LEAST_HEADER_LENGTH:
        return Refusal.TRUNCATED
    return Parcel(
        event.endpoint,
        Family.INET,
        IPv4Address(packet[12:16]),
        IPv4Address(packet[16:20]),
        packet[8],
        preamble,
        message,
        packet,
        proof,
    )


class Memory:
    """What judging one instance's packets needs: what it wants, and what came before."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.config: VrrpInstance | None = None
        self.signatures: Signatures | None = None
        self._sequences: dict[Address, int] = {}
        self._last: Parcel | None = None
        self._pieces = (b"", b"", b"")

    def last_of(self, source: Address) -> int:
        """Give the highest sequence number believed of a sender.

        Two that began to lead at one moment go on from the same number: with one number for all,
        as upstream has it, neither would ever believe the other. A sender that was not heard yet
        may be as far as we are, not further back.
        """
        return self._sequences.get(source, max(self.numbers.ah_sequence - _SIDE_BY_SIDE, 0))

    def believe(self, source: Address, sequence: int) -> None:
        """Take a sequence number over: whoever leads next goes on from the highest one."""
        if len(self._sequences) >= _MOST_SENDERS:
            self._sequences.clear()
        self._sequences[source] = sequence
        self.numbers.ah_sequence = max(self.numbers.ah_sequence, sequence)

    def again(self, event: DatagramHeard) -> bool:
        """Say whether a packet is the last advert let in once more: it needs no second judgement.

        In an IPv4 header a packet's number and the checksum are new each time.
        """
        last = self._last
        if last is None or last.endpoint is not event.endpoint:
            return False
        data = event.data
        if last.family is Family.INET:
            head, middle, tail = self._pieces
            return data[12:] == tail and data[6:10] == middle and data[:4] == head
        return (
            data == last.packet
            and event.hop_limit == last.hop_limit
            and event.source == last.source
            and event.target == last.target
        )

    def remember(self, parcel: Parcel) -> None:
        """Take in what was let in; what is signed is another packet each time, or a replay."""
        signed = parcel.proof is not None or self.signatures is not None
        self._last = None if signed else parcel
        data = parcel.packet
        self._pieces = (data[:4], data[6:10], data[12:])

    def prepare(self, config: VrrpInstance) -> None:
        """Take in a configuration, new or altered."""
        before = self.signatures
        self.signatures = self._last = None
        if config.auth_hmac is not None:
            self.signatures = Signatures(config, config.auth_hmac)
            if before is not None:
                self.signatures.take_over(before)
        self.config = config
        self.family = family_of(config)
        self.version = version_of(config)
        self.interval_us = interval_of(config)
        self.unicast = is_unicast(config)
        self.group = group_of(config)
        self.auth_type = auth_type(config)
        self.password = password_of(config)
        self.ignores = config.owner_ignore_adverts and config.priority == OWNER_PRIORITY
        self.peers = {peer.address: peer for peer in config.unicast_peers}
        bounded = any(
            peer.min_ttl is not None or peer.max_ttl is not None for peer in config.unicast_peers
        )
        self.checks_peers = self.unicast and (bool(config.check_unicast_src) or bounded)


def admit(config: VrrpInstance, parcel: Parcel, memory: Memory, now: int) -> Advert | Refusal:
    """Check a parcel for an instance that listens; the order is upstream's."""
    if memory.config is not config:
        memory.prepare(config)
    message, tail = _split(parcel, memory.signatures is not None)
    if (parcel.proof is not None) is not (memory.auth_type is AuthType.AH):
        return Refusal.AUTH_TYPE_MISMATCH
    if message is None or parcel.family is not memory.family:
        return Refusal.LENGTH
    if parcel.hop_limit != 255 and not memory.unicast:
        return Refusal.HOP_LIMIT
    if parcel.preamble.version != memory.version:
        return Refusal.VERSION
    if memory.signatures is not None:
        utc_us = now + memory.numbers.utc_offset_us
        refusal = memory.signatures.check(parcel.source, message, tail, utc_us)
        if refusal is not None:
            return refusal
    refusal = (
        _check_proof(parcel, message, memory)
        or _check_message(parcel, message, memory)
        or _check_way(parcel, memory)
    )
    if refusal is not None:
        return refusal
    advert = decode(message, parcel.family)
    assert isinstance(advert, Advert), "length and version were checked"
    memory.remember(parcel)
    return advert


def _split(parcel: Parcel, signed: bool) -> tuple[bytes | None, bytes]:
    """Part a message from what may stand behind it: a signature, or what Ethernet filled up."""
    message, length = parcel.message, parcel.preamble.length(parcel.family)
    beyond = len(message) - length
    if beyond == 0:
        return message, b""
    if signed and beyond == TRAILER_LENGTH:
        return message[:length], message[length:]
    room = _LEAST_FRAME - len(parcel.packet)
    if parcel.family is Family.INET and beyond > 0 and room >= 0 and room % 4 == 0:
        return message[:length], b""
    return None, b""


def _check_proof(parcel: Parcel, message: bytes, memory: Memory) -> Refusal | None:
    if memory.version != 2:
        return None
    kind = message[AUTH_TYPE_AT]
    if kind not in (AuthType.NONE, AuthType.PASS, AuthType.AH):
        return Refusal.AUTH_TYPE_INVALID
    if kind != memory.auth_type:
        return Refusal.AUTH_TYPE_MISMATCH
    if memory.auth_type is AuthType.PASS:
        fits = same_secret(memory.password, message[-AUTH_DATA_LENGTH:])
        return None if fits else Refusal.AUTH_FAILED
    if parcel.proof is not None:
        return _check_header(parcel, parcel.proof, message, memory)
    return None


def _check_header(
    parcel: Parcel, proof: AuthenticationHeader, message: bytes, memory: Memory
) -> Refusal | None:
    packet, begin = parcel.packet, (parcel.packet[0] & 0x0F) * 4
    blank = packet[begin : begin + AH_LENGTH - ICV_LENGTH] + bytes(ICV_LENGTH)
    value = integrity_value(memory.password, packet[:20], blank + message, memory.unicast)
    if not same_secret(value, proof.icv):
        return Refusal.AH_WRONG
    if proof.spi != parcel.source.packed:
        return Refusal.AH_SPI
    if proof.sequence <= memory.last_of(parcel.source):
        return Refusal.AH_REPLAYED
    memory.believe(parcel.source, proof.sequence)
    return None


def _check_message(parcel: Parcel, message: bytes, memory: Memory) -> Refusal | None:
    interval_us = interval_in(message)
    if interval_us == 0:
        return Refusal.INTERVAL_ZERO
    if memory.version == 2 and interval_us != memory.interval_us:
        return Refusal.INTERVAL
    if parcel.preamble.kind != ADVERTISEMENT:
        return Refusal.KIND
    if parcel.family is not Family.INET:
        return None
    if int.from_bytes(parcel.packet[2:4], "big") != len(parcel.packet):
        return Refusal.TOTAL_LENGTH
    return None if _sums_up(parcel, message, memory) else Refusal.CHECKSUM


def _sums_up(parcel: Parcel, message: bytes, memory: Memory) -> bool:
    """Try the ways in which this instance's peers may have made their sum."""
    if memory.version == 2:
        return checksum_holds(message)
    source, target, length = parcel.source, parcel.target, len(message)
    assert target is not None and memory.config is not None
    if checksum_holds(message, pseudo_header(source, target, VRRP_PROTOCOL, length)):
        return True
    if memory.config.v3_checksum_as_v2 and checksum_holds(message):
        return True
    if memory.unicast and memory.config.old_unicast_checksum == "":
        old = pseudo_header(source, memory.group, VRRP_PROTOCOL, length)
        return checksum_holds(message, old)
    return False


def _check_way(parcel: Parcel, memory: Memory) -> Refusal | None:
    if parcel.target is not None:
        fits = not parcel.target.is_multicast if memory.unicast else parcel.target == memory.group
        if not fits:
            return Refusal.TARGET
    if memory.ignores:
        return Refusal.OWNER
    if not memory.checks_peers:
        return None
    peer = memory.peers.get(parcel.source)
    if peer is None:
        return Refusal.NOT_A_PEER
    hops = parcel.hop_limit or 0
    least, most = peer.min_ttl or 0, 255 if peer.max_ttl is None else peer.max_ttl
    return None if least <= hops <= most else Refusal.PEER_TTL
