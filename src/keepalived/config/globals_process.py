"""The words of `global_defs` about processes: names, scripts, scheduling, files, reload.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.config.globals_values import IncludeCheckValue, UmaskValue
from keepalived.core.notify.config import Script
from keepalived.lang.option_values import (
    COUNT_MOST,
    Flag,
    Optional,
    Owner,
    OwnerValue,
    Several,
)
from keepalived.lang.values import Choice, Command, Int, Seconds, Switch, Text
from keepalived.lang.words import keyword, rows

SCRIPT_TIME = Seconds(1_000_000, 1_000_000_000)
NICE = Int(-20, 19)
REALTIME = Int(0, 99)
RTTIME = Int(2, COUNT_MOST)
CPUS = Several(Int(0, 4095))
NAME = Text("NAME", most=15)


@rows
class GlobalsProcess:
    """How the processes are called, run and reloaded."""

    process_names: bool = keyword(
        "process_names",
        Flag(),
        default=False,
        doc="Give each process a title of its own.",
    )
    process_name: str = keyword("process_name", NAME, default="", doc="The parent's title.")
    vrrp_process_name: str = keyword(
        "vrrp_process_name", NAME, default="", doc="The VRRP child's title."
    )
    checker_process_name: str = keyword(
        "checker_process_name",
        NAME,
        default="",
        aliases=("lvs_process_name",),
        doc="The checker child's title.",
    )
    bfd_process_name: str = keyword(
        "bfd_process_name", NAME, default="", doc="The BFD child's title."
    )
    use_symlink_paths: bool = keyword(
        "use_symlink_paths",
        Switch(),
        default=False,
        since="2.4",
        doc="Keep symbolic links in the paths of scripts, as is always done here.",
    )
    set_supplementary_groups: bool = keyword(
        "set_supplementary_groups",
        Switch(),
        default=False,
        since="post",
        doc="Scripts get the supplementary groups of their user.",
    )
    script_user: Owner | None = keyword(
        "script_user", OwnerValue(), default=None, doc="Whom scripts run as."
    )
    enable_script_security: bool = keyword(
        "enable_script_security",
        Flag(),
        default=False,
        doc="Refuse to run as root what others than root can change.",
    )
    startup_script: Command | None = keyword(
        "startup_script",
        Script(),
        default=None,
        once=True,
        doc="Run before anything starts.",
    )
    startup_script_timeout_us: int = keyword(
        "startup_script_timeout",
        SCRIPT_TIME,
        default=10_000_000,
        doc="How long the startup script may take.",
    )
    shutdown_script: Command | None = keyword(
        "shutdown_script",
        Script(),
        default=None,
        once=True,
        doc="Run when everything has ended.",
    )
    shutdown_script_timeout_us: int = keyword(
        "shutdown_script_timeout",
        SCRIPT_TIME,
        default=10_000_000,
        doc="How long the shutdown script may take.",
    )
    umask: str = keyword(
        "umask",
        UmaskValue(),
        default="",
        doc="The mask of files that we make.",
    )
    random_seed: int | None = keyword(
        "random_seed",
        Int(0, COUNT_MOST),
        default=None,
        doc="The seed of `${_RANDOM}`; by default the clock's.",
    )
    orphans: str = keyword(
        "orphans",
        Choice("stay", "stop"),
        default="stay",
        ours=True,
        doc="What the children do when their parent was killed: go on until the next, or stop.",
    )
    handover_at_stop: bool = keyword(
        "handover_at_stop",
        Switch(),
        default=True,
        ours=True,
        doc="A master that stops holds its addresses until a peer is heard to lead.",
    )
    vrrp_priority: int = keyword("vrrp_priority", NICE, default=0, doc="The VRRP child's niceness.")
    checker_priority: int = keyword(
        "checker_priority", NICE, default=0, doc="The checkers' niceness."
    )
    bfd_priority: int = keyword("bfd_priority", NICE, default=0, doc="The BFD child's niceness.")
    vrrp_rt_priority: int | None = keyword(
        "vrrp_rt_priority",
        REALTIME,
        default=None,
        doc="The VRRP child's real-time priority; 0 is none, the default is 1.",
    )
    checker_rt_priority: int | None = keyword(
        "checker_rt_priority",
        REALTIME,
        default=None,
        doc="The checkers' real-time priority; 0 is none, the default is 0.",
    )
    bfd_rt_priority: int | None = keyword(
        "bfd_rt_priority",
        REALTIME,
        default=None,
        doc="The BFD child's real-time priority; 0 is none, the default is 1.",
    )
    vrrp_rlimit_rttime_us: int = keyword(
        "vrrp_rlimit_rttime",
        RTTIME,
        default=10_000,
        aliases=("vrrp_rlimit_rtime",),
        doc="Microseconds that the VRRP child may run in real time without a pause.",
    )
    checker_rlimit_rttime_us: int = keyword(
        "checker_rlimit_rttime",
        RTTIME,
        default=10_000,
        aliases=("checker_rlimit_rtime",),
        doc="The same of the checker child.",
    )
    bfd_rlimit_rttime_us: int = keyword(
        "bfd_rlimit_rttime",
        RTTIME,
        default=10_000,
        aliases=("bfd_rlimit_rtime",),
        doc="The same of the BFD child.",
    )
    vrrp_no_swap: bool = keyword(
        "vrrp_no_swap",
        Flag(),
        default=False,
        doc="Lock the VRRP child's memory.",
    )
    checker_no_swap: bool = keyword(
        "checker_no_swap",
        Flag(),
        default=False,
        doc="Lock the checkers' memory.",
    )
    bfd_no_swap: bool = keyword(
        "bfd_no_swap",
        Flag(),
        default=False,
        doc="Lock the BFD child's memory.",
    )
    vrrp_cpu_affinity: tuple[int, ...] = keyword(
        "vrrp_cpu_affinity",
        CPUS,
        default=(),
        doc="The VRRP child's processors.",
    )
    checker_cpu_affinity: tuple[int, ...] = keyword(
        "checker_cpu_affinity",
        CPUS,
        default=(),
        doc="The checkers' processors.",
    )
    bfd_cpu_affinity: tuple[int, ...] = keyword(
        "bfd_cpu_affinity", CPUS, default=(), doc="The BFD child's processors."
    )
    max_auto_priority: int = keyword(
        "max_auto_priority",
        Int(-1, 99, alone=99),
        default=0,
        doc="Up to which real-time priority a late process is raised.",
    )
    min_auto_priority_delay_us: int = keyword(
        "min_auto_priority_delay",
        Int(1, 10_000_000),
        default=1_000_000,
        doc="Microseconds of lateness that raise it.",
    )
    reload_check_config: str | None = keyword(
        "reload_check_config",
        Optional(Text("FILE"), "/dev/null"),
        default=None,
        doc="Where the configuration test of a reload writes; here each reload is tested.",
    )
    reload_time_file: str = keyword(
        "reload_time_file",
        Text("FILE"),
        default="",
        doc="A file that says when to reload next.",
    )
    reload_repeat: bool = keyword(
        "reload_repeat",
        Flag(),
        default=False,
        doc="Reload at that time every day.",
    )
    reload_file: str | None = keyword(
        "reload_file",
        Optional(Text("FILE"), ""),
        default=None,
        doc="A file that is there while the configuration is being read.",
    )
    include_check: tuple[str, ...] = keyword(
        "include_check",
        IncludeCheckValue(),
        default=(),
        doc="How strict `include` is.",
    )
    config_save_dir: str = keyword(
        "config_save_dir",
        Text("FOLDER"),
        default="",
        doc="Where copies of the configuration are kept around a reload.",
    )
    tmp_config_directory: str = keyword(
        "tmp_config_directory",
        Text("FOLDER"),
        default="",
        doc="Where the copy for the children lies; here they get it through a pipe.",
    )
    data_use_instance: bool = keyword(
        "data_use_instance",
        Switch(),
        default=False,
        doc="Put the instance's name into the names of dumps.",
    )
    state_dump_file: str = keyword(
        "state_dump_file",
        Text("PATH"),
        default="",
        also=("state_file_location",),
        since="2.4",
        doc="Where SIGUSR1 writes.",
    )
    stats_dump_file: str = keyword(
        "stats_dump_file",
        Text("PATH"),
        default="",
        also=("stats_file_location",),
        awaits="operations",
        since="2.4",
        doc="Where SIGUSR2 writes.",
    )
    json_dump_file: str = keyword(
        "json_dump_file",
        Text("PATH"),
        default="",
        also=("json_file_location",),
        awaits="operations",
        since="2.4",
        doc="Where the JSON dump goes.",
    )
    json_version: int = keyword(
        "json_version",
        Int(1, 2),
        default=1,
        awaits="operations",
        since="2.4",
        doc="The layout of the JSON dump.",
    )
