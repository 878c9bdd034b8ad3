"""The sections of `-d` about TLS, groups of services, services and their servers.

Rule: as in `classic_dump`; the state shown is that of the first moment.
"""

from __future__ import annotations

from keepalived.config.globals import Globals
from keepalived.config.root import Config
from keepalived.core.checks.file import FileCheck
from keepalived.core.checks.http import SslGet
from keepalived.core.lvs.config import RealServer, ServiceGroup, VirtualServer
from keepalived.core.lvs.lines import MaskValue
from keepalived.lang.net_values import SocketAddress
from keepalived.lang.option_values import Weight
from keepalived.lang.values import Command
from keepalived.status.classic_pieces import (
    Surroundings,
    arguments,
    decimal,
    enabled,
    owner_of,
    weight,
    yes,
)

CONNECT_US = 5_000_000
_FLAGS = {
    "sh": ("sh-port", "sh-fallback", ""),
    "mh": ("mh-port", "mh-fallback", ""),
}
_SUMS = {"csum": ", checksum", "remcsum": ", remote checksum"}
_FAMILIES = {"inet": 4, "inet6": 6}
_LENT = (
    ("Retry count", "retry"),
    ("Retry delay", "delay_before_retry_us"),
    ("Warmup", "warmup_us"),
)


def tls_lines(config: Config) -> list[str]:
    """Give the section of TLS; nothing where no check asks over it."""
    checks = (
        check for service in config.services for each in service.servers for check in each.checks
    )
    if not any(isinstance(check, SslGet) for check in checks):
        return []
    lines = ["------< SSL definitions >------"]
    if config.ssl is None:
        return [*lines, " Using autogen SSL context"]
    for title, text in (
        (" Password", config.ssl.password),
        (" CA-file", config.ssl.ca),
        (" Certificate file", config.ssl.certificate),
        (" Key file", config.ssl.key),
    ):
        lines += [f"{title} : {text}"] if text else []
    return lines


def pool_lines(config: Config) -> list[str]:
    """Give the sections of the groups of services."""
    lines: list[str] = []
    for group in config.service_groups:
        lines += [" ------< Virtual server group >------", *_pool(group, config)]
    return lines


def _pool(group: ServiceGroup, config: Config) -> list[str]:
    entries = group.entries
    versions: set[int] = {each.first.version for each in entries if each.first is not None}
    versions |= {_FAMILIES[each.family] for each in entries if each.family}
    alive = {"tcp": 0, "udp": 0, "sctp": 0}
    of_family = {4: 0, 6: 0}
    for service in config.services:
        if service.head.group == group.name:
            version, held = _version(service), _held(service)
            versions.add(version)
            of_family[version] += held
            alive[service.protocol.lower() or "tcp"] += held
    count = ", ".join(f"{number} {name}" for name, number in alive.items())
    four, six = yes(4 in versions), yes(6 in versions)
    lines = [f" Virtual Server Group = {group.name}, IPv4 = {four}, IPv6 = {six}"]
    for entry in entries:
        if entry.first is None:
            family = f" IPv{_FAMILIES[entry.family]}" if entry.family else ""
            lines.append(f"   FWMARK = {entry.mark}{family}")
            lines.append(f"     Alive: {of_family[4]} IPv4, {of_family[6]} IPv6")
        else:
            ranged = entry.last is not None and entry.last != entry.first
            where = f"{entry.first}-{entry.last}" if ranged else f"{entry.first}"
            lines.append(f"   VIP {'Range ' if ranged else ''}= {where}, VPORT = {entry.port}")
            lines.append(f"     Alive: {count}")
        lines.append("     reloaded = False")
    return lines


def _held(service: VirtualServer) -> int:
    """Give how many servers of a service stand in the table at first."""
    held = sum(_is_set(server, service) for server in service.servers)
    return held + bool(service.sorry_server is not None and service.sorry_server_inhibit)


def service_lines(service: VirtualServer, config: Config, around: Surroundings) -> list[str]:
    """Give the lines of a service and of its servers."""
    settings = config.globals or Globals()  # type: ignore[call-arg]
    alert = _alert(settings, service.smtp_alert, usual=False)
    total = sum(server.weight for server in service.servers)
    quorum = min(service.quorum, total)
    hysteresis = service.hysteresis if quorum else 2**32 - 1
    fit = sum(each.weight for each in service.servers if not _asleep(each, service))
    served = bool(fit) and fit >= quorum + service.hysteresis
    plain = "" if "gue" in service.lb_kind or "gre" in service.lb_kind else "default "
    lines = [" ------< Virtual server >------", f" VS {_name(service)}"]
    lines += [f"   VirtualHost = {service.virtualhost}"] if service.virtualhost else []
    lines += _how(service)
    lines += [
        f"   protocol = {service.protocol or 'none'}",
        f"   alpha is {_on(service.alpha)}",
        f"   omega is {_on(service.omega)}",
        *_lent(service, service),
        f"   Inhibit on failure is {_on(service.inhibit_on_failure)}",
        f"   quorum = {quorum}, hysteresis = {hysteresis}",
        *_told("   Quorum up notify script", service.quorum_up, around),
        *_told("   Quorum down notify script", service.quorum_down, around),
        *(["   Using HA suspend"] if service.ha_suspend else []),
        f"   Using smtp notification = {yes(alert)}",
        f"   {plain}forwarding method = {method_text(service.lb_kind)}",
    ]
    if service.sorry_server is not None:
        method = service.sorry_server_lvs_method or service.lb_kind
        lines += [
            f"   sorry server = {end_text(service.sorry_server, service)}",
            f"     forwarding method = {method_text(method)}",
            f"     Inhibit on failure is {_on(service.sorry_server_inhibit)}",
        ]
    lines += ["   alive = 1", f"   quorum_state_up = {int(served)}", "   reloaded = 0"]
    for server in service.servers:
        lines += _server(server, service, settings, around)
    return lines


def _how(service: VirtualServer) -> list[str]:
    names = _FLAGS.get(service.lb_algo, ("flag-1", "flag-2", "flag-3"))
    flags = (service.flag_1, service.flag_2, service.flag_3)
    if service.lb_algo in _FLAGS:
        # The kernel's first flag is the fallback, its second the port.
        port = service.sh_port if service.lb_algo == "sh" else service.mh_port
        fallback = service.sh_fallback if service.lb_algo == "sh" else service.mh_fallback
        flags = (service.flag_2 or port, service.flag_1 or fallback, False)
    ops = enabled(service.ops)
    if service.ops and service.protocol != "UDP":
        ops += " (inactive due to not UDP)"
    timeout_us = service.connect_timeout_us or CONNECT_US
    lines = [
        f"   Address family = {'inet6' if _version(service) == 6 else 'inet'}",
        f"   connection timeout = {decimal(timeout_us)}",
        f"   delay_loop = {decimal(service.delay_loop_us)}",
        f"   lvs_sched = {service.lb_algo}",
        "   Hashed = disabled",
        *(f"   {name} = {enabled(flag)}" for name, flag in zip(names, flags, strict=True) if name),
        f"   One packet scheduling = {ops}",
    ]
    if service.persistence_timeout_s is not None:
        lines.append(f"   persistence timeout = {service.persistence_timeout_s}")
    if service.persistence_granularity is not None:
        mask = service.persistence_granularity
        shown = str(mask) if _version(service) == 6 else MaskValue().write(mask)
        lines.append(f"   persistence granularity = {shown}")
    return lines


def _lent(thing: VirtualServer | RealServer, lender: VirtualServer) -> list[str]:
    """Give what a service lends its servers, or one its checks, where it says so."""
    lines = []
    for title, field in _LENT:
        value = getattr(thing, field)
        value = getattr(lender, field) if value is None else value
        if value is not None:
            shown = str(value) if field == "retry" else decimal(value)
            lines.append(f"   {title} = {shown}")
    return lines


def _told(label: str, command: Command | None, around: Surroundings) -> list[str]:
    if command is None:
        return []
    argv, owner = arguments(command, around), owner_of(command, around)
    return [f"{label} = {argv}, uid:gid {owner}"] if argv and owner else []


def _server(
    server: RealServer, service: VirtualServer, settings: Globals, around: Surroundings
) -> list[str]:
    at = server.at
    files = [check for check in server.checks if isinstance(check, FileCheck)]
    asleep = _asleep(server, service)
    inhibits = _inhibits(server, service)
    loop_us = server.delay_loop_us or service.delay_loop_us
    timeout_us = server.connect_timeout_us or service.connect_timeout_us or CONNECT_US
    alert = _alert(settings, server.smtp_alert, usual=True)
    method = server.lvs_method or service.lb_kind
    port = at.port or service.head.port
    lines = [
        "   ------< Real server >------",
        f"   RIP = {at.address}, RPORT = {port}, WEIGHT = {server.weight}"
        f" EFF WEIGHT = {server.weight}",
        f"   forwarding method = {method_text(method)}",
        f"   Alpha is {_on(is_alpha(server, service))}",
        f"   connection timeout = {decimal(timeout_us)}",
        f"   connection limit range = {server.lthreshold} -> {server.uthreshold}",
        f"   Delay loop = {decimal(loop_us)}",
        *_lent(server, service),
        f"   Inhibit on failure is {_on(inhibits)}",
        *_told("     RS up notify script", server.notify_up, around),
        *_told("     RS down notify script", server.notify_down, around),
        *([f"    VirtualHost = '{server.virtualhost}'"] if server.virtualhost else []),
        *([f"   SNMP name = {server.snmp_name}"] if server.snmp_name else []),
        f"   Using smtp notification = {yes(alert)}",
        f"   initial weight = {server.weight}",
        f"   effective weight = {server.weight}",
        "   previous effective_weight = 0",
        f"   alive = {int(not asleep)}",
        f"   num failed checkers = {asleep}",
        f"   RS set = {int(_is_set(server, service))}",
        "   reloaded = 0",
    ]
    lines += ["   Tracked Files"] if files else []
    return lines + [
        f"     {each.track_file}, weight {weight(each.weight or Weight(1))}" for each in files
    ]


def is_alpha(server: RealServer, service: VirtualServer) -> bool:
    """Say whether a server counts as down until it passes."""
    return service.alpha if server.alpha is None else server.alpha


def starts_down(own: bool | None, server_alpha: bool) -> bool:
    """Say whether a check counts as failed until it passes."""
    return server_alpha if own is None else own


def _asleep(server: RealServer, service: VirtualServer) -> int:
    """Give how many checks keep a server from being used at first."""
    down = is_alpha(server, service)
    return sum(starts_down(each.alpha, down) for each in server.checks)


def _inhibits(server: RealServer, service: VirtualServer) -> bool:
    own = server.inhibit_on_failure
    return service.inhibit_on_failure if own is None else own


def _is_set(server: RealServer, service: VirtualServer) -> bool:
    return not _asleep(server, service) or _inhibits(server, service)


def _alert(settings: Globals, own: bool | None, usual: bool) -> bool:
    for each in (own, settings.smtp_alert_checker, settings.smtp_alert):
        if each is not None:
            return each
    return usual


def _on(value: bool | None) -> str:
    return "ON" if value else "OFF"


def method_text(method: str) -> str:
    """Write how packets are forwarded."""
    kind, *words = method.split()
    if kind != "TUN":
        return kind
    options = {word: words[at] for at, word in enumerate(words[:-1], 1)}
    tunnel = options.get("type", "ipip")
    text = f"TUN, type = {tunnel.upper()}"
    text += f", port = {options['port']}" if "port" in options else ""
    found = [shown for word, shown in _SUMS.items() if word in words]
    return text + (found[0] if found else ", no checksum" if tunnel != "ipip" else "")


def _name(service: VirtualServer) -> str:
    if service.head.group:
        return f"GROUP = [{service.head.group}]:{service.head.port}"
    if service.head.address is None:
        return f"FWMARK = {service.head.mark}"
    return f"VIP = {service.head.address}, VPORT = {service.head.port}"


def _version(service: VirtualServer) -> int:
    address = service.head.address or (service.servers and service.servers[0].at.address)
    if not address:
        return 6 if service.ip_family == "inet6" else 4
    return address.version


def end_text(at: SocketAddress, service: VirtualServer) -> str:
    """Write one end of a service as messages name it."""
    return f"[{at.address}]:{service.protocol.lower() or 'none'}:{at.port}"


def service_text(service: VirtualServer) -> str:
    """Write a service as messages name it."""
    head = service.head
    if head.group:
        return f"[{head.group}]:{head.port}"
    if head.address is None:
        return f"FWM {head.mark}"
    return end_text(SocketAddress(head.address, head.port), service)
