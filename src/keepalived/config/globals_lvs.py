"""The words of `global_defs` about load balancing and about sockets' buffers.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.config.globals_values import RxBufsValue, SyncDaemonValue, lvs_timeouts
from keepalived.lang.option_values import COUNT_MOST, NUMBER_MOST, Flag, Optional
from keepalived.lang.pieces import Options
from keepalived.lang.values import Choice, Int, Switch, Text
from keepalived.lang.words import keyword, rows

BYTES = Int(1, NUMBER_MOST)


@rows
class GlobalsLvs:
    """The load balancer's own settings."""

    lvs_plane: str = keyword(
        "lvs_plane",
        Choice("auto", "ipvs", "nftables"),
        default="auto",
        ours=True,
        doc="Who forwards: auto takes ipvs where the kernel has it, else nftables.",
    )
    lvs_sync_daemon: Options = keyword(
        "lvs_sync_daemon",
        SyncDaemonValue(),
        default=(),
        doc="Tell the other director of connections, so that they survive a failover.",
    )
    lvs_timeouts: Options = keyword(
        "lvs_timeouts",
        lvs_timeouts(),
        default=(),
        awaits="lvs",
        doc="How long the load balancer remembers connections, in seconds.",
    )
    lvs_flush: bool = keyword(
        "lvs_flush", Flag(), default=False, awaits="lvs", doc="Empty the table at the start."
    )
    lvs_flush_on_stop: str | None = keyword(
        "lvs_flush_on_stop",
        Optional(Choice("VS"), ""),
        default=None,
        aliases=("lvs_flush_onstop",),
        awaits="lvs",
        doc="Empty the table at the end; VS takes our services out one by one.",
    )
    nftables_ipvs: str | None = keyword(
        "nftables_ipvs",
        Optional(Text("TABLE"), "keepalived_ipvs"),
        default=None,
        awaits="lvs",
        doc="One service for each group, by marks that nftables sets.",
    )
    nftables_ipvs_priority: int = keyword(
        "nftables_ipvs_priority",
        Int(-(2**31), 2**31 - 1),
        default=-1,
        awaits="lvs",
        doc="The priority of that chain.",
    )
    nftables_ipvs_start_fwmark: int = keyword(
        "nftables_ipvs_start_fwmark",
        Int(1, COUNT_MOST),
        default=1000,
        awaits="lvs",
        doc="The first mark.",
    )
    rs_init_notifies: bool = keyword(
        "rs_init_notifies",
        Switch(),
        default=False,
        awaits="lvs",
        doc="Tell what servers start as.",
    )
    checker_log_all_failures: bool = keyword(
        "checker_log_all_failures",
        Switch(),
        default=False,
        awaits="lvs",
        doc="Log a failure that is tried again, too.",
    )
    vrrp_rx_bufs_policy: str = keyword(
        "vrrp_rx_bufs_policy",
        RxBufsValue(),
        default="",
        doc="How large the buffers of received adverts are.",
    )
    vrrp_rx_bufs_multiplier: int = keyword(
        "vrrp_rx_bufs_multiplier",
        Int(1, NUMBER_MOST),
        default=3,
        doc="How many such packets they hold.",
    )
    vrrp_netlink_cmd_rcv_bufs: int = keyword(
        "vrrp_netlink_cmd_rcv_bufs",
        BYTES,
        default=0,
        doc="Bytes of the VRRP child's buffer of answers by the kernel.",
    )
    vrrp_netlink_cmd_rcv_bufs_force: bool = keyword(
        "vrrp_netlink_cmd_rcv_bufs_force",
        Switch(),
        default=False,
        doc="The same beyond the system's limit.",
    )
    vrrp_netlink_monitor_rcv_bufs: int = keyword(
        "vrrp_netlink_monitor_rcv_bufs",
        BYTES,
        default=0,
        doc="Bytes of its buffer of news from the kernel.",
    )
    vrrp_netlink_monitor_rcv_bufs_force: bool = keyword(
        "vrrp_netlink_monitor_rcv_bufs_force",
        Switch(),
        default=False,
        doc="The same beyond the system's limit.",
    )
    lvs_netlink_cmd_rcv_bufs: int = keyword(
        "lvs_netlink_cmd_rcv_bufs",
        BYTES,
        default=0,
        doc="Bytes of the checker child's buffer of answers by the kernel.",
    )
    lvs_netlink_cmd_rcv_bufs_force: bool = keyword(
        "lvs_netlink_cmd_rcv_bufs_force",
        Switch(),
        default=False,
        doc="The same beyond the system's limit.",
    )
    lvs_netlink_monitor_rcv_bufs: int = keyword(
        "lvs_netlink_monitor_rcv_bufs",
        BYTES,
        default=0,
        doc="Bytes of its buffer of news from the kernel.",
    )
    lvs_netlink_monitor_rcv_bufs_force: bool = keyword(
        "lvs_netlink_monitor_rcv_bufs_force",
        Switch(),
        default=False,
        doc="The same beyond the system's limit.",
    )
    process_monitor_rcv_bufs: int = keyword(
        "process_monitor_rcv_bufs",
        BYTES,
        default=0,
        doc="Bytes of the buffer of news about processes.",
    )
    process_monitor_rcv_bufs_force: bool = keyword(
        "process_monitor_rcv_bufs_force",
        Switch(),
        default=False,
        doc="The same beyond the system's limit.",
    )
