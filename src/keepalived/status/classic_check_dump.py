"""The sections of `-d` about the checks of servers, and about files that weights follow.

Rule: as in `classic_dump`; the state shown is that of the first moment.
"""

from __future__ import annotations

from collections.abc import Iterator

from keepalived.config.root import Config
from keepalived.core.checks.bfd import BfdCheck
from keepalived.core.checks.dns import DnsCheck
from keepalived.core.checks.file import FileCheck
from keepalived.core.checks.http import HttpGet, SslGet, Url
from keepalived.core.checks.misc import MiscCheck
from keepalived.core.checks.page import status_text
from keepalived.core.checks.smtp import HELO_NAME, SmtpCheck, host_checks
from keepalived.core.checks.terms import CheckWords
from keepalived.core.checks.udp import UdpCheck
from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.lang.option_values import Weight
from keepalived.lang.words import block_of
from keepalived.status.classic_pieces import Surroundings, arguments, decimal, weight, yes
from keepalived.status.classic_service_dump import (
    CONNECT_US,
    end_text,
    is_alpha,
    service_text,
    starts_down,
)

Check = CheckWords | MiscCheck
_EVERY_STATUS = ((200, 299),)


def check_lines(config: Config, around: Surroundings) -> list[str]:
    """Give the lines of all checks; those that follow a file or a session come last."""
    lines: list[str] = []
    for service in config.services:
        for server, check in _asking(service):
            name = f" {service_text(service)} -> {end_text(server.at, service)}"
            lines += [name, *_check(check, server, service, around)]
    for service, server, follower in _following(config):
        lines.append(f" {service_text(service)} -> {end_text(server.at, service)}")
        lines += _follower(follower)
    return ["------< Health checkers >------", *lines] if lines else []


def file_lines(config: Config) -> list[str]:
    """Give the section of the files that weights follow; nothing where none is followed."""
    lines: list[str] = []
    for thing in config.track_files:
        found = [
            f"     {service_text(service)} -> {end_text(server.at, service)},"
            f" weight {weight(check.weight or Weight(1))}"
            for service, server, check in _following(config)
            if isinstance(check, FileCheck) and check.track_file == thing.name
        ]
        if found:
            status = thing.init_file.number if thing.init_file is not None else 0
            lines += [
                f" Track file = {thing.name}",
                f"   File = {thing.file}",
                f"   Status = {status}",
                f"   Weight = {weight(thing.weight)}",
                "   Tracking instances :",
                *found,
            ]
    return ["------< Checker track files >------", *lines] if lines else []


def _asking(service: VirtualServer) -> Iterator[tuple[RealServer, Check]]:
    """Give the checks that ask something, in the order of the file."""
    for server in service.servers:
        for check in server.checks:
            if isinstance(check, SmtpCheck) and check.hosts:
                yield from ((server, each) for each in host_checks(check))
            elif not isinstance(check, FileCheck | BfdCheck):
                yield server, check


def _term(check: Check, server: RealServer, service: VirtualServer, field: str) -> int | None:
    """Give a term of a check: its own, else its server's, else its service's."""
    owners = (check, server, service)
    found = (getattr(each, field, None) for each in owners)
    return next((each for each in found if each is not None), None)


def _following(
    config: Config,
) -> Iterator[tuple[VirtualServer, RealServer, FileCheck | BfdCheck]]:
    for service in config.services:
        for server in service.servers:
            for check in server.checks:
                if isinstance(check, FileCheck | BfdCheck):
                    yield service, server, check


def _check(
    check: Check,
    server: RealServer,
    service: VirtualServer,
    around: Surroundings,
) -> list[str]:
    usual_us = _usual_delay_us(check)
    retry = _term(check, server, service, "retry")
    retry = _usual_retry(check) if retry is None else retry
    delay_us = _term(check, server, service, "delay_before_retry_us")
    down = starts_down(check.alpha, is_alpha(server, service))
    loop_us = check.delay_loop_us or server.delay_loop_us or service.delay_loop_us
    warmup_us = _term(check, server, service, "warmup_us")
    warmup_us = loop_us if warmup_us is None else warmup_us
    lines = [
        "   Enabled = yes",
        f"   Up = {yes(not down)}",
        "   Has run = no",
        "   Current weight = 0",
        f"   Alpha = {yes(down)}",
        f"   Delay loop = {loop_us} us",
        f"   Warmup = {warmup_us} us",
        f"   Retries = {retry}",
    ]
    if retry:
        lines.append(f"   Delay before retry = {usual_us if delay_us is None else delay_us} us")
        lines.append(f"   Retries iterations = {retry}")
    lines.append(f"   Default delay before retry = {usual_us} us")
    lines.append(f"   Log all failures = {yes(check.log_all_failures)}")
    if isinstance(check, MiscCheck):
        return lines + _misc(check, around)
    return lines + _connection(check, server, service) + _kind(check)


def _usual_delay_us(check: Check) -> int:
    if isinstance(check, DnsCheck):
        return 0
    return 3_000_000 if isinstance(check, HttpGet) else 1_000_000


def _usual_retry(check: Check) -> int:
    if isinstance(check, DnsCheck):
        return 3
    return 0 if isinstance(check, MiscCheck) else 1


def _connection(words: CheckWords, server: RealServer, service: VirtualServer) -> list[str]:
    address = words.connect_ip or server.at.address
    port = words.connect_port or server.at.port
    timeout_us = _term(words, server, service, "connect_timeout_us")
    lines = ["   Connection", f"     Dest = [{address}]:{port}"]
    if words.bindto is not None:
        lines.append(f"     Bind to = [{words.bindto}]:{words.bind_port or 0}")
    lines += [f"     Bind i/f = {words.bind_if}"] if words.bind_if else []
    lines += [f"     Mark = {words.fwmark}"] if words.fwmark else []
    return [*lines, f"     Timeout = {decimal(timeout_us or CONNECT_US)}"]


def _kind(check: CheckWords) -> list[str]:
    name = block_of(type(check)).name
    if isinstance(check, HttpGet):
        return _http(check)
    lines = [f"   Keepalive method = {name}"]
    if isinstance(check, SmtpCheck):
        lines.append(f"   helo = {check.helo_name or HELO_NAME}")
    if isinstance(check, DnsCheck):
        lines += [f"   Type = {check.type}", f"   Name = {check.name}"]
    return lines + _udp(check) if isinstance(check, UdpCheck) else lines


def _http(check: HttpGet) -> list[str]:
    name = "SSL_GET" if isinstance(check, SslGet) else "HTTP_GET"
    lines = [f"   Keepalive method = {name}, http protocol {check.http_protocol.upper()}"]
    lines += [f"   Virtualhost = {check.virtualhost}"] if check.virtualhost else []
    lines.append(f"   Enable SNI {'set' if check.enable_sni else 'unset'}")
    lines.append(f"   Fast recovery {'set' if check.fast_recovery else 'unset'}")
    for url in check.urls:
        lines += _url(url)
    return lines


def _url(url: Url) -> list[str]:
    lines = [
        f"   Checked url = {url.path}",
        *([f"     digest = {url.digest}"] if url.digest else []),
        "     HTTP Status Code(s)",
        *(f"       {status_text((each,))}" for each in url.status_code or _EVERY_STATUS),
        *([f"     Virtual host = {url.virtualhost}"] if url.virtualhost else []),
    ]
    if not url.regex:
        return lines
    least, most = url.regex_min_offset, url.regex_max_offset
    lines += [f'     Regex = "{url.regex}"']
    lines += ["     Regex no match"] if url.regex_no_match else []
    if least or most:
        lines.append(f"     Regex min offset = {least}, max_offset = {most}")
    if url.regex_options:
        lines.append(f"     Regex options: {' '.join(url.regex_options)}")
    lines.append("     Regex ref count = 1")
    if url.regex_stack:
        start, limit = (*url.regex_stack, url.regex_stack[0])[:2]
        lines.append(f"     Regex stack start {start}, max {limit}")
    return lines


def _udp(check: UdpCheck) -> list[str]:
    lines = ["   Payload specified = no"]
    if check.payload:
        lines = [f"   Payload len = {len(check.payload) // 2}"]
    lines.append(f"   Require reply = {yes(check.require_reply is not None)}")
    if check.require_reply is not None:
        lines += [
            f"     Min reply length = {check.min_reply_length}",
            f"     Max reply length = {check.max_reply_length}",
            f"     Reply data len = {len(check.require_reply) // 2}",
            *(["     Reply data mask = yes"] if check.require_reply else []),
        ]
    return lines


def _misc(check: MiscCheck, around: Surroundings) -> list[str]:
    argv = (arguments(check.misc_path, around) or "") if check.misc_path else ""
    owner = around.owner
    if check.user is not None:
        owner = around.ids(check.user.user, check.user.group.lstrip(":"))
    return [
        "   Keepalive method = MISC_CHECK",
        f"   script = {argv}",
        f"   timeout = {(check.misc_timeout_us or 0) // 1_000_000}",
        f"   dynamic = {'YES' if check.misc_dynamic else 'NO'}",
        f"   uid:gid = {owner}",
        "   Last ran = 0.000000 (Thu Jan  1 00:00:00 1970.000000)",
        "   Last status = 0",
    ]


def _follower(check: FileCheck | BfdCheck) -> list[str]:
    lines = ["   Enabled = yes", "   Up = yes", "   Has run = yes", "   Current weight = 0"]
    lines.append("   Log all failures = no")
    if isinstance(check, BfdCheck):
        return [
            *lines,
            "   Keepalive method = BFD_CHECK",
            f"     Alpha is {'ON' if check.alpha else 'OFF'}",
            f"     BFD instance = {check.name}",
        ]
    return [
        *lines,
        "   Keepalive method = FILE_CHECK",
        f"     Tracked file = {check.track_file}",
        "     Reloaded = No",
    ]
