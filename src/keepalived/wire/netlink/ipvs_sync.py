"""IPVS's connection synchronisation in generic netlink: the threads that tell and that hear.

Rule: what the kernel's header `linux/ip_vs.h` numbers for them is numbered here.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from struct import Struct

from keepalived.records import dataclass
from keepalived.wire.addresses import Address
from keepalived.wire.netlink.frame import attribute, text_attribute
from keepalived.wire.netlink.generic import HEAD

NEW_DAEMON = 9
DEL_DAEMON = 10
MASTER, BACKUP = 1, 2
NESTED = 0x8000
_DAEMON = 3
_STATE, _LINK, _NUMBER, _LENGTH, _GROUP, _GROUP6, _PORT, _TTL = range(1, 9)
_u16, _u32 = Struct("=H").pack, Struct("=I").pack


@dataclass(frozen=True, slots=True)
class IpvsSync:
    """One of the two threads."""

    state: int
    link: str
    number: int
    length: int | None = None
    port: int = 0
    ttl: int = 0
    group: Address | None = None


def encode_new(sync: IpvsSync) -> bytes:
    """Write the body of a request that starts a thread; what is 0 or None is the kernel's."""
    inside = attribute(_STATE, _u32(sync.state))
    inside += text_attribute(_LINK, sync.link)
    inside += attribute(_NUMBER, _u32(sync.number))
    if sync.length is not None:
        inside += attribute(_LENGTH, _u16(sync.length))
    if sync.port:
        # In the host's order, unlike every other port.
        inside += attribute(_PORT, _u16(sync.port))
    if sync.ttl:
        inside += attribute(_TTL, bytes((sync.ttl,)))
    if sync.group is not None:
        number = _GROUP if isinstance(sync.group, IPv4Address) else _GROUP6
        inside += attribute(number, sync.group.packed)
    return HEAD.pack(NEW_DAEMON, 1) + attribute(_DAEMON | NESTED, inside)


def encode_end(state: int) -> bytes:
    """Write the body of a request that ends a thread."""
    return HEAD.pack(DEL_DAEMON, 1) + attribute(_DAEMON | NESTED, attribute(_STATE, _u32(state)))
