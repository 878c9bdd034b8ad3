"""Connections as the kernel tracks them: read from a dump, and the request that forgets one.

Rule: as in `frame`: foreign bytes never raise, what makes no sense is passed over. The numbers are
those of linux/netfilter/nfnetlink_conntrack.h.
"""

from __future__ import annotations

from struct import Struct

from keepalived.records import dataclass
from keepalived.wire.addresses import Address, Family, address_from_bytes
from keepalived.wire.netlink.frame import attribute, attributes

NETFILTER = 12
"""The netlink protocol."""
NEW, GET, DELETE = 0x100, 0x101, 0x102
SEEN_REPLY = 0x2
DESTINATION_TRANSLATED = 0x20

_HEADER = Struct(">BBH")
_NESTED = 0x8000
_ORIGINAL, _REPLY, _STATUS, _ID, _ZONE, _FILTER = 1, 2, 3, 12, 18, 25
_FILTER_NUMBER = Struct("=I")
_BY_SOURCE, _BY_TARGET = 1, 2
_OF_ADDRESSES, _OF_PROTOCOL = 1, 2
_SOURCES, _DESTINATIONS = (1, 3), (2, 4)
_PROTOCOL, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3


@dataclass(frozen=True, slots=True)
class End:
    """One direction of a flow."""

    protocol: int
    source: Address
    source_port: int
    target: Address
    target_port: int


@dataclass(frozen=True, slots=True)
class Flow:
    """A tracked connection: as its opener sees it, and as its answers come."""

    asked: End
    answered: End
    status: int
    name: bytes
    """The attributes that name it to the kernel."""


def dump_body(
    family: Family, target: Address | None = None, server: Address | None = None
) -> bytes:
    """Write the body of a request for the flows of a family: all, or one address's.

    `target` is whom the flow was opened to, `server` is who answers; one of them at most. Kernels
    before 5.8 do not sift and give all flows.
    """
    body = _HEADER.pack(family, 0, 0)
    address = target or server
    if address is None:
        return body
    kinds = _DESTINATIONS if target else _SOURCES
    host = attribute(kinds[family is Family.INET6], address.packed)
    body += attribute(
        (_ORIGINAL if target else _REPLY) | _NESTED, attribute(_OF_ADDRESSES | _NESTED, host)
    )
    asked, answered = (_BY_TARGET, 0) if target else (0, _BY_SOURCE)
    flags = attribute(1, _FILTER_NUMBER.pack(asked)) + attribute(2, _FILTER_NUMBER.pack(answered))
    return body + attribute(_FILTER | _NESTED, flags)


def delete_body(flow: Flow) -> bytes:
    """Write the body of a request that forgets this flow, and no later one of the same ends."""
    family = Family.INET if flow.asked.source.version == 4 else Family.INET6
    return _HEADER.pack(family, 0, 0) + flow.name


def read_flow(body: bytes) -> Flow | None:
    """Read one message of a dump; None where it is not a flow with ports and addresses."""
    given = dict(attributes(body[_HEADER.size :]))
    asked = _read_end(given.get(_ORIGINAL, b""))
    answered = _read_end(given.get(_REPLY, b""))
    if asked is None or answered is None:
        return None
    name = attribute(_ORIGINAL | _NESTED, given[_ORIGINAL])
    name += b"".join(attribute(kind, given[kind]) for kind in (_ID, _ZONE) if kind in given)
    return Flow(asked, answered, int.from_bytes(given.get(_STATUS, b""), "big"), name)


def _read_end(data: bytes) -> End | None:
    parts = dict(attributes(data))
    hosts = dict(attributes(parts.get(_OF_ADDRESSES, b"")))
    ports = dict(attributes(parts.get(_OF_PROTOCOL, b"")))
    source = _address(hosts, _SOURCES)
    target = _address(hosts, _DESTINATIONS)
    if source is None or target is None:
        return None
    protocol, source_port, target_port = (
        int.from_bytes(ports.get(kind, b""), "big")
        for kind in (_PROTOCOL, _SOURCE_PORT, _DESTINATION_PORT)
    )
    return End(protocol, source, source_port, target, target_port)


def _address(hosts: dict[int, bytes], kinds: tuple[int, int]) -> Address | None:
    for kind in kinds:
        if kind in hosts:
            return address_from_bytes(hosts[kind])
    return None
