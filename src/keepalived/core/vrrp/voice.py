"""How an instance says its priority: the packets of an advert, one for each of its targets.

Rule: the bytes stand ready while nothing that they say changes; only a packet's number, and what
signs it, is made anew each time.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from keepalived.core.vrrp.auth import (
    Numbers,
    auth_data,
    auth_type,
    password_of,
    signs,
    window_s,
)
from keepalived.core.vrrp.claims import endpoint_of
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.dialect import (
    group_of,
    interval_of,
    is_unicast,
    targets_of,
    version_of,
)
from keepalived.core.vrrp.happenings import Footing
from keepalived.core.vrrp.lines import key_bytes
from keepalived.port.effects import Send
from keepalived.port.resources import VrrpEndpoint
from keepalived.records import dataclass
from keepalived.wire.addresses import Address
from keepalived.wire.ah import (
    AH_LENGTH,
    AH_PROTOCOL,
    AuthenticationHeader,
    encode_ah,
    integrity_value,
)
from keepalived.wire.checksum import pseudo_header
from keepalived.wire.hmac_trailer import TRAILER_LENGTH, Trailer, encode_trailer, signature
from keepalived.wire.ip import HEADER_LENGTH, Ipv4Header, encode_ipv4
from keepalived.wire.vrrp import VRRP_PROTOCOL, Advert, AuthType, encode

MULTICAST_HOPS = 255


@dataclass(frozen=True, slots=True)
class _Ready:
    """The advert to one target, as far as it does not change."""

    target: Address
    message: bytes
    before_number: bytes
    after_number: bytes
    """Of the IPv4 header; for IPv6 the kernel makes it."""


class Voice:
    """What one instance says."""

    def __init__(self) -> None:
        self.numbers = Numbers()
        self._source: Address | None = None
        self._config: VrrpInstance | None = None
        self._footing: Footing | None = None
        self._addresses: tuple[Address, ...] = ()
        self._endpoint: VrrpEndpoint | None = None
        self._kind = AuthType.NONE
        self._secret = b""
        self._key_id = 0
        self._ready: dict[int, list[_Ready]] = {}

    def say(
        self,
        config: VrrpInstance,
        footing: Footing,
        priority: int,
        addresses: tuple[Address, ...],
        now: int,
    ) -> list[Send]:
        """Give the packets that say it, in the order of the targets; none without a source."""
        if (
            config is not self._config
            or footing is not self._footing
            or addresses != self._addresses
        ):
            self._prepare(config, footing, addresses)
        if self._source is None or self._endpoint is None:
            return []
        ready = self._ready.get(priority)
        if ready is None:
            ready = self._ready[priority] = [
                self._compose(config, self._source, priority, target)
                for target in targets_of(config)
            ]
        if self._source.version == 6:
            return self._say_6(config, ready, self._source, self._endpoint, now)
        return self._say_4(config, ready, self._source, self._endpoint, now)

    def _prepare(
        self, config: VrrpInstance, footing: Footing, addresses: tuple[Address, ...]
    ) -> None:
        # A last advert of priority 0 still leaves from the address that was there a moment ago.
        self._source = footing.source or self._source
        self._config, self._footing, self._addresses = config, footing, addresses
        self._endpoint = endpoint_of(config, self._source)
        self._kind = auth_type(config)
        block = config.auth_hmac
        self._secret, self._key_id = password_of(config), 0
        if block is not None and signs(block):
            self._key_id = block.active_key
            keys = {key.number: key_bytes(key.value) for key in block.keys}
            self._secret = keys[self._key_id]
        self._ready = {}

    def _compose(
        self, config: VrrpInstance, source: Address, priority: int, target: Address
    ) -> _Ready:
        version = version_of(config)
        advert = Advert(
            version,
            config.virtual_router_id,
            priority,
            self._addresses,
            interval_of(config),
            auth_type=self._kind,
            auth_data=auth_data(config),
        )
        pseudo = pseudo_of(config, source, target, len(self._addresses))
        message = encode(advert, pseudo)
        if not isinstance(source, IPv4Address) or not isinstance(target, IPv4Address):
            return _Ready(target, message, b"", b"")
        protocol, length = VRRP_PROTOCOL, HEADER_LENGTH + len(message)
        if self._kind is AuthType.AH:
            protocol, length = AH_PROTOCOL, length + AH_LENGTH
        if self._key_id:
            length += TRAILER_LENGTH
        hops = hops_of(config)
        header = encode_ipv4(Ipv4Header(source, target, protocol, length, 0, hops))
        return _Ready(target, message, header[:4], header[6:])

    def _say_6(
        self,
        config: VrrpInstance,
        ready: list[_Ready],
        source: Address,
        endpoint: VrrpEndpoint,
        now: int,
    ) -> list[Send]:
        tail = self._trailer(config, ready[0].message, source, now) if self._key_id else b""
        hops = hops_of(config)
        return [Send(endpoint, each.target, each.message + tail, source, hops) for each in ready]

    def _say_4(
        self,
        config: VrrpInstance,
        ready: list[_Ready],
        source: Address,
        endpoint: VrrpEndpoint,
        now: int,
    ) -> list[Send]:
        number = self.numbers.next_packet().to_bytes(2, "big")
        if self._kind is AuthType.AH:
            return self._say_signed(config, ready, source, endpoint, number)
        tail = self._trailer(config, ready[0].message, source, now) if self._key_id else b""
        return [
            Send(
                endpoint,
                each.target,
                b"".join((each.before_number, number, each.after_number, each.message, tail)),
            )
            for each in ready
        ]

    def _say_signed(
        self,
        config: VrrpInstance,
        ready: list[_Ready],
        source: Address,
        endpoint: VrrpEndpoint,
        number: bytes,
    ) -> list[Send]:
        sequence = self.numbers.next_sequence()
        if sequence is None:
            return []
        unproved = AuthenticationHeader(source.packed, sequence)
        blank = encode_ah(unproved)
        unicast = is_unicast(config)
        sends = []
        for each in ready:
            header = each.before_number + number + each.after_number
            icv = integrity_value(self._secret, header, blank + each.message, unicast)
            proof = encode_ah(AuthenticationHeader(source.packed, sequence, icv))
            sends.append(Send(endpoint, each.target, header + proof + each.message))
        return sends

    def _trailer(self, config: VrrpInstance, message: bytes, source: Address, now: int) -> bytes:
        """Sign a message; neither target nor IP header is signed, so one trailer serves all."""
        assert config.auth_hmac is not None
        timed = config.auth_hmac.anti_replay == "time"
        moment = self.numbers.next_moment(now, window_s(config) if timed else None)
        digest = signature(self._secret, source, message, Trailer(self._key_id, moment))
        return encode_trailer(Trailer(self._key_id, moment, digest))


def hops_of(config: VrrpInstance) -> int:
    """Give the TTL or hop limit that adverts leave with."""
    return config.unicast_ttl if is_unicast(config) else MULTICAST_HOPS


def pseudo_of(config: VrrpInstance, source: Address, target: Address, count: int) -> bytes | None:
    """Give what stands before a message while it is summed up; None where the kernel does it.

    Long ago keepalived summed up unicast adverts of version 3 as if they went to the group.
    """
    if source.version == 6:
        return None
    if version_of(config) == 2 or config.v3_checksum_as_v2:
        return b""
    if is_unicast(config) and config.old_unicast_checksum == "":
        target = group_of(config)
    return pseudo_header(source, target, VRRP_PROTOCOL, 8 + 4 * count)
