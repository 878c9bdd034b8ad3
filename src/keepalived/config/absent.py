"""Words that end a configuration test on the spot in keepalived when nothing stands behind them.

Rule: here reading goes on, and the mistake is told like any other; the exit status is that of
upstream, which most words have in common. Those that it only tells of are listed.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.lang.fault import CUT_SHORT, Fault
from keepalived.records import replace

TOLD = frozenset(
    (
        *("net_namespace", "instance", "notification_email_from", "smtp_helo_name", "notify_fifo"),
        *("notify_fifo_script", "vrrp_notify_fifo", "vrrp_notify_fifo_script", "lvs_notify_fifo"),
        *("lvs_notify_fifo_script", "snmp_socket", "dbus_service_name", "lvs_sync_daemon"),
        *("lvs_timeouts", "vrrp_rx_bufs_policy", "vrrp_rx_bufs_multiplier", "default_interface"),
        *("vrrp_netlink_cmd_rcv_bufs", "vrrp_netlink_monitor_rcv_bufs", "process_monitor_rcv_bufs"),
        *("lvs_netlink_cmd_rcv_bufs", "lvs_netlink_monitor_rcv_bufs", "vrrp_garp_extra_if"),
        *("script_user", "startup_script", "startup_script_timeout", "shutdown_script"),
        *("shutdown_script_timeout", "vrrp_priority", "checker_priority", "bfd_priority"),
        *("vrrp_rt_priority", "checker_rt_priority", "bfd_rt_priority", "vrrp_cpu_affinity"),
        *("checker_cpu_affinity", "bfd_cpu_affinity", "min_auto_priority_delay"),
        *("reload_time_file", "tmp_config_directory", "router_id", "file", "neighbor_ip"),
        *("garp_extra_if", "kernel_rx_buf_size", "password", "ca", "certificate", "key"),
        *("snmp_name", "sorry_server_lvs_method", "virtualhost", "http_protocol", "status_code"),
        *("regex", "regex_options", "regex_min_offset", "regex_max_offset", "regex_stack"),
        *("misc_path", "user", "name", "helo_name", "payload"),
        # Words of later releases, and our own.
        *("active_key", "anti_replay", "time_window", "mode", "state_dump_file"),
        *("stats_dump_file", "json_dump_file", "json_version", "sni_name", "lvs_plane"),
        *("vrrp_delay_after_boot", "iproute_usr_dir", "iproute_etc_dir"),
    )
)
"""As keepalived 2.2.7 does; words that it does not know are told of, too."""


def with_status(faults: Sequence[Fault]) -> list[Fault]:
    """Give the faults, those of a word that stands alone with the status of upstream's stop."""
    return [replace(each, status=CUT_SHORT) if _stops(each) else each for each in faults]


def _stops(fault: Fault) -> bool:
    if fault.status != 5:
        return False
    words = fault.source.partition("#")[0].partition("!")[0].split()
    alone = len(words) == 1 and fault.what.startswith(f"{words[0]}: ")
    if not alone or words[0] in TOLD:
        return False
    return fault.what.endswith(" is missing") or ": expected " in fault.what
