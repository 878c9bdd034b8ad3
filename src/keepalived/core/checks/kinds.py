"""The one list of checkers.

Rule: a new one is a file beside this and a line in here; nothing else names it.
"""

from __future__ import annotations

from keepalived.core.checks.http import HttpGet, SslGet
from keepalived.core.checks.misc import MiscCheck
from keepalived.core.checks.tcp import TcpCheck

KINDS = (TcpCheck, HttpGet, SslGet, MiscCheck)
Check = TcpCheck | HttpGet | SslGet | MiscCheck
