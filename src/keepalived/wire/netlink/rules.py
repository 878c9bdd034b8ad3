"""Rules in rtnetlink: which packets are looked up in which table.

Rule: as for routes; a writer gets numbers, never names, but links, which rules know by name.
"""

from __future__ import annotations

from struct import Struct

from keepalived.records import dataclass
from keepalived.wire.addresses import Address, Family
from keepalived.wire.netlink.frame import Message, attribute, text_attribute
from keepalived.wire.netlink.table import Row, Shape, Table, number

NEW = 32
GONE = 33
ASK = 34
GROUP_IPV4 = 0x80
GROUP_IPV6 = 0x40000

_HEAD = Struct("=BBBBBBBBI")
_U32 = Struct("=I")
_PAIR32 = Struct("=II")
_PAIR16 = Struct("=HH")
_U64 = Struct(">Q")
_INVERT = 0x2
_TARGET, _ORIGIN, _INCOMING, _GOTO, _PREFERENCE, _MARK, _FLOW = 1, 2, 3, 4, 6, 10, 11
_TUNNEL, _GROUP, _SHORTEST, _TABLE_NUMBER, _MARK_MASK, _OUTGOING = 12, 13, 14, 15, 16, 17
_BY_VRF, _USERS, _PROTOCOL, _PAYLOAD, _SOURCE_PORTS, _TARGET_PORTS = 19, 20, 21, 22, 23, 24
_TABLE = Table(
    Row(_PREFERENCE, "preference", Shape.U32),
    Row(_TABLE_NUMBER, "table", Shape.U32),
    Row(_PROTOCOL, "protocol", Shape.U8),
)

Network = tuple[Address, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, in numbers but for its links."""

    family: Family
    preference: int
    action: int = 1
    """1 table, 2 goto, 3 nop, 6 blackhole, 7 unreachable, 8 prohibit."""
    table: int = 0
    goto: int | None = None
    negated: bool = False
    origin: Network | None = None
    target: Network | None = None
    tos: int = 0
    mark: int | None = None
    mark_mask: int | None = None
    realms: int = 0
    incoming: str = ""
    """The link that packets came by."""
    outgoing: str = ""
    shortest_prefix: int | None = None
    """Routes with prefixes that are not longer do not count."""
    link_group: int | None = None
    """Routes by links of this group do not count."""
    users: tuple[int, int] | None = None
    tunnel: int | None = None
    by_vrf: bool = False
    """Look in the table of the packet's VRF."""
    protocol: int = 18
    payload: int | None = None
    """The protocol of the packets: 6 TCP, 17 UDP."""
    source_ports: tuple[int, int] | None = None
    target_ports: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """What a message says of a rule, as far as we need to tell it from others."""

    family: int
    preference: int
    action: int
    table: int
    protocol: int


def encode(rule: Rule) -> bytes:
    """Write the body that adds a rule, or takes it away."""
    origin, target = rule.origin, rule.target
    parts = [
        _HEAD.pack(
            rule.family,
            target[1] if target else 0,
            origin[1] if origin else 0,
            rule.tos,
            rule.table if rule.table < 256 else 0,
            0,
            0,
            rule.action,
            _INVERT if rule.negated else 0,
        ),
        attribute(_PREFERENCE, _U32.pack(rule.preference)),
    ]
    for kind, network in ((_TARGET, target), (_ORIGIN, origin)):
        if network is not None:
            parts.append(attribute(kind, network[0].packed))
    for kind, count in (
        (_TABLE_NUMBER, rule.table or None),
        (_GOTO, rule.goto),
        (_MARK, rule.mark),
        (_MARK_MASK, rule.mark_mask),
        (_FLOW, rule.realms or None),
        (_SHORTEST, rule.shortest_prefix),
        (_GROUP, rule.link_group),
    ):
        if count is not None:
            parts.append(attribute(kind, _U32.pack(count)))
    for kind, name in ((_INCOMING, rule.incoming), (_OUTGOING, rule.outgoing)):
        if name:
            parts.append(text_attribute(kind, name))
    if rule.users is not None:
        parts.append(attribute(_USERS, _PAIR32.pack(*rule.users)))
    if rule.tunnel is not None:
        parts.append(attribute(_TUNNEL, _U64.pack(rule.tunnel)))
    if rule.by_vrf:
        parts.append(attribute(_BY_VRF, b"\x01"))
    if rule.protocol:
        parts.append(attribute(_PROTOCOL, bytes([rule.protocol])))
    if rule.payload is not None:
        parts.append(attribute(_PAYLOAD, bytes([rule.payload])))
    for kind, ports in ((_SOURCE_PORTS, rule.source_ports), (_TARGET_PORTS, rule.target_ports)):
        if ports is not None:
            parts.append(attribute(kind, _PAIR16.pack(*ports)))
    return b"".join(parts)


def encode_dump() -> bytes:
    """Write the body that asks for the rules of both families."""
    return _HEAD.pack(0, 0, 0, 0, 0, 0, 0, 0, 0)


def decode(message: Message) -> RuleRecord | None:
    """Read a NEW or GONE message's rule; None for one that could not be read."""
    if message.kind not in (NEW, GONE) or len(message.body) < _HEAD.size:
        return None
    family, _, _, _, table, _, _, action, _ = _HEAD.unpack_from(message.body)
    if family not in (Family.INET, Family.INET6):
        return None
    values = _TABLE.decode(message.body[_HEAD.size :])
    return RuleRecord(
        family,
        number(values, "preference"),
        action,
        number(values, "table", table),
        number(values, "protocol"),
    )
