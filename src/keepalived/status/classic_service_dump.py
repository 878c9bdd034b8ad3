"""The part of `-d` about virtual servers, real servers and their checks.

Rule: as in `classic_dump`; the state shown is that of the first moment.
"""

from __future__ import annotations

from keepalived.core.checks.bfd import BfdCheck
from keepalived.core.checks.http import HttpGet, SslGet, Url
from keepalived.core.checks.kinds import Check
from keepalived.core.checks.misc import MiscCheck
from keepalived.core.checks.page import status_text
from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.core.lvs.lines import MaskValue
from keepalived.lang.net_values import SocketAddress
from keepalived.lang.words import block_of

_CONNECT_US = 5_000_000
_KINDS = {"TUN": "TUN, type = IPIP"}
_FLAGS = {
    "sh": ("sh-port", "sh-fallback"),
    "mh": ("mh-port", "mh-fallback"),
}


def asks_tls(service: VirtualServer) -> bool:
    """Say whether any of its checks goes through TLS."""
    return any(isinstance(check, SslGet) for server in service.servers for check in server.checks)


def service_lines(service: VirtualServer) -> list[str]:
    """Give the lines of a service and of its servers."""
    kind = _KINDS.get(service.lb_kind, service.lb_kind)
    weight = sum(server.weight for server in service.servers)
    quorum = "1, hysteresis = 0" if weight else f"0, hysteresis = {2**32 - 1}"
    flags = _FLAGS.get(service.lb_algo, ("flag-1", "flag-2", "flag-3"))
    lines = [" ------< Virtual server >------", f" VS {_name(service)}"]
    lines += [f"   VirtualHost = {service.virtualhost}"] if service.virtualhost else []
    lines += [
        f"   Address family = {'inet6' if _version(service) == 6 else 'inet'}",
        f"   connection timeout = {_decimal(_CONNECT_US)}",
        f"   delay_loop = {_decimal(service.delay_loop_us)}",
        f"   lvs_sched = {service.lb_algo}",
        "   Hashed = disabled",
        *(f"   {flag} = disabled" for flag in flags),
        "   One packet scheduling = disabled",
    ]
    if service.persistence_timeout_s is not None:
        lines.append(f"   persistence timeout = {service.persistence_timeout_s}")
    if service.persistence_granularity is not None:
        mask = service.persistence_granularity
        shown = str(mask) if _version(service) == 6 else MaskValue().write(mask)
        lines.append(f"   persistence granularity = {shown}")
    lines += [
        f"   protocol = {service.protocol or 'none'}",
        "   alpha is OFF",
        "   omega is OFF",
        "   Inhibit on failure is OFF",
        f"   quorum = {quorum}",
        "   Using smtp notification = no",
        f"   default forwarding method = {kind}",
    ]
    if service.sorry_server is not None:
        lines += [
            f"   sorry server = {_end(service.sorry_server, service)}",
            f"     forwarding method = {kind}",
            "     Inhibit on failure is OFF",
        ]
    lines += ["   alive = 1", f"   quorum_state_up = {1 if weight else 0}", "   reloaded = 0"]
    for server in service.servers:
        lines += _server(server, service, kind)
    return lines


def check_lines(service: VirtualServer) -> list[str]:
    """Give the lines of all checks of a service's servers."""
    lines: list[str] = []
    head = service.head
    name = f"FWM {head.mark}"
    if head.address is not None:
        name = _end(SocketAddress(head.address, head.port), service)
    for server in service.servers:
        for check in server.checks:
            lines.append(f" {name} -> {_end(server.at, service)}")
            lines += _check(check, server, service)
    return lines


def _server(server: RealServer, service: VirtualServer, kind: str) -> list[str]:
    at, weight = server.at, server.weight
    return [
        "   ------< Real server >------",
        f"   RIP = {at.address}, RPORT = {at.port}, WEIGHT = {weight} EFF WEIGHT = {weight}",
        f"   forwarding method = {kind}",
        "   Alpha is OFF",
        f"   connection timeout = {_decimal(_CONNECT_US)}",
        "   connection limit range = 0 -> 0",
        f"   Delay loop = {_decimal(service.delay_loop_us)}",
        "   Inhibit on failure is OFF",
        "   Using smtp notification = yes",
        f"   initial weight = {weight}",
        f"   effective weight = {weight}",
        "   previous effective_weight = 0",
        "   alive = 1",
        "   num failed checkers = 0",
        "   RS set = 1",
        "   reloaded = 0",
    ]


def _check(check: Check, server: RealServer, service: VirtualServer) -> list[str]:
    if isinstance(check, BfdCheck):
        return ["   Keepalive method = BFD_CHECK", f"   Name = {check.name}"]
    misc = isinstance(check, MiscCheck)
    default_delay_us = 3_000_000 if isinstance(check, HttpGet) else 1_000_000
    retry = check.retry if check.retry is not None else (0 if misc else 1)
    delay_us = check.delay_before_retry_us
    lines = [
        "   Enabled = yes",
        "   Up = yes",
        "   Has run = no",
        "   Current weight = 0",
        "   Alpha = no",
        f"   Delay loop = {service.delay_loop_us} us",
        f"   Warmup = {service.delay_loop_us} us",
        f"   Retries = {retry}",
    ]
    if retry:
        lines.append(f"   Delay before retry = {delay_us or default_delay_us} us")
        lines.append(f"   Retries iterations = {retry}")
    lines.append(f"   Default delay before retry = {default_delay_us} us")
    lines.append("   Log all failures = no")
    if isinstance(check, MiscCheck):
        return lines + _misc(check)
    port = check.connect_port or server.at.port
    timeout_us = check.connect_timeout_us or _CONNECT_US
    lines += [
        "   Connection",
        f"     Dest = [{server.at.address}]:{port}",
        f"     Timeout = {_decimal(timeout_us)}",
    ]
    if not isinstance(check, HttpGet):
        return [*lines, f"   Keepalive method = {block_of(type(check)).name}"]
    name = "SSL_GET" if isinstance(check, SslGet) else "HTTP_GET"
    lines.append(f"   Keepalive method = {name}, http protocol 1.0")
    lines += [f"   Virtualhost = {check.virtualhost}"] if check.virtualhost else []
    lines += ["   Enable SNI unset", "   Fast recovery unset"]
    for url in check.urls:
        lines += _url(url)
    return lines


def _url(url: Url) -> list[str]:
    return [
        f"   Checked url = {url.path}",
        *([f"     digest = {url.digest}"] if url.digest else []),
        "     HTTP Status Code(s)",
        *(f"       {status_text((each,))}" for each in url.status_code or ((200, 299),)),
        *([f"     Virtual host = {url.virtualhost}"] if url.virtualhost else []),
    ]


def _misc(check: MiscCheck) -> list[str]:
    argv = " ".join(f"'{each}'" for each in check.misc_path.argv) if check.misc_path else ""
    return [
        "   Keepalive method = MISC_CHECK",
        f"   script = {argv}",
        f"   timeout = {(check.misc_timeout_us or 0) // 1_000_000}",
        "   dynamic = NO",
        "   uid:gid = 0:0",
        "   Last ran = 0.000000 (Thu Jan  1 00:00:00 1970.000000)",
        "   Last status = 0",
    ]


def _name(service: VirtualServer) -> str:
    if service.head.address is None:
        return f"FWMARK = {service.head.mark}"
    return f"VIP = {service.head.address}, VPORT = {service.head.port}"


def _version(service: VirtualServer) -> int:
    address = service.head.address or (service.servers and service.servers[0].at.address)
    return address.version if address else 4


def _end(at: SocketAddress, service: VirtualServer) -> str:
    return f"[{at.address}]:{service.protocol.lower() or 'none'}:{at.port}"


def _decimal(value_us: int) -> str:
    return f"{value_us // 1_000_000}.{value_us % 1_000_000:06d}"
