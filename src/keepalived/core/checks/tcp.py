"""TCP_CHECK: a server is fit when it takes a connection."""

from __future__ import annotations

from keepalived.core.checks.terms import CheckWords
from keepalived.lang.place import Place
from keepalived.lang.words import block, where


@block("TCP_CHECK", doc="The server is fit when it takes a TCP connection.")
class TcpCheck(CheckWords):
    """The words of TCP_CHECK: the shared ones."""

    place: Place = where()
