"""What a configuration says against what the host is: links that must be there, scripts.

Rule: pure; the facts are handed in, so that "no such interface" is tested without one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from keepalived.config.root import Config
from keepalived.core.checks.misc import MiscCheck
from keepalived.core.vrrp.config import SyncGroup, VrrpInstance
from keepalived.lang.fault import Fault, Severity, error
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Command
from keepalived.port.facts import Link


def host_faults(
    config: Config, links: Collection[Link], runnable: Callable[[str], bool] | None = None
) -> tuple[Fault, ...]:
    """Give the faults of a configuration on this host.

    `runnable` says whether a path is an executable file; without it scripts are not looked at.
    """
    known = sorted(link.name for link in links)
    faults = [
        Fault(
            place,
            Severity.FATAL,
            f"{name} is no interface of this host: {what}",
            f"the interfaces are {', '.join(known) or 'none'}",
            status=5,
        )
        for place, name, what in _wanted_links(config)
        if name not in known
    ]
    found = [path for path in _scripts(config) if runnable is not None and runnable(path)]
    if found:
        what = f"scripts are run ({found[0]}) and enable_script_security is not known here yet"
        faults.append(error(NOWHERE, what, "make sure that only root can change them", "", 6))
    return tuple(faults)


def _wanted_links(config: Config) -> Iterator[tuple[Place, str, str]]:
    """Give every link that the file names, with its place and its use."""
    for instance in config.instances:
        if instance.interface:
            yield instance.place, instance.interface, f"vrrp_instance {instance.name}"
        if instance.lvs_sync_daemon_interface:
            what = f"the sync daemon of {instance.name}"
            yield instance.place, instance.lvs_sync_daemon_interface, what
        for line in (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded):
            if line.dev:
                yield instance.place, line.dev, f"{line.address} of {instance.name}"


def _scripts(config: Config) -> Iterator[str]:
    commands: list[Command | None] = []
    tellers: tuple[VrrpInstance | SyncGroup, ...] = (*config.instances, *config.sync_groups)
    for each in tellers:
        commands += [each.notify_master, each.notify_backup, each.notify_fault]
    for service in config.services:
        for server in service.servers:
            commands += [each.misc_path for each in server.checks if isinstance(each, MiscCheck)]
    yield from (command.argv[0] for command in commands if command is not None)
