"""The words of `global_defs` that hold for all virtual routers.

Rule: rows only; `inherit` pushes them into the instances that do not say it themselves.
"""

from __future__ import annotations

from keepalived.core.vrrp.lines import ExtraGarp, GroupAddressValue
from keepalived.lang.option_values import LONGEST_US, NUMBER_MOST, Flag, Optional, Several
from keepalived.lang.values import Choice, Int, Seconds, Switch, Text
from keepalived.lang.words import keyword, rows
from keepalived.wire.addresses import Address

COUNT = Int(0, NUMBER_MOST)
TIME = Seconds(0, LONGEST_US)
START = Seconds(1_000, LONGEST_US)


@rows
class GlobalsVrrp:
    """Defaults of virtual routers, and what surrounds them."""

    vrrp_version: int = keyword("vrrp_version", Int(2, 3), default=2, doc="The version of VRRP.")
    vrrp_mcast_group4: Address | None = keyword(
        "vrrp_mcast_group4",
        GroupAddressValue(4),
        default=None,
        doc="The group that adverts of IPv4 go to; 224.0.0.18 unless given.",
    )
    vrrp_mcast_group6: Address | None = keyword(
        "vrrp_mcast_group6",
        GroupAddressValue(6),
        default=None,
        doc="The group that adverts of IPv6 go to; ff02::12 unless given.",
    )
    default_interface: str = keyword(
        "default_interface",
        Text("INTERFACE"),
        default="",
        doc="The link of static addresses and routes without dev; eth0 unless given.",
    )
    vrrp_garp_master_repeat: int | None = keyword(
        "vrrp_garp_master_repeat",
        COUNT,
        default=None,
        doc="Announcements in a row by a new master; 5 unless given.",
    )
    vrrp_garp_master_delay_us: int | None = keyword(
        "vrrp_garp_master_delay",
        TIME,
        default=None,
        doc="Time until they are said again; 5 seconds unless given.",
    )
    vrrp_garp_master_refresh_us: int | None = keyword(
        "vrrp_garp_master_refresh",
        TIME,
        default=None,
        doc="A master announces this often; 0 is never.",
    )
    vrrp_garp_master_refresh_repeat: int | None = keyword(
        "vrrp_garp_master_refresh_repeat",
        COUNT,
        default=None,
        doc="Announcements in a row then; 1 unless given.",
    )
    vrrp_garp_lower_prio_repeat: int | None = keyword(
        "vrrp_garp_lower_prio_repeat",
        COUNT,
        default=None,
        doc="Announcements after an advert of lower priority; by default as for a new master.",
    )
    vrrp_garp_lower_prio_delay_us: int | None = keyword(
        "vrrp_garp_lower_prio_delay",
        TIME,
        default=None,
        doc="Time until those are said again; by default as for a new master.",
    )
    vrrp_garp_interval_us: int = keyword(
        "vrrp_garp_interval",
        TIME,
        default=0,
        doc="Gap between gratuitous ARPs on a link.",
    )
    vrrp_gna_interval_us: int = keyword(
        "vrrp_gna_interval",
        TIME,
        default=0,
        doc="Gap between unsolicited neighbour adverts on a link.",
    )
    vrrp_min_garp: bool = keyword(
        "vrrp_min_garp",
        Switch(),
        default=False,
        doc="Announce once, without a second round.",
    )
    vrrp_garp_extra_if: tuple[int, bool] | None = keyword(
        "vrrp_garp_extra_if",
        ExtraGarp(1),
        default=None,
        aliases=("vrrp_vmac_garp_intvl",),
        doc="How often to announce on virtual MACs beside the instance's link.",
    )
    vrrp_down_timer_adverts: int = keyword(
        "vrrp_down_timer_adverts",
        Int(1, 100),
        default=3,
        doc="Silent intervals until a master counts as down.",
    )
    vrrp_lower_prio_no_advert: bool | None = keyword(
        "vrrp_lower_prio_no_advert",
        Switch(),
        default=None,
        doc="A master does not answer an advert of lower priority.",
    )
    vrrp_higher_prio_send_advert: bool = keyword(
        "vrrp_higher_prio_send_advert",
        Switch(),
        default=False,
        doc="A master sends one more advert before it gives way.",
    )
    vrrp_owner_ignore_adverts: bool | None = keyword(
        "vrrp_owner_ignore_adverts",
        Switch(),
        default=None,
        since="2.4",
        doc="A router of priority 255 does not listen.",
    )
    vrrp_check_unicast_src: bool = keyword(
        "vrrp_check_unicast_src",
        Flag(),
        default=False,
        doc="Unicast adverts count from configured peers only.",
    )
    vrrp_skip_check_adv_addr: bool = keyword(
        "vrrp_skip_check_adv_addr",
        Switch(),
        default=False,
        doc="Check the addresses of an advert only when the master is another one.",
    )
    vrrp_strict: bool = keyword(
        "vrrp_strict", Switch(), default=False, doc="Hold to the letter of the RFCs."
    )
    v3_checksum_as_v2: bool = keyword(
        "v3_checksum_as_v2",
        Switch(),
        default=False,
        since="2.4",
        doc="VRRP version 3 on IPv4 without a pseudo header in its checksum.",
    )
    vrrp_notify_priority_changes: bool = keyword(
        "vrrp_notify_priority_changes",
        Switch(),
        default=False,
        doc="Write changes of priority to the pipes.",
    )
    vrrp_startup_delay_us: int = keyword(
        "vrrp_startup_delay",
        START,
        default=0,
        doc="Virtual routers wait this long after the start.",
    )
    vrrp_delay_after_boot_us: int = keyword(
        "vrrp_delay_after_boot",
        START,
        default=0,
        since="2.4",
        doc="Virtual routers wait until the host has been up this long.",
    )
    log_unknown_vrids: bool = keyword(
        "log_unknown_vrids",
        Flag(),
        default=False,
        doc="Log adverts of virtual routers that we do not have.",
    )
    vmac_prefix: str = keyword(
        "vmac_prefix",
        Text("NAME"),
        default="",
        doc="How names of virtual MACs begin.",
    )
    vmac_addr_prefix: str = keyword(
        "vmac_addr_prefix",
        Text("NAME"),
        default="",
        doc="The same where they are made for addresses.",
    )
    dynamic_interfaces: str | None = keyword(
        "dynamic_interfaces",
        Optional(Choice("allow_if_changes"), ""),
        default=None,
        doc="Links may be absent at the start, and come and go.",
    )
    disable_local_igmp: bool = keyword(
        "disable_local_igmp",
        Flag(),
        default=False,
        doc="Do not report groups of 224.0.0.0/24.",
    )
    iproute_usr_dir: str = keyword(
        "iproute_usr_dir",
        Text("FOLDER"),
        default="",
        since="2.4",
        doc="Where the packaged tables of names of iproute2 are.",
    )
    iproute_etc_dir: str = keyword(
        "iproute_etc_dir",
        Text("FOLDER"),
        default="",
        since="2.4",
        doc="Where the site's own tables of names are.",
    )
    vrrp_ipsets: tuple[str, ...] | None = keyword(
        "vrrp_ipsets",
        Several(Text("NAME"), least=0, most=6),
        default=None,
        since="2.4",
        doc="Nothing: there are no rules of iptables.",
    )
    vrrp_iptables: tuple[str, ...] | None = keyword(
        "vrrp_iptables",
        Several(Text("CHAIN"), least=0, most=2),
        default=None,
        doc="Nothing: nftables drops what must not pass.",
    )
    nftables: str | None = keyword(
        "nftables",
        Optional(Text("TABLE"), "keepalived"),
        default=None,
        doc="Use nftables for addresses that do not accept.",
    )
    nftables_priority: int = keyword(
        "nftables_priority",
        Int(-(2**31), 2**31 - 1),
        default=-1,
        doc="The priority of those chains.",
    )
    nftables_ifindex: bool = keyword(
        "nftables_ifindex", Flag(), default=False, doc="Sets hold links by number."
    )
    nftables_counters: bool = keyword(
        "nftables_counters", Flag(), default=False, doc="Rules count what they drop."
    )
