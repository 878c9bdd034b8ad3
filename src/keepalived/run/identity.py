"""What a daemon is called beside others: its pid files, its name in the log, its titles.

Rule: what the command line says counts before what the file says.
"""

from __future__ import annotations

import contextlib
import os

from keepalived.config.globals_values import umask_number
from keepalived.config.root import Config
from keepalived.records import replace
from keepalived.run.options import RUNTIME, UMASK, Options

FOLDER = f"{RUNTIME}/keepalived"
USUAL = "keepalived"


def settled(options: Options, config: Config) -> Options:
    """Give the options with what the file says of the daemon's own names and files."""
    space = options.namespace or config.net_namespace
    if not (space or config.instance or config.use_pid_dir):
        return options
    folder = f"{FOLDER}/{space}" if space else FOLDER
    ending = f"_{config.instance}" if config.instance else ""

    def own(given: str, usual: str, name: str) -> str:
        return f"{folder}/{name}{ending}.pid" if given == usual else given

    usual = Options()
    return replace(
        options,
        namespace=space,
        pid=own(options.pid, usual.pid, "keepalived"),
        vrrp_pid=own(options.vrrp_pid, usual.vrrp_pid, "vrrp"),
        checkers_pid=own(options.checkers_pid, usual.checkers_pid, "checkers"),
        bfd_pid=own(options.bfd_pid, usual.bfd_pid, "bfd"),
    )


def suffix(options: Options, config: Config) -> str:
    """Give what stands behind the daemon's name in the log: its namespace, its instance."""
    names = (options.namespace or config.net_namespace, config.instance)
    return "".join(f"_{name}" for name in names if name)


def mask(options: Options, config: Config) -> int:
    """Give the mask of files that are made."""
    if options.umask is not None:
        return options.umask
    given = config.globals.umask if config.globals is not None else ""
    return umask_number(given) if given else UMASK


def title(config: Config, process: str) -> str:
    """Give a process's title: `""` is the parent, else `vrrp`, `checker` or `bfd`."""
    settings = config.globals
    if settings is None:
        return USUAL
    own, usual = {
        "": (settings.process_name, USUAL),
        "vrrp": (settings.vrrp_process_name, "keepalived_vrrp"),
        "checker": (settings.checker_process_name, "keepalived_lvs"),
        "bfd": (settings.bfd_process_name, "keepalived_bfd"),
    }[process]
    return (own or (usual if settings.process_names else USUAL))[:15]


def show_title(config: Config, process: str) -> None:
    """Give this process its title, for ps, pidof and killall, however it was started."""
    with contextlib.suppress(OSError), open("/proc/self/comm", "w") as file:
        file.write(title(config, process))


def dump_name(options: Options, config: Config, ending: str) -> str:
    """Give the path of a dump: `keepalived` with the ending, `.data` or `_check.data`."""
    settings = config.globals
    own = settings.state_dump_file if settings is not None else ""
    name = "keepalived"
    if settings is not None and settings.data_use_instance:
        name += suffix(options, config)
    folder = os.environ.get("TMPDIR", "")
    folder = folder if folder.startswith("/") else "/tmp"
    if own and not own.endswith("/"):
        stem, dot, last = own.rpartition(".")
        before = ending.partition(".")[0]
        return f"{stem}{before}{dot}{last}" if dot and "/" not in last else f"{own}{before}"
    return f"{own.rstrip('/') or folder}/{name}{ending}"
