"""What `-d` prints: the configuration in the sections and lines of keepalived 2.2.7.

Rule: lines only, in that program's order; a line about what this program has not is left out.
"""

from __future__ import annotations

from keepalived.config.root import Config
from keepalived.core.checks.misc import MiscCheck
from keepalived.core.lvs.config import RealServer
from keepalived.lang.option_values import Tracked
from keepalived.records import replace
from keepalived.status.classic_check_dump import check_lines, file_lines
from keepalived.status.classic_global_dump import global_lines
from keepalived.status.classic_link_dump import link_lines
from keepalived.status.classic_pieces import Surroundings, can_run
from keepalived.status.classic_router_dump import group_lines, router_lines
from keepalived.status.classic_service_dump import pool_lines, service_lines, tls_lines
from keepalived.status.classic_track_dump import session_lines, static_lines, watched_lines

__all__ = ["Surroundings", "dump_lines"]

Part = tuple[str, tuple[str, ...]]


def dump_lines(config: Config, around: Surroundings | None = None) -> list[Part]:
    """Give what each child prints, without time stamps: ("vrrp", lines), ("checker", lines) ….

    A child that has nothing to do does not run and prints nothing; the parent prints nothing.
    """
    around = around or Surroundings()
    config = _runnable(config, around)
    found: list[Part] = []
    if config.instances:
        found.append(("vrrp", (*global_lines(config, "vrrp", around), *_vrrp(config, around))))
    if config.services:
        top = global_lines(config, "checker", around)
        found.append(("checker", (*top, *_checker(config, around))))
    if config.bfd_instances:
        found.append(("bfd", (*global_lines(config, "bfd", around), *session_lines(config))))
    return found


def _runnable(config: Config, around: Surroundings) -> Config:
    """Leave out the scripts that cannot be run here, and the entries that name them."""
    scripts = tuple(each for each in config.scripts if can_run(each.script, each.user, around))
    gone = {each.name for each in config.scripts} - {each.name for each in scripts}
    services = tuple(
        replace(service, servers=tuple(_checked(each, around) for each in service.servers))
        for service in config.services
    )
    if not gone:
        return replace(config, services=services)
    instances = tuple(
        replace(each, track_script=_without(each.track_script, gone)) for each in config.instances
    )
    groups = tuple(
        replace(each, track_script=_without(each.track_script, gone)) for each in config.sync_groups
    )
    return replace(
        config, scripts=scripts, instances=instances, sync_groups=groups, services=services
    )


def _without(entries: tuple[Tracked, ...], gone: set[str]) -> tuple[Tracked, ...]:
    return tuple(each for each in entries if each.name not in gone)


def _checked(server: RealServer, around: Surroundings) -> RealServer:
    checks = tuple(
        each
        for each in server.checks
        if not isinstance(each, MiscCheck) or can_run(each.misc_path, each.user, around)
    )
    return server if checks == server.checks else replace(server, checks=checks)


def _vrrp(config: Config, around: Surroundings) -> list[str]:
    return [
        *static_lines(config),
        *router_lines(config, around),
        *group_lines(config, around),
        *watched_lines(config, around),
        *link_lines(config, around),
    ]


def _checker(config: Config, around: Surroundings) -> list[str]:
    return [
        *tls_lines(config),
        "------< LVS Topology >------",
        *pool_lines(config),
        *(line for service in config.services for line in service_lines(service, config, around)),
        *check_lines(config, around),
        *file_lines(config),
    ]
