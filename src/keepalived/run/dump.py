"""`-d`: each child writes its part of the configuration into its log, as it was understood.

Rule: the lines are `status.classic_dump`'s; here is only what they show of the host.
"""

from __future__ import annotations

import os

from keepalived.config.root import Config
from keepalived.linux.facts import host_name
from keepalived.linux.monitor import Monitor
from keepalived.port.events import AddressSeen, Event
from keepalived.run.logbook import Logbook
from keepalived.run.loop import Loop
from keepalived.status.classic_dump import Surroundings, dump_lines

SCRIPT_USER = "keepalived_script"
"""Whom scripts run as that name nobody, where there is such a user."""


class _Onlooker(Loop):
    """Takes the place of a loop and keeps what is posted."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Event] = []

    def post(self, event: Event) -> None:
        self.seen.append(event)


def write(process: str, config: Config, log: Logbook) -> None:
    """Write this process's part."""
    for name, lines in dump_lines(config, surroundings(config)):
        if name == process:
            for line in lines:
                log.info(line)


def found(program: str) -> str | None:
    """Give what a program's path leads to; None where it cannot be run."""
    import shutil

    path = shutil.which(program)
    return os.path.realpath(path) if path is not None else None


def numbers_of(user: str, group: str) -> str:
    """Give a user and a group, else the user's own, as `UID:GID`; nothing where there is none."""
    import grp
    import pwd

    try:
        account = pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user)
        if not group:
            return f"{account.pw_uid}:{account.pw_gid}"
        number = int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
    except KeyError:
        return ""
    return f"{account.pw_uid}:{number}"


def default_owner(config: Config) -> str:
    """Give whom scripts run as that name nobody; nothing where they must not run at all."""
    settings = config.globals
    if settings is not None and settings.script_user is not None:
        return numbers_of(settings.script_user.user, settings.script_user.group.lstrip(":"))
    if account := numbers_of(SCRIPT_USER, ""):
        return account
    secure = settings is not None and settings.enable_script_security
    return "" if secure else f"{os.getuid()}:{os.getgid()}"


def surroundings(config: Config) -> Surroundings:
    """Give what a dump shows of this host."""
    onlooker = _Onlooker()
    monitor = Monitor(onlooker)
    monitor.start()
    addresses = [event.address for event in onlooker.seen if isinstance(event, AddressSeen)]
    around = Surroundings(
        host_name=host_name(),
        links=monitor.links(),
        addresses=addresses,
        program=found,
        ids=numbers_of,
        owner=default_owner(config),
    )
    monitor.close()
    onlooker.close()
    return around
