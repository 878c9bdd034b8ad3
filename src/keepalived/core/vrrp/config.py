"""The words of a virtual router: what stands in `vrrp_instance` and `vrrp_sync_group`.

Rule: rows only. A machine reads these frozen blocks and never a global.
"""

from __future__ import annotations

from collections.abc import Mapping

from keepalived.core.claims.address import AddressLineValue
from keepalived.core.claims.route import RouteLine, RouteLineValue
from keepalived.core.claims.rule import RuleLine, RuleLineValue
from keepalived.core.notify.config import Script
from keepalived.core.notify.pipes import ReadPipe
from keepalived.core.track.config import TrackFile, TrackProcess, TrackWords, VrrpScript
from keepalived.core.vrrp.advert_words import AdvertWords, Authentication, AuthHmac
from keepalived.core.vrrp.debounce import Delays
from keepalived.core.vrrp.election_words import ElectionWords
from keepalived.core.vrrp.holdings import NOTHING, Holdings
from keepalived.core.vrrp.pacing import Pace
from keepalived.lang.net_values import AddressLine
from keepalived.lang.option_values import LONGEST_US, Flag
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Choice, Command, Int, Seconds, Switch, Text
from keepalived.lang.words import block, head, keyword, lines, where, words
from keepalived.port.resources import Resource
from keepalived.records import dataclass, field

__all__ = ["AuthHmac", "Authentication", "GarpGroup", "RouterConfig", "SyncGroup", "VrrpInstance"]


@block("vrrp_instance", doc="A virtual router that this director takes part in.")
class VrrpInstance(AdvertWords, ElectionWords, TrackWords):
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
    lvs_sync_daemon_interface: str = keyword(
        "lvs_sync_daemon_interface",
        Text("INTERFACE"),
        default="",
        doc="The link that the IPVS connection synchronisation uses.",
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
    no_virtual_ipaddress: bool = keyword(
        "no_virtual_ipaddress",
        Flag(),
        default=False,
        since="2.4",
        doc="To have no virtual_ipaddress is what is meant.",
    )
    virtual_routes: tuple[RouteLine, ...] = lines(
        "virtual_routes",
        RouteLineValue(),
        default=(),
        doc="Routes that the master holds.",
    )
    virtual_rules: tuple[RuleLine, ...] = lines(
        "virtual_rules",
        RuleLineValue(),
        default=(),
        doc="Rules of routing that the master holds.",
    )
    promote_secondaries: bool = keyword(
        "promote_secondaries",
        Flag(),
        default=False,
        doc="An address that goes takes none of its network with it.",
    )
    dont_track_primary: bool = keyword(
        "dont_track_primary",
        Flag(),
        default=False,
        doc="The instance's own link may be down.",
    )
    debug: int = keyword("debug", Int(0, 4), default=0, doc="Nothing, as it is upstream.")
    linkbeat_use_polling: bool = keyword(
        "linkbeat_use_polling",
        Flag(),
        default=False,
        retired="linkbeat_use_polling at the top level",
        doc="Ask for the state of the link again and again.",
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
    holdings: Holdings = NOTHING
    place: Place = where(default=NOWHERE)


@block("vrrp_sync_group", doc="Virtual routers that change state together.", bare="members")
class SyncGroup(TrackWords):
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
    notify_stop: Command | None = keyword(
        "notify_stop",
        Script(),
        default=None,
        once=True,
        doc="Run when the group ends.",
    )
    notify: Command | None = keyword(
        "notify",
        Script(),
        default=None,
        once=True,
        doc="Run on every transition, with what happened as four arguments more.",
    )
    notify_priority_changes: bool | None = keyword(
        "notify_priority_changes",
        Switch(),
        default=None,
        doc="Write changes of the members' priorities to the pipes.",
    )
    sync_group_tracking_weight: bool = keyword(
        "sync_group_tracking_weight",
        Flag(),
        default=False,
        doc="Weights of what is tracked count in the group, too.",
    )
    global_tracking: bool = keyword(
        "global_tracking",
        Flag(),
        default=False,
        retired="nothing: a group tracks for all its members",
        doc="Track for all members, as is always done.",
    )
    place: Place = where(default=NOWHERE)


@block("garp_group", doc="Links that pace their announcements together.")
class GarpGroup:
    """How fast announcements may follow each other on some links."""

    garp_interval_us: int = keyword(
        "garp_interval",
        Seconds(0, LONGEST_US),
        default=0,
        doc="Gap between gratuitous ARPs.",
    )
    gna_interval_us: int = keyword(
        "gna_interval",
        Seconds(0, LONGEST_US),
        default=0,
        doc="Gap between unsolicited neighbour adverts.",
    )
    interface: str = keyword("interface", Text("INTERFACE"), default="", doc="The link.")
    interfaces: tuple[str, ...] = words(
        "interfaces", Text("INTERFACE"), default=(), doc="The links."
    )
    place: Place = where(default=NOWHERE)


@dataclass(frozen=True, slots=True)
class Needed:
    """A static thing in a track group, and the instances that are at fault without it."""

    key: tuple[object, ...]
    """Of the resource."""
    text: str
    """What it is, in words."""
    link: str
    """The link that it needs; empty where there is none."""
    instances: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RouterConfig:
    """All that the VRRP process runs on; globals have been pushed inward."""

    router_id: str
    instances: tuple[VrrpInstance, ...] = ()
    groups: tuple[SyncGroup, ...] = ()
    mail: bool = False
    """Whether there is a mail server and somebody to write to."""
    scripts: tuple[VrrpScript, ...] = ()
    """What instances watch, each once; their own lists name it with the weight that counts."""
    files: tuple[TrackFile, ...] = ()
    processes: tuple[TrackProcess, ...] = ()
    mails_faults: bool = True
    """Whether a fault is worth a mail, too."""
    notify_priority_changes: bool = False
    """Whether the pipes are told of priorities, where an instance does not say."""
    pipes: tuple[ReadPipe, ...] = ()
    """What operators' programs read."""
    tells_again: bool = False
    """Whether a reload tells the pipes all states again."""
    paces: tuple[Pace, ...] = ()
    """The gaps that announcements keep."""
    startup_delay_us: int = 0
    """How long after its start the director takes no part."""
    log_unknown_vrids: bool = False
    """Whether adverts of routers that are not here are told of."""
    handover: bool = False
    """Whether a master that stops holds on until a peer leads."""
    delay_after_boot_us: int = 0
    """Until when after the host's start it takes no part."""
    statics: tuple[Resource, ...] = ()
    """Addresses, routes and rules that are held for as long as the daemon runs."""
    unknown: tuple[str, ...] = ()
    """What the host does not know of them."""
    needed: tuple[Needed, ...] = ()
    """Those of them without which instances are at fault."""
    delays: Mapping[str, Delays] = field(default_factory=dict)
    """How long changes of links must last, by the links' names."""
