"""What virtual servers, their pools and their checks must have.

Rule: each function takes a block and a report, and gives the block completed, or none.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address

from keepalived.config.neighbour_rules import checks_of, settle_neighbours
from keepalived.config.refusals import refuse_service
from keepalived.config.report import Report
from keepalived.core.checks.http import HttpGet, Url, pattern_of
from keepalived.core.checks.kinds import Check
from keepalived.core.checks.misc import MiscCheck
from keepalived.core.checks.terms import CheckWords
from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.lang.net_values import SocketAddress
from keepalived.records import replace

DEFAULT_PERSISTENCE_S = 360


def settle_services(
    services: tuple[VirtualServer, ...], report: Report, known: Collection[VirtualServer] = ()
) -> tuple[VirtualServer, ...]:
    """Give the services that stand, completed; those that are known have been settled before."""
    kept: dict[object, VirtualServer] = {}
    done = set(map(id, known))
    for service in services:
        settled = service if id(service) in done else _service(service, report)
        if settled is None:
            continue
        key = key_of(settled)
        if key in kept:
            report.error(
                service,
                f"{title(settled)} is there already; this one is left out",
                "put all servers into one",
            )
            continue
        kept[key] = settled
    return tuple(kept.values())


def key_of(service: VirtualServer) -> object:
    """Give what no two services may have in common."""
    return (service.head, service.protocol if service.head.address else _family(service))


def title(service: VirtualServer) -> str:
    """Name a service in messages."""
    if service.head.group:
        return f"virtual_server group {service.head.group}"
    if service.head.address is None:
        return f"virtual_server fwmark {service.head.mark}"
    return f"virtual_server {service.head.address} {service.head.port} {service.protocol}".rstrip()


def _service(service: VirtualServer, report: Report) -> VirtualServer | None:
    service = _words(service, report)
    name = title(service)
    if not service.servers:
        if not report.given(service, "real_server"):
            report.error(service, f"{name} has no real_server and is left out", "add one")
        return None
    family = _family(service)
    pool = service.servers if _is_settled(service, family) else _pool(service, family, name, report)
    if not pool:
        return None
    if not any(server.weight for server in pool):
        report.error(
            service,
            f"{name}: all weights are 0, so that no server gets any work",
            "give one server a weight",
        )
    service = _sorry(service, family, report)
    if pool is not service.servers:
        service = replace(service, servers=pool)
    service = settle_neighbours(service, name, family, report)
    refuse_service(service, name, report)
    return service


def _is_settled(service: VirtualServer, family: int) -> bool:
    """Say whether all servers stand as they are: nearly always, and soon found out."""
    ats = [server.at for server in service.servers]
    ports = {at.port for at in ats}
    kept = 0 not in ports if service.lb_kind == "NAT" else ports == {service.head.port}
    return (
        kept
        and service.weight == 1
        and {type(at.address) for at in ats} == {IPv4Address if family == 4 else IPv6Address}
        and len({(int(at.address), at.port) for at in ats}) == len(ats)
        and all(_stands(check) for checks in checks_of(service) for check in checks)
    )


def _stands(check: Check) -> bool:
    if isinstance(check, MiscCheck):
        return check.misc_path is not None
    if not isinstance(check, HttpGet):
        return True
    return bool(check.urls) and all(url.path and not url.regex for url in check.urls)


def _pool(service: VirtualServer, family: int, name: str, report: Report) -> tuple[RealServer, ...]:
    """Settle the servers one by one."""
    servers: dict[SocketAddress, RealServer] = {}
    checked: dict[int, tuple[Check, ...]] = {}
    for server in service.servers:
        settled = _server(server, service, family, checked, report)
        if settled is None:
            continue
        if servers.setdefault(settled.at, settled) is not settled:
            report.error(
                server,
                f"{name}: real_server {server.at.address} {settled.at.port} is there"
                " already; this one is left out",
                "remove one",
            )
    return tuple(servers.values())


def _words(service: VirtualServer, report: Report) -> VirtualServer:
    """Settle what has a default that upstream only takes with a complaint."""
    name = title(service)
    if not service.protocol and service.head.address is not None:
        if not report.given(service, "protocol"):
            report.error(service, f"{name}: protocol is missing; UDP counts", "add protocol")
        service = replace(service, protocol="UDP")
    elif service.head.mark and report.given(service, "protocol"):
        what = f"{name}: a mark stands for packets of any protocol; {service.protocol} is left out"
        report.odd(service, what, "remove it", "protocol")
        service = replace(service, protocol="")
    if not report.given(service, "lb_algo", "lvs_sched"):
        report.error(service, f"{name}: lb_algo is missing; wlc counts", "add lb_algo")
    if not report.given(service, "lb_kind", "lvs_method"):
        report.error(service, f"{name}: lb_kind is missing; NAT counts", "add lb_kind")
    if service.persistence_granularity is not None:
        if service.persistence_granularity > 32 and _family(service) == 4:
            report.error(
                service,
                f"{name}: a granularity of IPv4 is a mask, or 1..32; all bits count",
                "give a mask",
                "persistence_granularity",
            )
            service = replace(service, persistence_granularity=32)
        if service.persistence_timeout_s is None:
            service = replace(service, persistence_timeout_s=DEFAULT_PERSISTENCE_S)
    if service.head.address and not service.head.port and service.persistence_timeout_s is None:
        report.error(
            service,
            f"{name}: port 0 needs persistence; persistence_timeout {DEFAULT_PERSISTENCE_S} counts",
            "add persistence_timeout, or name a port",
        )
        service = replace(service, persistence_timeout_s=DEFAULT_PERSISTENCE_S)
    return service


def _family(service: VirtualServer) -> int:
    if service.head.address is not None:
        return service.head.address.version
    return service.servers[0].at.address.version if service.servers else 4


def _sorry(service: VirtualServer, family: int, report: Report) -> VirtualServer:
    sorry = service.sorry_server
    if sorry is None:
        return service
    if sorry.address.version != family and not service.lb_kind.startswith("TUN"):
        report.error_told(
            report.end_of(service, "sorry_server"),
            service,
            f"{title(service)}: sorry_server {sorry.address} is of the other family;"
            " it is left out",
            f"give an IPv{family} address",
        )
        return replace(service, sorry_server=None)
    port = _port(service, sorry, "sorry_server", service, report)
    return replace(service, sorry_server=SocketAddress(sorry.address, port))


def _port(
    service: VirtualServer, at: SocketAddress, what: str, thing: object, report: Report
) -> int:
    """Settle a server's port: the service's by default, and always unless NAT can change it."""
    port = service.head.port
    if service.lb_kind == "NAT":
        return at.port or port
    if at.port and service.head.address is not None and at.port != port:
        report.error(
            thing,
            f"{title(service)}: {what} {at.address} cannot have port {at.port}:"
            f" {service.lb_kind} changes no port; {port} counts",
            f"write {port}, or use NAT",
            "sorry_server",
        )
    elif at.port and service.head.address is None:
        told = f"{title(service)}: {what} {at.address} cannot have port {at.port}:"
        told = f"{told} {service.lb_kind} changes no port"
        report.odd(thing, told, "leave it out, or use NAT", "sorry_server")
    return port


def _server(
    server: RealServer,
    service: VirtualServer,
    family: int,
    checked: dict[int, tuple[Check, ...]],
    report: Report,
) -> RealServer | None:
    """Settle a server. Many have the very same checks: `checked` knows those by their identity."""
    if server.at.address.version != family and not service.lb_kind.startswith("TUN"):
        report.error_told(
            report.end_of(server),
            server,
            f"{title(service)}: real_server {server.at.address} is of the other family;"
            " it is left out",
            f"give an IPv{family} address",
        )
        return None
    if service.weight != 1 and not report.given(server, "weight"):
        server = replace(server, weight=service.weight)
    port = _port(service, server.at, "real_server", server, report)
    checks = checked.get(id(server.checks))
    if checks is None:
        settled = [_check(each, report) for each in server.checks]
        checks = tuple(each for each in settled if each is not None)
        checks = checked[id(server.checks)] = server.checks if checks == server.checks else checks
    if port == server.at.port and checks is server.checks:
        return server
    if server.at.port not in (0, port):
        # The pool has the service's port, but the checks ask the one that was written.
        checks = tuple(_asking(check, server.at.port) for check in checks)
    return replace(server, at=SocketAddress(server.at.address, port), checks=checks)


def _check(check: Check, report: Report) -> Check | None:
    if isinstance(check, MiscCheck):
        if check.misc_path is None:
            if not report.given(check, "misc_path"):
                report.error(
                    check,
                    "MISC_CHECK without misc_path is left out",
                    "add misc_path",
                )
            return None
    elif isinstance(check, HttpGet):
        urls = tuple(url for url in check.urls if _has_path(url, report))
        for url in urls:
            if isinstance(why := pattern_of(url), str):
                report.unfit(url, why, "write it in the words of Python's re", "regex")
        if not urls:
            if not check.urls and not report.given(check, "url"):
                report.error(check, "the check has no url and is left out", "add url { path … }")
            return None
        if len(urls) != len(check.urls):
            return replace(check, urls=urls)
    return check


def _asking(check: Check, port: int) -> Check:
    if not isinstance(check, CheckWords) or check.connect_port is not None:
        return check
    return replace(check, connect_port=port)


def _has_path(url: Url, report: Report) -> bool:
    if not url.path and not report.given(url, "path"):
        report.error(url, "url without path is left out", "add path")
    return bool(url.path)
