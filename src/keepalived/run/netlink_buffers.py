"""How large the receive buffers of a child's netlink sockets are, by what the file says.

Rule: settled before the first of them is opened; without a word they are as large as we found good.
"""

from __future__ import annotations

from keepalived.config.root import Config
from keepalived.linux.netlink_socket import size_buffers


def size_netlink_buffers(config: Config, process: str) -> None:
    """Settle them for one child: `vrrp`, or `lvs` for the checkers'."""
    settings = config.globals
    if settings is None:
        return
    if process == "vrrp":
        command = settings.vrrp_netlink_cmd_rcv_bufs, settings.vrrp_netlink_cmd_rcv_bufs_force
        monitor = (
            settings.vrrp_netlink_monitor_rcv_bufs,
            settings.vrrp_netlink_monitor_rcv_bufs_force,
        )
    else:
        assert process == "lvs", process
        command = settings.lvs_netlink_cmd_rcv_bufs, settings.lvs_netlink_cmd_rcv_bufs_force
        monitor = (
            settings.lvs_netlink_monitor_rcv_bufs,
            settings.lvs_netlink_monitor_rcv_bufs_force,
        )
    of_processes = settings.process_monitor_rcv_bufs, settings.process_monitor_rcv_bufs_force
    size_buffers("process", *of_processes)
    size_buffers("command", *command)
    size_buffers("monitor", *monitor)
