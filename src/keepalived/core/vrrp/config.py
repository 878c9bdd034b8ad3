"""The words of a virtual router: what stands in `vrrp_instance` and `vrrp_sync_group`.

Rule: rows only. A machine reads these frozen blocks and never a global.
"""

from __future__ import annotations

from keepalived.core.notify.config import Script
from keepalived.core.vrrp.lines import AddressLineValue
from keepalived.lang.net_values import AddressLine, AddressValue
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Choice, Command, Int, Seconds, Switch, Text
from keepalived.lang.words import block, head, keyword, lines, part, where, words
from keepalived.records import dataclass
from keepalived.wire.addresses import Address


@block("authentication", doc="How adverts prove that they come from this site's routers.")
class Authentication:
    """The authentication of VRRP version 2."""

    auth_type: str = keyword(
        "auth_type",
        Choice("PASS", "AH"),
        default="PASS",
        doc="Plain password; an instance that asks for AH is not run yet.",
    )
    auth_pass: str = keyword(
        "auth_pass", Text(most=8), default="", doc="The shared password; 8 characters count."
    )
    place: Place = where(default=NOWHERE)


@block("vrrp_instance", doc="A virtual router that this director takes part in.")
class VrrpInstance:
    """One virtual router on one link."""

    name: str = head(Text("NAME"), doc="The name in logs, mails and groups.")
    state: str = keyword(
        "state",
        Choice("MASTER", "BACKUP"),
        default="BACKUP",
        doc="What to start as; MASTER matters with priority 255 only.",
    )
    interface: str = keyword(
        "interface", Text("INTERFACE"), default="", doc="The link that adverts use; needed."
    )
    mcast_src_ip: Address | None = keyword(
        "mcast_src_ip",
        AddressValue(),
        default=None,
        doc="Source address of adverts; by default the link's first address.",
    )
    lvs_sync_daemon_interface: str = keyword(
        "lvs_sync_daemon_interface",
        Text("INTERFACE"),
        default="",
        doc="The link that the IPVS connection synchronisation uses; read, not in effect yet.",
        retired="lvs_sync_daemon in global_defs",
    )
    virtual_router_id: int = keyword(
        "virtual_router_id",
        Int(1, 255),
        default=0,
        doc="The number of this router on its link; needed.",
    )
    priority: int = keyword(
        "priority",
        Int(1, 255),
        default=100,
        always=True,
        doc="Who leads; 255 owns the addresses, and is the default beside state MASTER.",
    )
    advert_int_us: int = keyword(
        "advert_int", Seconds(10_000, 255_000_000), default=1_000_000, doc="Time between adverts."
    )
    smtp_alert: bool | None = keyword(
        "smtp_alert", Switch(), default=None, doc="Mail the transitions of this router."
    )
    authentication: Authentication | None = part(
        Authentication, default=None, doc="Proof of origin."
    )
    virtual_ipaddress: tuple[AddressLine, ...] = lines(
        "virtual_ipaddress",
        AddressLineValue(),
        default=(),
        doc="Addresses that the master holds and names.",
    )
    virtual_ipaddress_excluded: tuple[AddressLine, ...] = lines(
        "virtual_ipaddress_excluded",
        AddressLineValue(),
        default=(),
        doc="Addresses that the master holds, but that adverts do not name.",
    )
    notify_master: Command | None = keyword(
        "notify_master", Script(), default=None, once=True, doc="Run on becoming master."
    )
    notify_backup: Command | None = keyword(
        "notify_backup", Script(), default=None, once=True, doc="Run on becoming backup."
    )
    notify_fault: Command | None = keyword(
        "notify_fault", Script(), default=None, once=True, doc="Run on a fault."
    )
    place: Place = where(default=NOWHERE)


@block("vrrp_sync_group", doc="Virtual routers that change state together.", bare="members")
class SyncGroup:
    """A group of instances; both the guide's bare form and `group { }` are read."""

    name: str = head(Text("NAME"), doc="The name in logs and mails.")
    members: tuple[str, ...] = words(
        "group", Text("INSTANCE"), default=(), doc="The members' names."
    )
    notify_master: Command | None = keyword(
        "notify_master", Script(), default=None, once=True, doc="Run when the group leads."
    )
    notify_backup: Command | None = keyword(
        "notify_backup", Script(), default=None, once=True, doc="Run when the group follows."
    )
    notify_fault: Command | None = keyword(
        "notify_fault", Script(), default=None, once=True, doc="Run when the group is at fault."
    )
    smtp_alert: bool | None = keyword(
        "smtp_alert", Switch(), default=None, doc="Mail the transitions of the group."
    )
    place: Place = where(default=NOWHERE)


@dataclass(frozen=True, slots=True)
class RouterConfig:
    """All that the VRRP process runs on; globals have been pushed inward."""

    router_id: str
    instances: tuple[VrrpInstance, ...] = ()
    groups: tuple[SyncGroup, ...] = ()
    mail: bool = False
    """Whether there is a mail server and somebody to write to."""
