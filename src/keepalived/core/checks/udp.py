"""UDP_CHECK: a server is fit when a datagram to it is not refused. Its words alone, so far.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.core.checks.terms import CheckWords
from keepalived.lang.option_values import HexBytes, Optional
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Int
from keepalived.lang.words import block, keyword, where

LENGTH = Int(0, 65535)


@block("UDP_CHECK", doc="The server is fit when a datagram to it is not refused.")
class UdpCheck(CheckWords):
    """The words of UDP_CHECK."""

    payload: str = keyword(
        "payload", HexBytes(), default="", awaits="lvs", doc="What is sent; by default chance."
    )
    require_reply: str | None = keyword(
        "require_reply",
        Optional(HexBytes(wild=True), ""),
        default=None,
        awaits="lvs",
        doc="There must be a reply, and one that begins like this.",
    )
    min_reply_length: int = keyword(
        "min_reply_length", LENGTH, default=0, awaits="lvs", doc="How long it is at least."
    )
    max_reply_length: int = keyword(
        "max_reply_length", LENGTH, default=255, awaits="lvs", doc="How long it is at most."
    )
    place: Place = where(default=NOWHERE)
