"""What words of a service say against their neighbours: flags, quorum, sorry server, checks.

Rule: takes a service with its pool settled; what does nothing, or cannot be, is said and put right.
"""

from __future__ import annotations

from collections.abc import Collection

from keepalived.annotations import Any
from keepalived.config.report import Report
from keepalived.core.checks.kinds import Check
from keepalived.core.checks.smtp import SmtpCheck
from keepalived.core.checks.terms import CheckWords
from keepalived.core.checks.udp import UdpCheck
from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.records import replace

FLAGS = {
    "sh_port": ("sh-port", "sh"),
    "sh_fallback": ("sh-fallback", "sh"),
    "hashed": ("hashed", "sh"),
    "mh_port": ("mh-port", "mh"),
    "mh_fallback": ("mh-fallback", "mh"),
}
"""Fields of flags: their word, and the only scheduler that they are for."""


def settle_neighbours(
    service: VirtualServer, name: str, family: int, report: Report
) -> VirtualServer:
    """Give a service whose words go together."""
    # What the service weighs its servers with has been given to them.
    changes: dict[str, Any] = {"weight": 1} if service.weight != 1 else {}
    for rule in (_flags, _quorum, _sorry):
        changes.update(rule(service, name, report))
    if service.ip_family and (service.ip_family == "inet6") != (family == 6):
        what = f"{name}: ip_family {service.ip_family} is not the family of its addresses"
        report.error(service, f"{what}; it is left out", "remove it", "ip_family")
        changes["ip_family"] = ""
    # Thousands of servers say none of this: only what can be odd is looked at closely.
    bound = any(_may_be_odd(check) for checks in checks_of(service) for check in checks)
    if bound:
        for server in service.servers:
            for check in server.checks:
                _binds(check, server, name, report)
    return replace(service, **changes) if changes else service


def checks_of(service: VirtualServer) -> Collection[tuple[Check, ...]]:
    """Give the checks of a service's servers; those that many servers share come once."""
    return {id(server.checks): server.checks for server in service.servers}.values()


def _flags(service: VirtualServer, name: str, report: Report) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field, (word, scheduler) in FLAGS.items():
        if getattr(service, field) and service.lb_algo != scheduler:
            what = f"{name}: {word} is for lb_algo {scheduler} alone; it is left out"
            report.error(service, what, "remove it", word)
            changes[field] = False
    if service.ops and service.head.address is not None and service.protocol != "UDP":
        what = f"{name}: ops is for UDP alone; it is left out"
        report.error(service, what, "remove it", "ops")
        changes["ops"] = False
    return changes


def _quorum(service: VirtualServer, name: str, report: Report) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    quorum = service.quorum
    weight = sum(server.weight for server in service.servers) if quorum > 1 else 1
    if quorum > weight > 0:
        what = f"{name}: quorum {quorum} is more than all servers weigh; {weight} counts"
        report.error(service, what, f"give at most {weight}", "quorum")
        quorum = changes["quorum"] = weight
    if service.hysteresis and service.hysteresis >= quorum:
        what = f"{name}: hysteresis {service.hysteresis} is not less than the quorum"
        report.error(service, f"{what}; {quorum - 1} counts", "give less", "hysteresis")
        changes["hysteresis"] = quorum - 1
    return changes


def _sorry(service: VirtualServer, name: str, report: Report) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if service.sorry_server is not None:
        return changes
    nothing: tuple[tuple[str, object], ...] = (
        ("sorry_server_inhibit", False),
        ("sorry_server_lvs_method", ""),
    )
    for word, default in nothing:
        if not getattr(service, word):
            continue
        changes[word] = default
        if not report.given(service, "sorry_server"):
            what = f"{name}: {word} without sorry_server; it is left out"
            report.error(service, what, "name a sorry_server, before it", word)
    return changes


def _may_be_odd(check: Check) -> bool:
    return isinstance(check, UdpCheck | SmtpCheck) or getattr(check, "bindto", None) is not None


def _binds(check: Check, server: RealServer, name: str, report: Report) -> None:
    """Report a check that cannot be asked from where it says, or never passes."""
    for host in check.hosts if isinstance(check, SmtpCheck) else ():
        _family(host, server, name, report)
    if isinstance(check, CheckWords):
        _family(check, server, name, report)
    if isinstance(check, UdpCheck) and check.min_reply_length > check.max_reply_length:
        what = f"{name}: min_reply_length is more than max_reply_length: it never passes"
        report.error(check, what, f"give at most {check.max_reply_length}", "min_reply_length")


def _family(check: CheckWords, server: RealServer, name: str, report: Report) -> None:
    if check.bindto is not None:
        target = check.connect_ip or server.at.address
        if check.bindto.version != target.version:
            what = f"{name}: bindto {check.bindto} is not of the family of {target}"
            report.error(check, what, "give one of the same family", "bindto")
