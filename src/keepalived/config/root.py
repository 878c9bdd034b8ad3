"""The whole file as one frozen value.

Rule: the top level's blocks, each in the order of the file.
"""

from __future__ import annotations

from keepalived.config.globals import Globals
from keepalived.config.statics import (
    LinkDelays,
    LinkDelaysValue,
    PolledLink,
    PolledLinkValue,
)
from keepalived.core.bfd.config import BfdInstance
from keepalived.core.claims.address import AddressLineValue
from keepalived.core.claims.route import RouteLine, RouteLineValue
from keepalived.core.claims.rule import RuleLine, RuleLineValue
from keepalived.core.lvs.config import ServiceGroup, Ssl, VirtualServer
from keepalived.core.track.config import TrackFile, TrackGroup, TrackProcess, VrrpScript
from keepalived.core.vrrp.config import GarpGroup, SyncGroup, VrrpInstance
from keepalived.lang.net_values import AddressLine
from keepalived.lang.option_values import Flag, Optional
from keepalived.lang.values import Seconds, Text
from keepalived.lang.words import block, keyword, lines, many, part


@block("", doc="The file.")
class Config:
    """Everything that a keepalived.conf says."""

    globals: Globals | None = part(Globals, doc="What holds for the whole director.")
    net_namespace: str = keyword(
        "net_namespace",
        Text("NAME"),
        default="",
        doc="Run in that network namespace.",
    )
    net_namespace_ipvs: str | None = keyword(
        "net_namespace_ipvs",
        Optional(Text("NAME"), ""),
        default=None,
        doc="The namespace of the load balancer's table; without a name the default one.",
    )
    namespace_with_ipsets: bool = keyword(
        "namespace_with_ipsets",
        Flag(),
        default=False,
        doc="Nothing here: sets of addresses are kept by nftables.",
    )
    instance: str = keyword(
        "instance",
        Text("NAME"),
        default="",
        doc="This daemon's name beside others on the host.",
    )
    use_pid_dir: bool = keyword(
        "use_pid_dir",
        Flag(),
        default=False,
        doc="Pid files stand in a folder of their own.",
    )
    linkbeat_use_polling: bool = keyword(
        "linkbeat_use_polling",
        Flag(),
        default=False,
        doc="Nothing: the kernel tells of carriers by itself.",
    )
    child_wait_time_us: int = keyword(
        "child_wait_time",
        Seconds(0, (2**32 - 1) * 1_000_000),
        default=5_000_000,
        doc="How long the parent waits for its children at the end.",
    )
    linkbeat_interfaces: tuple[PolledLink, ...] = lines(
        "linkbeat_interfaces",
        PolledLinkValue(),
        doc="Nothing, as above.",
    )
    interface_up_down_delays: tuple[LinkDelays, ...] = lines(
        "interface_up_down_delays",
        LinkDelaysValue(),
        doc="How long a change of a link must last to count.",
    )
    static_addresses: tuple[AddressLine, ...] = lines(
        "static_ipaddress",
        AddressLineValue(static=True),
        doc="Addresses that are held for as long as the daemon runs.",
    )
    static_routes: tuple[RouteLine, ...] = lines(
        "static_routes",
        RouteLineValue(),
        doc="Routes that are held for as long as the daemon runs.",
    )
    static_rules: tuple[RuleLine, ...] = lines(
        "static_rules",
        RuleLineValue(),
        doc="Rules of routing that are held for as long as the daemon runs.",
    )
    track_groups: tuple[TrackGroup, ...] = many(
        TrackGroup, doc="Instances that static objects concern."
    )
    track_files: tuple[TrackFile, ...] = many(TrackFile, doc="Files to watch.")
    scripts: tuple[VrrpScript, ...] = many(VrrpScript, doc="Scripts to watch.")
    processes: tuple[TrackProcess, ...] = many(TrackProcess, doc="Processes to watch.")
    bfd_instances: tuple[BfdInstance, ...] = many(BfdInstance, doc="BFD sessions.")
    sync_groups: tuple[SyncGroup, ...] = many(SyncGroup, doc="Groups of instances.")
    garp_groups: tuple[GarpGroup, ...] = many(
        GarpGroup, doc="Links that pace their announcements together."
    )
    instances: tuple[VrrpInstance, ...] = many(VrrpInstance, doc="Virtual routers.")
    ssl: Ssl | None = part(Ssl, awaits="lvs", doc="What SSL_GET shows of itself.")
    service_groups: tuple[ServiceGroup, ...] = many(
        ServiceGroup, awaits="lvs", doc="Groups of services."
    )
    services: tuple[VirtualServer, ...] = many(VirtualServer, doc="Virtual servers.")
