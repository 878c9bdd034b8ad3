"""IPVS, the kernel's load balancer, in generic netlink: services, destinations, their counters.

Rule: what the kernel's header `linux/ip_vs.h` numbers is numbered here and nowhere else.
"""

from __future__ import annotations

import sys
from struct import Struct

from keepalived.records import dataclass, field
from keepalived.wire.addresses import Address, Family, address_from_bytes
from keepalived.wire.netlink.frame import Message, attributes, text_attribute
from keepalived.wire.netlink.generic import HEAD
from keepalived.wire.netlink.table import (
    NESTED,
    Row,
    Shape,
    Table,
    flag_bytes,
    number,
    port_bytes,
    raw,
    text,
)

FAMILY_NAME = "IPVS"
_ORDER = sys.byteorder
_nest_head = Struct("=HH").pack

NEW_SERVICE = 1
SET_SERVICE = 2
DEL_SERVICE = 3
GET_SERVICE = 4
NEW_DESTINATION = 5
SET_DESTINATION = 6
DEL_DESTINATION = 7
GET_DESTINATION = 8

PERSISTENT = 0x1
HASHED = 0x2
"""The kernel's own mark; always there in what it tells, never meant by us."""

NAT, TUNNEL, DIRECT = 0, 2, 3
_FORWARDING_BITS = 0x7

_SERVICE, _DESTINATION = 1, 2
_SCHEDULER = 6
_STATISTICS_64 = 12

_SERVICE_TABLE = Table(
    Row(1, "family", Shape.U16),
    Row(2, "protocol", Shape.U16),
    Row(3, "address", Shape.IN6),
    Row(4, "port", Shape.PORT),
    Row(5, "mark", Shape.U32),
    Row(_SCHEDULER, "scheduler", Shape.TEXT),
    Row(7, "flags", Shape.PAIR),
    Row(8, "timeout_s", Shape.U32),
    Row(9, "netmask", Shape.U32),
)
_DESTINATION_TABLE = Table(
    Row(1, "address", Shape.IN6),
    Row(2, "port", Shape.PORT),
    Row(3, "forwarding", Shape.U32),
    Row(4, "weight", Shape.U32),
    Row(5, "upper_threshold", Shape.U32),
    Row(6, "lower_threshold", Shape.U32),
    Row(7, "active_connections", Shape.U32),
    Row(8, "inactive_connections", Shape.U32),
    Row(9, "persistent_connections", Shape.U32),
    Row(11, "family", Shape.U16),
    Row(13, "tunnel_type", Shape.U8),
)
_COUNTERS = ("connections", "packets_in", "packets_out", "bytes_in", "bytes_out")
_COUNTER_TABLE = Table(*(Row(n, name, Shape.U64) for n, name in enumerate(_COUNTERS, start=1)))

_write_address_key = _SERVICE_TABLE.layout(("family", "protocol", "address", "port"))
_write_mark_key = _SERVICE_TABLE.layout(("family", "mark"))
_write_rest = _SERVICE_TABLE.layout(("flags", "timeout_s", "netmask"))
_write_destination = _DESTINATION_TABLE.layout(
    (
        "family",
        "address",
        "port",
        "forwarding",
        "weight",
        "upper_threshold",
        "lower_threshold",
    ),
    nest=_DESTINATION,
)
_write_short_destination = _DESTINATION_TABLE.layout(("family", "address", "port"), _DESTINATION)


@dataclass(frozen=True, slots=True)
class IpvsService:
    """A service as the kernel has it. `netmask` is kept as the prefix length it means."""

    family: Family
    protocol: int
    address: Address | None
    port: int
    mark: int
    scheduler: str
    flags: int
    timeout_s: int
    prefix: int
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IpvsDestination:
    """A destination as the kernel has it."""

    address: Address
    port: int
    forwarding: int
    weight: int
    upper_threshold: int
    lower_threshold: int
    active_connections: int = 0
    inactive_connections: int = 0
    persistent_connections: int = 0
    counters: dict[str, int] = field(default_factory=dict)


def encode_key(
    family: Family, protocol: int = 0, address: Address | None = None, port: int = 0, mark: int = 0
) -> bytes:
    """Write the attributes that say which service is meant: address and port, or a mark."""
    if mark:
        return _write_mark_key(family, mark)
    assert address is not None
    return _write_address_key(family, protocol, _wide(address), port_bytes(port))


def encode_service(
    key: bytes, family: Family, scheduler: str, flags: int = 0, timeout_s: int = 0, prefix: int = -1
) -> bytes:
    """Write a whole service around its key; prefix -1 is the whole address."""
    bits = family.bits if prefix < 0 else prefix
    inside = (
        key
        + text_attribute(_SCHEDULER, scheduler)
        + _write_rest(flag_bytes(flags), timeout_s, _netmask(family, bits))
    )
    return _nest(_SERVICE, inside)


def encode_service_key(key: bytes) -> bytes:
    """Write a service that is only named, as destinations and removals need it."""
    return _nest(_SERVICE, key)


def encode_destination(
    family: Family,
    address: Address,
    port: int,
    forwarding: int = NAT,
    weight: int = 1,
    upper_threshold: int = 0,
    lower_threshold: int = 0,
) -> bytes:
    """Write a destination, to stand behind the service it belongs to."""
    return _write_destination(
        family,
        _wide(address),
        port_bytes(port),
        forwarding,
        weight,
        upper_threshold,
        lower_threshold,
    )


def encode_destination_key(family: Family, address: Address, port: int) -> bytes:
    """Write a destination that is only named, for its removal."""
    return _write_short_destination(family, _wide(address), port_bytes(port))


def encode_command(command: int, inside: bytes = b"") -> bytes:
    """Write the body of a request."""
    return HEAD.pack(command, 1) + inside


def decode_service(message: Message) -> IpvsService | None:
    """Read one message of a dump of services; None where it is none."""
    inside = _inside(message, NEW_SERVICE, _SERVICE)
    if inside is None:
        return None
    values = _SERVICE_TABLE.decode(inside)
    family = _family(number(values, "family"))
    if family is None:
        return None
    mark = number(values, "mark")
    return IpvsService(
        family,
        number(values, "protocol"),
        None if mark else _narrow(raw(values, "address"), family),
        number(values, "port"),
        mark,
        text(values, "scheduler"),
        number(values, "flags") & ~HASHED,
        number(values, "timeout_s"),
        _prefix(family, number(values, "netmask")),
        _counters(inside),
    )


def decode_destination(message: Message, service_family: Family) -> IpvsDestination | None:
    """Read one message of a dump of a service's destinations; None where it is none."""
    inside = _inside(message, NEW_DESTINATION, _DESTINATION)
    if inside is None:
        return None
    values = _DESTINATION_TABLE.decode(inside)
    family = _family(number(values, "family", service_family))
    address = None if family is None else _narrow(raw(values, "address"), family)
    if address is None:
        return None
    return IpvsDestination(
        address,
        number(values, "port"),
        number(values, "forwarding") & _FORWARDING_BITS,
        number(values, "weight"),
        number(values, "upper_threshold"),
        number(values, "lower_threshold"),
        number(values, "active_connections"),
        number(values, "inactive_connections"),
        number(values, "persistent_connections"),
        _counters(inside),
    )


def _inside(message: Message, command: int, nest: int) -> bytes | None:
    body = message.body
    if len(body) < 4 or body[0] != command:
        return None
    return dict(attributes(body[4:])).get(nest)


def _counters(inside: bytes) -> dict[str, int]:
    nest = dict(attributes(inside)).get(_STATISTICS_64)
    if nest is None:
        return {}
    values = _COUNTER_TABLE.decode(nest)
    return {name: number(values, name) for name in _COUNTERS}


def _nest(kind: int, inside: bytes) -> bytes:
    return _nest_head(4 + len(inside), kind | NESTED) + inside


def _wide(address: Address) -> bytes:
    packed = address.packed
    return packed if len(packed) == 16 else packed + b"\0" * 12


def _narrow(packed: bytes, family: Family) -> Address | None:
    return address_from_bytes(packed[:4] if family is Family.INET else packed)


def _family(value: int) -> Family | None:
    return Family(value) if value in (Family.INET, Family.INET6) else None


def _netmask(family: Family, prefix: int) -> int:
    """Give the number that has an IPv4 mask's bytes in memory, or an IPv6 prefix length."""
    if family is Family.INET6:
        return prefix
    mask = (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF
    return int.from_bytes(mask.to_bytes(4, "big"), _ORDER)


def _prefix(family: Family, netmask: int) -> int:
    if family is Family.INET6:
        return netmask
    return int.from_bytes(netmask.to_bytes(4, _ORDER), "big").bit_count()
