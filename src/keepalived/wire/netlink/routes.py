"""Routes in rtnetlink: putting one into a table, taking it out, reading which one is meant.

Rule: a writer gets numbers, but links by name; a reader gives what tells a route from others.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct

from keepalived.records import dataclass
from keepalived.wire.addresses import Address, Family, address_from_bytes, family_of
from keepalived.wire.netlink.frame import Message, attribute, text_attribute
from keepalived.wire.netlink.table import NESTED, Row, Shape, Table, number, raw

NEW = 24
GONE = 25
ASK = 26
GROUP_IPV4 = 0x40
GROUP_IPV6 = 0x400

_HEAD = Struct("=BBBBBBBBI")
_U16 = Struct("=H")
_U32 = Struct("=I")
_HOP = Struct("=HBBi")
_DESTINATION, _ORIGIN, _LINK, _GATEWAY, _METRIC, _SOURCE = 1, 2, 4, 5, 6, 7
_METRICS, _HOPS, _FLOW, _TABLE_NUMBER, _VIA, _NEW_DESTINATION = 8, 9, 11, 15, 18, 19
_PREFERENCE, _ENCAP_TYPE, _ENCAP, _EXPIRES, _TTL_PROPAGATE = 20, 21, 22, 23, 26
_LOCK, _CONGESTION = 1, 16
_ON_LINK = 4
_CLONED = 0x200
_TABLE = Table(
    Row(_DESTINATION, "destination", Shape.BYTES),
    Row(_ORIGIN, "origin", Shape.BYTES),
    Row(_LINK, "link", Shape.U32),
    Row(_METRIC, "metric", Shape.U32),
    Row(_TABLE_NUMBER, "table", Shape.U32),
)
METRIC_6 = 1024
"""What a route of IPv6 gets as its metric where none is asked for."""

Network = tuple[Address, int]


@dataclass(frozen=True, slots=True)
class Way:
    """One next hop; its link by its name, for numbers change when a link comes back."""

    link: str = ""
    gateway: Address | None = None
    weight: int = 1
    on_link: bool = False
    realms: int = 0
    tunnel: tuple[int, bytes] | None = None
    """The kernel's number of what packets are wrapped in, and its attributes."""
    destination: Address | None = None
    """The destination that packets get instead."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route, in numbers but for its links."""

    family: Family
    destination: Network
    kind: int = 1
    """1 unicast, 6 blackhole, 7 unreachable, 8 prohibit…"""
    table: int = 254
    protocol: int = 18
    scope: int = 0
    tos: int = 0
    metric: int | None = None
    origin: Network | None = None
    """The sources that it is for; IPv6 only."""
    source: Address | None = None
    """The source address that packets of our own prefer."""
    way: Way = Way()
    """Where there is only one; without its weight."""
    hops: tuple[Way, ...] = ()
    metrics: tuple[tuple[int, int | str], ...] = ()
    """Properties of the path."""
    locked: int = 0
    """A bit for each of those that the kernel must not change."""
    expires_s: int | None = None
    preference: int | None = None
    carries_ttl: bool | None = None


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """What a message says of a route, as far as it tells which one it is."""

    family: int
    destination: Network
    table: int
    tos: int
    metric: int
    protocol: int
    kind: int
    link: int = 0


def encode(route: Route, numbers: Mapping[str, int], table: int | None = None) -> bytes:
    """Write the body that puts a route into its table, or into another, or takes it out.

    `numbers` are those of the links that it names; KeyError where one is not there.
    """
    table = route.table if table is None else table
    origin, way = route.origin, route.way
    flags = _ON_LINK if way.on_link else 0
    parts = [
        _HEAD.pack(
            route.family,
            route.destination[1],
            origin[1] if origin else 0,
            route.tos,
            table if table < 256 else 0,
            route.protocol,
            route.scope,
            route.kind,
            flags,
        )
    ]
    if route.destination[1]:
        parts.append(attribute(_DESTINATION, route.destination[0].packed))
    if origin:
        parts.append(attribute(_ORIGIN, origin[0].packed))
    parts.append(attribute(_TABLE_NUMBER, _U32.pack(table)))
    if route.metric is not None:
        parts.append(attribute(_METRIC, _U32.pack(route.metric)))
    if route.source is not None:
        parts.append(attribute(_SOURCE, route.source.packed))
    if way.link:
        parts.append(attribute(_LINK, _U32.pack(numbers[way.link])))
    parts.append(_towards(way, route.family))
    if route.hops:
        hops = b"".join(_hop(each, route.family, numbers) for each in route.hops)
        parts.append(attribute(_HOPS, hops))
    if route.metrics or route.locked:
        parts.append(attribute(_METRICS | NESTED, _properties(route)))
    if route.expires_s is not None:
        parts.append(attribute(_EXPIRES, _U32.pack(route.expires_s)))
    if route.preference is not None:
        parts.append(attribute(_PREFERENCE, bytes([route.preference])))
    if route.carries_ttl is not None:
        parts.append(attribute(_TTL_PROPAGATE, bytes([route.carries_ttl])))
    return b"".join(parts)


def _towards(way: Way, family: Family) -> bytes:
    """Write what a way is besides its link: gateway, realms, tunnel."""
    parts = []
    gateway = way.gateway
    if gateway is not None and family_of(gateway) is family:
        parts.append(attribute(_GATEWAY, gateway.packed))
    elif gateway is not None:
        parts.append(attribute(_VIA, _U16.pack(family_of(gateway)) + gateway.packed))
    if way.destination is not None:
        parts.append(attribute(_NEW_DESTINATION, way.destination.packed))
    if way.realms:
        parts.append(attribute(_FLOW, _U32.pack(way.realms)))
    if way.tunnel is not None:
        kind, attributes = way.tunnel
        parts.append(attribute(_ENCAP_TYPE, _U16.pack(kind)))
        parts.append(attribute(_ENCAP | NESTED, attributes))
    return b"".join(parts)


def _hop(way: Way, family: Family, numbers: Mapping[str, int]) -> bytes:
    body = _towards(way, family)
    flags = _ON_LINK if way.on_link else 0
    link = numbers[way.link] if way.link else 0
    return _HOP.pack(8 + len(body), flags, way.weight - 1, link) + body


def _properties(route: Route) -> bytes:
    parts = []
    if route.locked:
        parts.append(attribute(_LOCK, _U32.pack(route.locked)))
    for kind, value in route.metrics:
        if isinstance(value, str):
            parts.append(text_attribute(kind, value))
        else:
            parts.append(attribute(kind, _U32.pack(value)))
    return b"".join(parts)


def encode_dump() -> bytes:
    """Write the body that asks for the routes of all tables and both families."""
    return _HEAD.pack(0, 0, 0, 0, 0, 0, 0, 0, 0)


def decode(message: Message) -> RouteRecord | None:
    """Read a NEW or GONE message's route; None for one that could not be read, or is no route."""
    if message.kind not in (NEW, GONE) or len(message.body) < _HEAD.size:
        return None
    family, prefix, _, tos, table, protocol, _, kind, flags = _HEAD.unpack_from(message.body)
    if family not in (Family.INET, Family.INET6) or flags & _CLONED:
        return None
    values = _TABLE.decode(message.body[_HEAD.size :])
    zeros = b"\0" * (4 if family == Family.INET else 16)
    destination = address_from_bytes(raw(values, "destination") or zeros)
    if destination is None or family_of(destination) != family:
        return None
    return RouteRecord(
        family,
        (destination, prefix),
        number(values, "table", table),
        tos,
        number(values, "metric"),
        protocol,
        kind,
        number(values, "link"),
    )
