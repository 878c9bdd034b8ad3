"""The words of a BFD session (RFC 5880), and what the BFD process runs on.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.lang.net_values import AddressValue
from keepalived.lang.option_values import Flag, Milliseconds, Weight, WeightValue
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Int, Switch, Text
from keepalived.lang.words import block, head, keyword, where
from keepalived.records import dataclass
from keepalived.wire.addresses import Address

INTERVAL = Milliseconds(1_000, 4_294_967_000)
IDLE = Milliseconds(1_000_000, 4_294_967_000)
TTL = Int(1, 255)


@block("bfd_instance", doc="A session that tells within a moment when a path breaks.")
class BfdInstance:
    """A BFD session with one neighbour."""

    name: str = head(Text("NAME", most=31), doc="What track_bfd and BFD_CHECK call it.")
    neighbor_ip: Address | None = keyword(
        "neighbor_ip",
        AddressValue(),
        default=None,
        also=("neighbour_ip",),
        doc="The neighbour; needed.",
    )
    source_ip: Address | None = keyword(
        "source_ip",
        AddressValue(),
        default=None,
        doc="Our own address.",
    )
    min_rx_us: int = keyword(
        "min_rx",
        INTERVAL,
        default=10_000,
        doc="How fast packets may come.",
    )
    min_tx_us: int = keyword(
        "min_tx",
        INTERVAL,
        default=10_000,
        doc="How fast we send.",
    )
    idle_tx_us: int = keyword(
        "idle_tx",
        IDLE,
        default=1_000_000,
        doc="How often we send while the session is not up.",
    )
    multiplier: int = keyword(
        "multiplier",
        Int(1, 255),
        default=5,
        doc="How many packets may be missed.",
    )
    passive: bool = keyword(
        "passive",
        Flag(),
        default=False,
        doc="Wait for the neighbour to begin.",
    )
    ttl: int | None = keyword(
        "ttl",
        TTL,
        default=None,
        also=("hoplimit",),
        doc="The TTL of our packets, else 255; what theirs must have left (over IPv6 else 64).",
    )
    max_hops: int = keyword(
        "max_hops",
        Int(-1, 255),
        default=0,
        doc="How many hops a packet may have come; -1 is any number.",
    )
    multihop: bool = keyword(
        "multihop",
        Switch(),
        default=False,
        since="2.4",
        doc="Use the port for paths of several hops.",
    )
    weight: Weight = keyword(
        "weight",
        WeightValue(253),
        default=Weight(0),
        doc="What its state adds to a priority.",
    )
    vrrp: bool = keyword("vrrp", Flag(), default=False, doc="Virtual routers alone hear of it.")
    checker: bool = keyword("checker", Flag(), default=False, doc="Checks alone hear of it.")
    place: Place = where(default=NOWHERE)


@dataclass(frozen=True, slots=True)
class SpeakerConfig:
    """All that the BFD process runs on."""

    sessions: tuple[BfdInstance, ...] = ()
