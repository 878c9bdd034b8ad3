"""What a configuration says against what the host is: links, scripts and users that must be there.

Rule: pure; the facts are handed in, so that "no such interface" is tested without one.
"""

from __future__ import annotations

from collections.abc import Iterator

from keepalived.annotations import Any
from keepalived.config.host import Host
from keepalived.config.neighbour_rules import checks_of
from keepalived.config.path_rules import refuse_names
from keepalived.config.proof_rules import refuse_key_files
from keepalived.config.report import Report
from keepalived.config.root import Config
from keepalived.core.checks.misc import MiscCheck
from keepalived.core.lvs.config import VirtualServer
from keepalived.core.vrrp.config import SyncGroup, VrrpInstance
from keepalived.lang.lexer import Line
from keepalived.lang.values import Command
from keepalived.records import replace

SCRIPT_USER = "keepalived_script"
"""Whom scripts run as where nobody is named and script security is on."""
TOLD_BY_INSTANCES = ("notify_master", "notify_backup", "notify_fault", "notify_stop", "notify")


def settle_host(config: Config, host: Host, report: Report) -> Config:
    """Report what the host lacks; give the file without the scripts that nobody can run."""
    absent = _links(config, host, report)
    _mail(config, host, report)
    paths = any(each.virtual_routes or each.virtual_rules for each in config.instances)
    if host.names is not None and paths:
        said = config.globals
        folders = (said.iproute_usr_dir, said.iproute_etc_dir) if said else ("", "")
        refuse_names(config, host.names(*folders), report)
    refuse_key_files(config.instances, host, report)
    if host.account is not None:
        config = _users(config, host, report)
    if host.found is not None:
        if not absent:
            _scripts(config, _telling(config), host, report)
        _checks(config, host, report)
    return config


def _mail(config: Config, host: Host, report: Report) -> None:
    """Report, as a release does, a mail server whose name has no address; no fault of a file's."""
    settings = config.globals
    if settings is None or settings.smtp_server is None or host.resolves is None:
        return
    if not host.resolves(settings.smtp_server[0]):
        line = report.keyword_line(settings, "smtp_server")
        what = f"smtp_server: {settings.smtp_server[0]} has no address"
        report.told(line, settings, what, "name one that there is, or give its address")


def _links(config: Config, host: Host, report: Report) -> bool:
    """Report every link that is named and not there; True when one of them must be."""
    settings = config.globals
    if settings is not None and settings.dynamic_interfaces is not None:
        return False
    names = {link.name for link in host.links}
    remedy = f"the interfaces are {', '.join(sorted(names)) or 'none'}"
    absent = False
    for thing, line, name, use in _named(config, report):
        if name and name not in names:
            report.fatal_at(line, thing, f"{name} is no interface of this host: {use}", remedy)
            absent = True
    return absent


def _watchers(config: Config) -> tuple[SyncGroup | VrrpInstance, ...]:
    return (*config.sync_groups, *config.instances)


Named = tuple[Any, Line | None, str, str]
"""A block, the line in it, the link that it names, and what for."""


def _named(config: Config, report: Report) -> Iterator[Named]:
    for instance in config.instances:
        use = f"vrrp_instance {instance.name}"
        line = report.keyword_line(instance, "interface")
        yield instance, line, instance.interface, use
        old = instance.lvs_sync_daemon_interface
        line = report.keyword_line(instance, "lvs_sync_daemon_interface")
        yield instance, line, old, f"the sync daemon of {instance.name}"
        yield instance, report.keyword_line(instance, "vrf"), instance.vrf, f"the VRF of {use}"
        for block in ("virtual_ipaddress", "virtual_ipaddress_excluded"):
            for each in getattr(instance, block):
                if each.dev:
                    line = report.line_in(instance, block, str(each.address))
                    yield instance, line, each.dev, f"{each.address} of {instance.name}"
        for block in ("virtual_routes", "virtual_rules"):
            for line, name in _devices(report.bodies(instance, block)):
                yield instance, line, name, f"{block} of {instance.name}"
    for watcher in _watchers(config):
        for entry in watcher.track_interface:
            line = report.nth_line_in(watcher, "track_interface", 0, entry.name)
            yield watcher, line, entry.name, f"track_interface of {watcher.name}"


def _devices(bodies: list[list[Line]]) -> Iterator[tuple[Line, str]]:
    """Give the links that lines of routes and rules name."""
    for body in bodies:
        for line in body:
            for word, name in zip(line.words, line.words[1:], strict=False):
                if word in ("dev", "oif", "iif"):
                    yield line, name


def _users(config: Config, host: Host, report: Report) -> Config:
    """Report users that are not there, and drop the scripts that would run as one of them."""
    assert host.account is not None
    settings = config.globals
    usable = True
    if settings is not None and settings.script_user is not None:
        user = settings.script_user.user
        usable = host.account(user)
        if not usable:
            line = report.keyword_line(settings, "script_user")
            what = f"script_user: there is no user {user}"
            report.error_told(line, settings, what, "name one that there is, or make it")
    elif settings is not None and settings.enable_script_security:
        usable = host.account(SCRIPT_USER)
        if not usable:
            _no_default(config, report)
    kept = []
    for script in config.scripts:
        if script.user is not None and not host.account(script.user.user):
            line = report.keyword_line(script, "user")
            what = f"vrrp_script {script.name}: there is no user {script.user.user}"
            report.error_told(line, script, what, "name one that there is")
        elif script.user is None and not usable:
            what = f"vrrp_script {script.name} is left out: there is nobody to run it as"
            report.error_told(report.end_of(script), script, what, "name a user in it")
        else:
            kept.append(script)
    if not usable:
        for check in _programs(config):
            if check.user is None:
                what = "MISC_CHECK is left out: there is nobody to run it as"
                report.error_told(report.end_of(check), check, what, "name a user in it")
    if len(kept) == len(config.scripts):
        return config
    return replace(config, scripts=tuple(kept))


def _programs(config: Config) -> Iterator[MiscCheck]:
    for service in filter(_has_programs, config.services):
        for server in service.servers:
            yield from (each for each in server.checks if isinstance(each, MiscCheck))


def _no_default(config: Config, report: Report) -> None:
    """Report, at the first script that needs it, that the default user is not there."""
    needing: list[tuple[Any, Line | None]] = [
        (script, report.end_of(script)) for script in config.scripts if script.user is None
    ]
    for block in _watchers(config):
        for name in TOLD_BY_INSTANCES:
            command = getattr(block, name)
            if command is not None and not command.user:
                needing.append((block, report.keyword_line(block, name)))
    if needing:
        thing, line = min(needing, key=lambda each: each[1].number if each[1] else 0)
        what = f"script security is on, and there is no user {SCRIPT_USER} to run scripts as"
        report.error_told(line, thing, what, "make that user, or name one: script_user")


def _telling(config: Config) -> Iterator[Command]:
    """Give every script that virtual routers run, but for those that are watched."""
    for block in _watchers(config):
        for name in (*TOLD_BY_INSTANCES, "notify_deleted", "notify_master_rx_lower_pri"):
            command = getattr(block, name, None)
            if command is not None:
                yield command


def _scripts(config: Config, others: Iterator[Command], host: Host, report: Report) -> None:
    """Report watched scripts that are not there, and that scripts run without security."""
    assert host.found is not None
    there: list[str] = []
    for script in config.scripts:
        if script.script is None:
            continue
        name = script.script.argv[0]
        if name.startswith("<"):
            continue
        if host.found(name):
            there.append(name)
        else:
            what = f"vrrp_script {script.name}: {name} is not there"
            report.error(script, what, "name a program that there is", "script")
    there += [each.argv[0] for each in others if host.found(each.argv[0])]
    _security(config, there, report)


def _checks(config: Config, host: Host, report: Report) -> None:
    assert host.found is not None
    # Thousands of checks may run one program: each is looked for once, in the order of the file.
    names = dict.fromkeys(e.argv[0] for service in config.services for e in programs_of(service))
    _security(config, [name for name in names if host.found(name)], report)


def programs_of(service: VirtualServer) -> list[Command]:
    """Give what a service and its servers run; of servers that are alike only those of one."""
    commands = [service.quorum_up, service.quorum_down]
    alike = {(id(e.checks), id(e.notify_up), id(e.notify_down)): e for e in service.servers}
    for server in alike.values():
        commands += [server.notify_up, server.notify_down]
        commands += [each.misc_path for each in server.checks if isinstance(each, MiscCheck)]
    return [each for each in commands if each is not None]


def _has_programs(service: VirtualServer) -> bool:
    return any(isinstance(each, MiscCheck) for checks in checks_of(service) for each in checks)


def _security(config: Config, there: list[str], report: Report) -> None:
    settings = config.globals
    if there and (settings is None or not settings.enable_script_security):
        what = f"scripts are run ({there[0]}) without enable_script_security"
        report.unsafe(what, "add enable_script_security to global_defs")
