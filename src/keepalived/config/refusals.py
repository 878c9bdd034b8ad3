"""What a file asks for that cannot be done here yet, and must not be done in another way.

Rule: a pool that would not be checked as it says is not put into force. A word leaves this file
when its work is done.
"""

from __future__ import annotations

from keepalived.config.report import Report
from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.lang.words import block_of


def refuse_service(service: VirtualServer, name: str, report: Report) -> None:
    """Report what keeps a file with this service from being put into force."""
    if service.head.group:
        report.unfit(service, f"{name}: groups of services are not here yet", "name one service")
    if service.protocol == "SCTP":
        report.unfit(service, f"{name}: protocol SCTP is not here yet", "", "protocol")
    for field in ("lb_kind", "sorry_server_lvs_method"):
        method = getattr(service, field)
        if " " in method or (method and method != service.lb_kind):
            what = f"{name}: {_name(service, field)} {method} is not here yet"
            report.unfit(service, what, "", _name(service, field), "lvs_method")
    if any(server.lvs_method for server in service.servers):
        for server in service.servers:
            _refuse_server(server, service, name, report)


def _refuse_server(server: RealServer, service: VirtualServer, name: str, report: Report) -> None:
    who = f"{name}: real_server {server.at.address} {server.at.port}"
    if server.lvs_method and server.lvs_method != service.lb_kind:
        what = f"{who}: lvs_method {server.lvs_method} is not here yet"
        report.unfit(server, what, "", "lvs_method")


def _name(thing: VirtualServer, field: str) -> str:
    rows = block_of(type(thing)).rows
    return next(row.name for row in rows if row.field == field)
