"""What BFD sessions must have, and that every check which follows one names one that there is.

Rule: takes the file with its tracking settled; what cannot stand is left out and said.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.config.neighbour_rules import checks_of
from keepalived.config.report import Report
from keepalived.config.root import Config
from keepalived.core.bfd.config import BfdInstance
from keepalived.core.checks.bfd import BfdCheck
from keepalived.core.checks.kinds import Check
from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.records import replace

ANY_DISTANCE = (-1, 255)
"""What `max_hops` says where the distance is not looked at."""


def settle_sessions(config: Config, report: Report) -> Config:
    """Give the file with the sessions that stand, and with checks that follow only such."""
    kept: dict[tuple[object, ...], BfdInstance] = {}
    for each in config.bfd_instances:
        path = (each.neighbor_ip, each.source_ip, each.multihop)
        if each.neighbor_ip is None:
            continue  # said already
        if each.source_ip is not None and each.source_ip.version != each.neighbor_ip.version:
            what = f"{each.name}: source_ip {each.source_ip} is not of its neighbour's family"
            report.error(each, f"{what}; it is left out", "give one of the same", "source_ip")
        elif path in kept:
            what = f"{each.name}: {kept[path].name} has the neighbour {each.neighbor_ip} already"
            remedy = "remove one, or give it another source_ip"
            report.error(each, f"{what}; it is left out", remedy, "neighbor_ip", "neighbour_ip")
        else:
            kept[path] = _within_reach(each, report)
    config = replace(config, bfd_instances=tuple(kept.values()))
    known = {each.name for each in kept.values() if each.checker or not each.vrrp}
    if not any(isinstance(e, BfdCheck) for s in config.services for c in checks_of(s) for e in c):
        return config
    services = tuple(_service(service, known, report) for service in config.services)
    return replace(config, services=services)


def _within_reach(each: BfdInstance, report: Report) -> BfdInstance:
    if each.ttl is None or each.max_hops in ANY_DISTANCE or each.max_hops <= each.ttl:
        return each
    what = f"{each.name}: max_hops {each.max_hops} is more than its ttl {each.ttl}, which counts"
    report.error(each, what, f"give at most {each.ttl}", "max_hops")
    return replace(each, max_hops=each.ttl)


def _service(service: VirtualServer, known: set[str], report: Report) -> VirtualServer:
    servers = tuple(_server(server, known, report) for server in service.servers)
    return replace(service, servers=servers)


def _server(server: RealServer, known: set[str], report: Report) -> RealServer:
    checks = tuple(each for each in server.checks if _stands(each, server, known, report))
    changes: dict[str, Any] = {"checks": checks} if len(checks) < len(server.checks) else {}
    return replace(server, **changes) if changes else server


def _stands(check: Check, server: RealServer, known: set[str], report: Report) -> bool:
    if not isinstance(check, BfdCheck) or check.name in known:
        return True
    who = f"real_server {server.at.address} {server.at.port}"
    what = f"{who}: there is no bfd_instance {check.name} for checks"
    if not check.name:
        what = f"{who}: BFD_CHECK without a name"
    remedy = f"name one of {', '.join(sorted(known))}" if known else "write a bfd_instance"
    report.error(check, f"{what}; the check is left out", remedy, "name")
    return False
