"""The first section of `-d`: what holds for the whole director.

Rule: one row a line, in the order of keepalived 2.2.7; a function gives no line where it has none.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.config.globals import Globals
from keepalived.config.globals_values import umask_number
from keepalived.config.root import Config
from keepalived.config.views import mail_config, router_id
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.dialect import GROUP4, GROUP6
from keepalived.lang.pieces import option
from keepalived.records import replace
from keepalived.status.classic_pieces import (
    Surroundings,
    decimal,
    enabled,
    script,
    short,
    true,
    yes,
)

_UNSET = str(2**32 - 1)
"""What the checker's process prints of numbers that only the other process settles."""
_BUFFERS = (
    *("vrrp_netlink_cmd_rcv_bufs", "vrrp_netlink_monitor_rcv_bufs", "process_monitor_rcv_bufs"),
    *("lvs_netlink_cmd_rcv_bufs", "lvs_netlink_monitor_rcv_bufs"),
)
_TITLES = (
    ("Parent process name", "process_name", ""),
    ("VRRP process name", "vrrp_process_name", "keepalived_vrrp"),
    ("LVS process name", "checker_process_name", "keepalived_lvs"),
    ("BFD process name", "bfd_process_name", "keepalived_bfd"),
)


def global_lines(config: Config, process: str, around: Surroundings) -> list[str]:
    """Give the section of one process: `vrrp`, `checker` or `bfd`."""
    settings = config.globals or Globals()  # type: ignore[call-arg]
    return [
        "------< Global definitions >------",
        *_identity(config, settings, around),
        *_mail(config, settings, around),
        *_reloading(settings),
        *_links(settings),
        *_lvs(settings, process),
        *_fifos(settings, around),
        *_vrrp(settings, process),
        *_firewall(config, settings, process),
        *_processes(settings),
        *_outside(settings, around),
        *_sockets(settings),
    ]


def _identity(config: Config, settings: Globals, around: Surroundings) -> list[str]:
    lines = [f" Config save dir = {settings.config_save_dir}"] if settings.config_save_dir else []
    lines.append(f" Network namespace = {config.net_namespace or '(default)'}")
    inner = config.net_namespace_ipvs
    lines.append(f" Network namespace ipvs = {inner or '(main namespace)'}")
    lines += [f" Instance name = {config.instance}"] if config.instance else []
    for title, field, usual in _TITLES:
        name = getattr(settings, field) or (usual if settings.process_names else "")
        lines += [f" {title} = {name}"] if name else []
    lines.append(f" Router ID = {router_id(config, around.host_name)}")
    return lines


def _mail(config: Config, settings: Globals, around: Surroundings) -> list[str]:
    lines: list[str] = []
    if settings.smtp_server is not None:
        lines += [
            f" Smtp server = {settings.smtp_server[0]}",
            f" Smtp server port = {settings.smtp_server[1]}",
            f" Smtp HELO name = {settings.smtp_helo_name or around.host_name}",
        ]
    if settings.smtp_server is not None or settings.notification_email:
        seconds = settings.smtp_connect_timeout_us // 1_000_000
        lines.append(f" Smtp server connection timeout = {seconds}")
    mail = mail_config(config, around.host_name)
    sender = settings.notification_email_from or (mail.sender if mail else "")
    lines += [f" Email notification from = {sender}"] if sender else []
    if settings.notification_email or settings.notification_email_from:
        lines.append(" Email notification to:")
        lines += [f"   {address}" for address in settings.notification_email]
    for name in ("smtp_alert", "smtp_alert_vrrp", "smtp_alert_checker"):
        value = getattr(settings, name)
        lines.append(f" Default {name} = {'unset' if value is None else 'on' if value else 'off'}")
    lines.append(f" Checkers log all failures = {true(settings.checker_log_all_failures)}")
    return lines


def _reloading(settings: Globals) -> list[str]:
    log = settings.reload_check_config
    test = "No test config before reload" if log is None else "Test config before reload"
    lines = [f" {test}" + (f", log to {log}" if log else "")]
    if settings.reload_file:
        lines.append(f" Reload_file = {settings.reload_file}")
    if settings.tmp_config_directory:
        lines.append(f" config save directory = {settings.tmp_config_directory}")
    if settings.data_use_instance:
        lines.append(" Use instance name in data dumps")
    return lines


def _links(settings: Globals) -> list[str]:
    lines = [f" Dynamic interfaces = {true(settings.dynamic_interfaces is not None)}"]
    if settings.dynamic_interfaces is not None:
        lines.append(f" Allow interface changes = {true(bool(settings.dynamic_interfaces))}")
    lines += [" Send emails for fault transitions = off"] if settings.no_email_faults else []
    return lines


def _lvs(settings: Globals, process: str) -> list[str]:
    lines = []
    # The third line is 2.2.7's own: it prints the limit of UDP under the name of TCP's.
    for name, title in (("tcp", "TCP"), ("tcpfin", "TCP FIN"), ("udp", "TCP")):
        value = option(settings.lvs_timeouts or (), name)
        lines += [f" LVS {title} timeout = {value}"] if value is not None else []
    if process == "vrrp":
        lines.append(f" Default interface = {settings.default_interface or 'eth0'}")
    return lines


def _fifos(settings: Globals, around: Surroundings) -> list[str]:
    flush = settings.lvs_flush_on_stop
    lines = [
        f" Disable local IGMP = {yes(settings.disable_local_igmp)}",
        f" LVS flush = {true(settings.lvs_flush)}",
        f" LVS flush on stop = {'disabled' if flush is None else flush or 'full'}",
    ]
    for title, field in (
        ("Global", "notify_fifo"),
        ("VRRP", "vrrp_notify_fifo"),
        ("LVS", "lvs_notify_fifo"),
    ):
        fifo = getattr(settings, field)
        if fifo:
            owner = around.ids(*(*fifo[1:3], "", "")[:2]) if fifo[1:] else "0:0"
            lines.append(f" {title} notify fifo = {fifo[0]}, uid:gid {owner}")
            label = f" {title} notify fifo script"
            command = getattr(settings, f"{field}_script")
            if command is not None:
                # The pipe's path is the script's last argument.
                command = replace(command, argv=(*command.argv, fifo[0]))
            lines += script(label, command, around)
    return lines


def _vrrp(settings: Globals, process: str) -> list[str]:
    few, of_vrrp = settings.vrrp_min_garp, process == "vrrp"
    repeat = _first(settings.vrrp_garp_master_repeat, 1 if few else 5)
    delay = _seconds(settings.vrrp_garp_master_delay_us, 0 if few else 5)
    again = _first(settings.vrrp_garp_master_refresh_repeat, 0 if few else 1)
    lower_delay = _seconds(settings.vrrp_garp_lower_prio_delay_us, delay if of_vrrp else _UNSET)
    lower_repeat = _first(settings.vrrp_garp_lower_prio_repeat, repeat if of_vrrp else _UNSET)
    extra, every = settings.vrrp_garp_extra_if or (0, False)
    return [
        f" FIFO write vrrp states on reload = {true(settings.fifo_write_vrrp_states_on_reload)}",
        f" VRRP notify priority changes = {true(settings.vrrp_notify_priority_changes)}",
        f" VRRP IPv4 mcast group = {settings.vrrp_mcast_group4 or GROUP4}",
        f" VRRP IPv6 mcast group = {settings.vrrp_mcast_group6 or GROUP6}",
        f" Gratuitous ARP delay = {delay}",
        f" Gratuitous ARP repeat = {repeat}",
        f" Gratuitous ARP refresh timer = {_seconds(settings.vrrp_garp_master_refresh_us, 0)}",
        f" Gratuitous ARP refresh repeat = {again}",
        f" Gratuitous ARP lower priority delay = {lower_delay}",
        f" Gratuitous ARP lower priority repeat = {lower_repeat}",
        f" Num adverts before down = {settings.vrrp_down_timer_adverts}",
        f" Gratuitous ARP for each secondary {'i/f' if every else 'VMAC'} = {extra}s",
        " Send advert after receive lower priority advert ="
        f" {true(not settings.vrrp_lower_prio_no_advert)}",
        " Send advert after receive higher priority advert ="
        f" {true(settings.vrrp_higher_prio_send_advert)}",
        f" Gratuitous ARP interval = {decimal(settings.vrrp_garp_interval_us)}",
        f" Gratuitous NA interval = {decimal(settings.vrrp_gna_interval_us)}",
        f" VRRP default protocol version = {settings.vrrp_version}",
    ]


def _firewall(config: Config, settings: Globals, process: str) -> list[str]:
    lines = []
    table = settings.nftables
    if table is None and (
        settings.vrrp_iptables is not None
        or (process == "vrrp" and any(map(_needs_firewall, config.instances)))
    ):
        table = "keepalived"
    if table is not None:
        force = "" if settings.nftables_ifindex else "don't "
        lines += [
            f" nftables table name = {table}",
            f" nftables base chain priority = {settings.nftables_priority}",
            f" nftables {force}force use ifindex for link local IPv6",
        ]
    if settings.nftables_ipvs is not None:
        lines += [
            f" ipvs nftables table name = {settings.nftables_ipvs}",
            f" ipvs nftables base chain priority = {settings.nftables_ipvs_priority}",
            f" ipvs nftables start fwmark = {settings.nftables_ipvs_start_fwmark}",
        ]
    return [
        *lines,
        f" nftables with{'' if settings.nftables_counters else 'out'} counters",
        f" VRRP check unicast_src = {true(settings.vrrp_check_unicast_src)}",
        f" VRRP skip check advert addresses = {true(settings.vrrp_skip_check_adv_addr)}",
        f" VRRP strict mode = {true(settings.vrrp_strict)}",
        f" Max auto priority = {settings.max_auto_priority}",
        f" Min auto priority delay = {settings.min_auto_priority_delay_us} usecs",
    ]


def _needs_firewall(instance: VrrpInstance) -> bool:
    """Say whether 2.2.7 chooses nftables by itself because of an instance."""
    silent = instance.no_accept or (instance.strict_mode and instance.priority != 255)
    return bool(silent or instance.use_vmac is not None or instance.use_vmac_addr)


def _processes(settings: Globals) -> list[str]:
    lines = []
    for title, name in (("VRRP", "vrrp"), ("Checker", "checker"), ("BFD", "bfd")):
        cpus = " ".join(str(each) for each in sorted(getattr(settings, f"{name}_cpu_affinity")))
        lines += [
            f" {title} process priority = {getattr(settings, f'{name}_priority')}",
            f" {title} don't swap = {true(getattr(settings, f'{name}_no_swap'))}",
            f" {title} realtime priority = {getattr(settings, f'{name}_rt_priority') or 0}",
            *([f" {title} CPU Affinity = {cpus} "] if cpus else []),
            f" {title} realtime limit = {getattr(settings, f'{name}_rlimit_rttime_us')}",
        ]
    return lines


def _outside(settings: Globals, around: Surroundings) -> list[str]:
    both = settings.enable_snmp_rfc
    user = settings.script_user
    owner = around.ids(user.user, user.group.lstrip(":")) if user is not None else around.owner
    return [
        f" SNMP vrrp {enabled(settings.enable_snmp_vrrp)}",
        f" SNMP checker {enabled(settings.enable_snmp_checker)}",
        f" SNMP RFCv2 {enabled(both or settings.enable_snmp_rfcv2)}",
        f" SNMP RFCv3 {enabled(both or settings.enable_snmp_rfcv3)}",
        f" SNMP traps {enabled(settings.enable_traps)}",
        f" SNMP socket = {settings.snmp_socket or 'default (unix:/var/agentx/master)'}",
        f" DBus {enabled(settings.enable_dbus)}",
        f" DBus service name = {settings.dbus_service_name}",
        f" Script security {enabled(settings.enable_script_security)}",
        *([f" Default script uid:gid {owner}"] if owner else []),
    ]


def _sockets(settings: Globals) -> list[str]:
    lines = []
    for name in _BUFFERS:
        lines.append(f" {name} = {getattr(settings, name)}")
        lines.append(f" {name}_force = {int(getattr(settings, f'{name}_force'))}")
    lines.append(f" rs_init_notifies = {int(settings.rs_init_notifies)}")
    lines.append(f" no_checker_emails = {int(settings.no_checker_emails)}")
    policy = settings.vrrp_rx_bufs_policy
    if policy:
        lines.append(f" rx_bufs_{'size' if policy.isdigit() else 'policy'} = {policy}")
    lines.append(f" rx_bufs_multiples = {settings.vrrp_rx_bufs_multiplier}")
    mask = umask_number(settings.umask) if settings.umask else 0o177
    lines.append(f" umask = {f'0{mask:o}' if mask else '0'}")
    if settings.vrrp_startup_delay_us:
        lines.append(f" vrrp_startup_delay = {short(settings.vrrp_startup_delay_us)}")
    lines += [" log_unknown_vrids"] if settings.log_unknown_vrids else []
    lines += [f" VMAC prefix = {settings.vmac_prefix}"] if settings.vmac_prefix else []
    prefix = settings.vmac_addr_prefix
    lines += [f" VMAC address prefix = {prefix}"] if prefix else []
    return lines


def _first(value: int | None, otherwise: Any) -> Any:
    return otherwise if value is None else value


def _seconds(value_us: int | None, otherwise: Any) -> Any:
    return otherwise if value_us is None else value_us // 1_000_000
