"""The words of `global_defs` about telling: mail, pipes, SNMP and D-Bus.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.config.globals_values import HostPort
from keepalived.core.notify.config import Script
from keepalived.lang.option_values import LONGEST_US, Flag, Several
from keepalived.lang.values import Command, Seconds, Switch, Text
from keepalived.lang.words import keyword, rows, words

FIFO = Several(Text("PATH [USER [GROUP]]"), most=3)
REFRESH = Seconds(1_000, 30_000_000)


@rows
class GlobalsNotify:
    """Who is told, and how."""

    notification_email: tuple[str, ...] = words(
        "notification_email", Text("ADDRESS"), doc="Who gets mail."
    )
    notification_email_from: str = keyword(
        "notification_email_from", Text("ADDRESS"), default="", doc="Whom mail comes from."
    )
    smtp_server: tuple[str, int] | None = keyword(
        "smtp_server", HostPort(), default=None, doc="Who takes the mail; without it there is none."
    )
    smtp_helo_name: str = keyword(
        "smtp_helo_name",
        Text("NAME"),
        default="",
        doc="How we greet the mail server; by default with the host's name.",
    )
    smtp_connect_timeout_us: int = keyword(
        "smtp_connect_timeout",
        Seconds(0, LONGEST_US),
        default=30_000_000,
        aliases=("smtp_connection_timeout",),
        doc="Time limit of each step of the mail's delivery.",
    )
    smtp_alert: bool | None = keyword(
        "smtp_alert",
        Switch(),
        default=None,
        doc="Mail of whatever does not say it itself.",
    )
    smtp_alert_vrrp: bool | None = keyword(
        "smtp_alert_vrrp",
        Switch(),
        default=None,
        doc="Mail of virtual routers and their groups.",
    )
    smtp_alert_checker: bool | None = keyword(
        "smtp_alert_checker",
        Switch(),
        default=None,
        awaits="lvs",
        doc="Mail of services and their servers.",
    )
    no_email_faults: bool = keyword(
        "no_email_faults", Flag(), default=False, doc="No mail about faults."
    )
    no_checker_emails: bool = keyword(
        "no_checker_emails",
        Switch(),
        default=False,
        awaits="lvs",
        doc="Mail when a server comes or goes, not of each of its checks.",
    )
    notify_fifo: tuple[str, ...] = keyword(
        "notify_fifo", FIFO, default=(), doc="A pipe that tells everything."
    )
    notify_fifo_script: Command | None = keyword(
        "notify_fifo_script",
        Script(),
        default=None,
        once=True,
        doc="A program that reads it; its last argument is the pipe.",
    )
    vrrp_notify_fifo: tuple[str, ...] = keyword(
        "vrrp_notify_fifo",
        FIFO,
        default=(),
        doc="A pipe that tells of virtual routers.",
    )
    vrrp_notify_fifo_script: Command | None = keyword(
        "vrrp_notify_fifo_script",
        Script(),
        default=None,
        once=True,
        doc="A program that reads it.",
    )
    lvs_notify_fifo: tuple[str, ...] = keyword(
        "lvs_notify_fifo",
        FIFO,
        default=(),
        doc="A pipe that tells of services and servers.",
    )
    lvs_notify_fifo_script: Command | None = keyword(
        "lvs_notify_fifo_script",
        Script(),
        default=None,
        once=True,
        doc="A program that reads it.",
    )
    fifo_write_vrrp_states_on_reload: bool = keyword(
        "fifo_write_vrrp_states_on_reload",
        Flag(),
        default=False,
        doc="Tell the pipes all states again after a reload.",
    )
    snmp_socket: str = keyword(
        "snmp_socket",
        Text("ADDRESS"),
        default="",
        awaits="operations",
        doc="Where the SNMP agent listens; unix:/var/agentx/master unless given.",
    )
    enable_snmp_vrrp: bool = keyword(
        "enable_snmp_vrrp",
        Flag(),
        default=False,
        also=("enable_snmp_keepalived",),
        awaits="operations",
        doc="Show virtual routers by SNMP.",
    )
    enable_snmp_checker: bool = keyword(
        "enable_snmp_checker",
        Flag(),
        default=False,
        awaits="operations",
        doc="Show services by SNMP.",
    )
    enable_snmp_rfc: bool = keyword(
        "enable_snmp_rfc", Flag(), default=False, awaits="operations", doc="Both MIBs of the RFCs."
    )
    enable_snmp_rfcv2: bool = keyword(
        "enable_snmp_rfcv2", Flag(), default=False, awaits="operations", doc="The MIB of RFC 2787."
    )
    enable_snmp_rfcv3: bool = keyword(
        "enable_snmp_rfcv3", Flag(), default=False, awaits="operations", doc="The MIB of RFC 6527."
    )
    enable_traps: bool = keyword(
        "enable_traps", Flag(), default=False, awaits="operations", doc="Send SNMP traps."
    )
    snmp_vs_stats_update_interval_us: int = keyword(
        "snmp_vs_stats_update_interval",
        REFRESH,
        default=5_000_000,
        awaits="operations",
        since="2.4",
        doc="How long counters of services are taken as fresh.",
    )
    snmp_rs_stats_update_interval_us: int | None = keyword(
        "snmp_rs_stats_update_interval",
        REFRESH,
        default=None,
        awaits="operations",
        since="2.4",
        doc="The same for servers; by default as for services.",
    )
    enable_dbus: bool = keyword(
        "enable_dbus", Flag(), default=False, awaits="operations", doc="Answer on D-Bus."
    )
    dbus_service_name: str = keyword(
        "dbus_service_name",
        Text("NAME"),
        default="",
        awaits="operations",
        doc="Our name there; org.keepalived.Vrrp1 unless given.",
    )
    dbus_no_interface_name: str = keyword(
        "dbus_no_interface_name",
        Text("NAME"),
        default="",
        awaits="operations",
        since="2.4",
        doc="What stands for the link of an instance that has none.",
    )
