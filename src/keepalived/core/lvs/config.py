"""The words of a virtual server and of its real servers.

Rule: rows only. What a server lends from its service is settled by `config.inherit`.
"""

from __future__ import annotations

from keepalived.core.checks.kinds import KINDS, Check
from keepalived.core.checks.terms import DAY_US
from keepalived.core.lvs.lines import (
    GroupLine,
    GroupLineValue,
    MaskValue,
    MethodValue,
    ServiceHeadValue,
    SocketAddressValue,
)
from keepalived.core.lvs.service_words import ServerWords, ServiceWords
from keepalived.core.notify.pipes import ReadPipe
from keepalived.core.track.config import TrackFile
from keepalived.lang.net_values import ServiceHead, SocketAddress
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Choice, Int, Seconds, Text
from keepalived.lang.words import block, head, keyword, lines, many, where
from keepalived.records import dataclass

SCHEDULERS = (
    *("rr", "wrr", "lc", "wlc", "lblc", "sh", "dh"),
    *("lblcr", "sed", "nq", "fo", "ovf", "mh", "twos"),
)


@block("real_server", doc="A member of the pool.")
class RealServer(ServerWords):
    """A server and the checks that it must pass."""

    at: SocketAddress = head(SocketAddressValue(), doc="Its address and port.")
    weight: int = keyword(
        "weight", Int(0, 2**31 - 1), default=1, doc="Its share of the work; 0 gets none."
    )
    checks: tuple[Check, ...] = many(
        *KINDS, doc="All must pass; without any it is always up.", default=()
    )
    place: Place = where(default=NOWHERE)


@block("virtual_server", doc="A service and the pool behind it.")
class VirtualServer(ServiceWords):
    """A virtual service."""

    head: ServiceHead = head(ServiceHeadValue(), doc="Its address and port, or its mark.")
    delay_loop_us: int = keyword(
        "delay_loop", Seconds(1, 366 * DAY_US), default=60_000_000, doc="Time between checks."
    )
    lb_algo: str = keyword(
        "lb_algo",
        Choice(*SCHEDULERS),
        default="wlc",
        also=("lvs_sched",),
        always=True,
        doc="How a server is chosen for a connection.",
    )
    lb_kind: str = keyword(
        "lb_kind",
        MethodValue(),
        default="NAT",
        also=("lvs_method",),
        always=True,
        doc="How packets reach the servers.",
    )
    nat_mask: int | None = keyword(
        "nat_mask",
        MaskValue(),
        default=None,
        until="0.6",
        doc="Masquerade what leaves towards clients from the servers' networks of this size.",
    )
    persistence_timeout_s: int | None = keyword(
        "persistence_timeout",
        Int(1, 2_678_400, alone=360),
        default=None,
        doc="How long a client stays with its server.",
    )
    persistence_granularity: int | None = keyword(
        "persistence_granularity",
        MaskValue(),
        default=None,
        doc="Clients of one network of this size count as one.",
    )
    virtualhost: str = keyword(
        "virtualhost", Text("HOST"), default="", doc="The Host header of HTTP_GET and SSL_GET."
    )
    protocol: str = keyword(
        "protocol",
        Choice("TCP", "UDP", "SCTP", fold=True),
        default="",
        doc="What the service speaks.",
    )
    sorry_server: SocketAddress | None = keyword(
        "sorry_server", SocketAddressValue(), default=None, doc="Serves when nobody else can."
    )
    servers: tuple[RealServer, ...] = many(RealServer, doc="The pool.")
    place: Place = where(default=NOWHERE)


@block("virtual_server_group", doc="Addresses and marks that share one pool.")
class ServiceGroup:
    """Services that one virtual_server stands for."""

    name: str = head(Text("NAME"), doc="What virtual_server group calls it.")
    entries: tuple[GroupLine, ...] = lines(
        "", GroupLineValue(), default=(), doc="An address, some addresses or a mark a line."
    )
    place: Place = where(default=NOWHERE)


@block("SSL", doc="What SSL_GET shows of itself.")
class Ssl:
    """The TLS settings of all checks."""

    password: str = keyword(
        "password", Text("TEXT"), default="", awaits="lvs", doc="The key's pass phrase."
    )
    ca: str = keyword("ca", Text("FILE"), default="", awaits="lvs", doc="Authorities that count.")
    certificate: str = keyword(
        "certificate", Text("FILE"), default="", awaits="lvs", doc="Our certificate."
    )
    key: str = keyword("key", Text("FILE"), default="", awaits="lvs", doc="Our key.")
    place: Place = where(default=NOWHERE)


@dataclass(frozen=True, slots=True)
class DirectorConfig:
    """All that the checker process runs on; globals have been pushed inward."""

    router_id: str
    services: tuple[VirtualServer, ...] = ()
    mail: bool = False
    """Whether there is a mail server and somebody to write to."""
    pipes: tuple[ReadPipe, ...] = ()
    files: tuple[TrackFile, ...] = ()
    """Those that some FILE_CHECK follows."""
