"""The words that every network check shares, and the terms that a check finally runs on.

Rule: words are optional and as written; terms are complete, after server and service lent theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

from keepalived.lang.values import Int, Seconds
from keepalived.lang.words import block, keyword
from keepalived.wire.addresses import Address

DAY_US = 86_400_000_000


@block("check", doc="What all checks over the network share.")
class CheckWords:
    """The optional words; every network checker's block is one of these."""

    connect_port: int | None = keyword(
        "connect_port", Int(1, 65535), default=None, doc="Ask this port, not the server's own."
    )
    connect_timeout_us: int | None = keyword(
        "connect_timeout",
        Seconds(1, DAY_US),
        default=None,
        doc="Time for connecting, and again for each wait for an answer.",
    )
    retry: int | None = keyword(
        "retry",
        Int(0, 2**31 - 1),
        default=None,
        aliases=("nb_get_retry",),
        doc="How many more tries there are before the server is down.",
    )
    delay_before_retry_us: int | None = keyword(
        "delay_before_retry", Seconds(1, DAY_US), default=None, doc="Time before such a try."
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """What one check runs on: complete, nothing left to inherit."""

    address: Address
    port: int
    timeout_us: int
    retry: int
    retry_delay_us: int
    loop_us: int
    warmup_us: int
    """The bound of the random delay of the first check."""
    virtualhost: str = ""
