"""The one list of checkers.

Rule: a new one is a file beside this and a line in here; nothing else names it.
"""

from __future__ import annotations

from keepalived.core.checks.bfd import BfdCheck
from keepalived.core.checks.dns import DnsCheck
from keepalived.core.checks.file import FileCheck
from keepalived.core.checks.http import HttpGet, SslGet
from keepalived.core.checks.misc import MiscCheck
from keepalived.core.checks.ping import PingCheck
from keepalived.core.checks.smtp import SmtpCheck
from keepalived.core.checks.tcp import TcpCheck
from keepalived.core.checks.udp import UdpCheck

KINDS = (
    *(TcpCheck, HttpGet, SslGet, MiscCheck, BfdCheck),
    *(UdpCheck, SmtpCheck, DnsCheck, PingCheck, FileCheck),
)
Check = (
    TcpCheck
    | HttpGet
    | SslGet
    | MiscCheck
    | BfdCheck
    | UdpCheck
    | SmtpCheck
    | DnsCheck
    | PingCheck
    | FileCheck
)
