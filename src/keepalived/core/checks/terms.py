"""The words that every network check shares, and the terms that a check finally runs on.

Rule: words are optional and as written; terms are complete, after server and service lent theirs.
"""

from __future__ import annotations

from keepalived.annotations import Protocol
from keepalived.lang.net_values import AddressValue
from keepalived.lang.option_values import LONGEST_US
from keepalived.lang.values import Int, Seconds, Switch, Text
from keepalived.lang.words import block, keyword, rows
from keepalived.port.talk import Target, Transport, Verdict
from keepalived.records import dataclass
from keepalived.wire.addresses import Address

DAY_US = 86_400_000_000


@rows
class PaceWords:
    """How often a check asks, and what one failure means: the words of every kind."""

    retry: int | None = keyword(
        "retry",
        Int(0, 2**31 - 1),
        default=None,
        doc="How many more tries there are before the server is down.",
    )
    delay_before_retry_us: int | None = keyword(
        "delay_before_retry", Seconds(0, DAY_US), default=None, doc="Time before such a try."
    )
    warmup_us: int | None = keyword(
        "warmup", Seconds(0, DAY_US), default=None, doc="The first check comes within this time."
    )
    delay_loop_us: int | None = keyword(
        "delay_loop", Seconds(1, DAY_US), default=None, doc="Time between checks."
    )
    alpha: bool | None = keyword(
        "alpha", Switch(), default=None, doc="The check has failed until it passes."
    )
    log_all_failures: bool | None = keyword(
        "log_all_failures",
        Switch(),
        default=None,
        awaits="lvs",
        doc="Log a failure that is tried again, too.",
    )


@block("check", doc="What all checks over the network share.")
class CheckWords(PaceWords):
    """The optional words; every network checker's block is one of these."""

    connect_ip: Address | None = keyword(
        "connect_ip", AddressValue(), default=None, doc="Ask this address, not the server's own."
    )
    bindto: Address | None = keyword(
        "bindto", AddressValue(), default=None, doc="The address to ask from."
    )
    bind_port: int | None = keyword(
        "bind_port", Int(1, 65535), default=None, doc="The port to ask from."
    )
    bind_if: str = keyword(
        "bind_if",
        Text("INTERFACE", most=15),
        default="",
        doc="The link to ask through.",
    )
    fwmark: int | None = keyword(
        "fwmark",
        Int(0, 2**32 - 1),
        default=None,
        doc="The firewall mark of what asks.",
    )
    connect_port: int | None = keyword(
        "connect_port", Int(1, 65535), default=None, doc="Ask this port, not the server's own."
    )
    connect_timeout_us: int | None = keyword(
        "connect_timeout",
        Seconds(1, LONGEST_US),
        default=None,
        doc="Time for connecting, and again for each wait for an answer.",
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
    source: Address | None = None
    source_port: int = 0
    link: str = ""
    mark: int = 0

    def target(self, transport: Transport, total_us: int, silence: Verdict | None = None) -> Target:
        """Say where a talk on these terms goes; `total_us` is its limit as a whole."""
        return Target(
            *(transport, self.address, self.port, self.timeout_us, total_us),
            source=self.source,
            source_port=self.source_port,
            link=self.link,
            mark=self.mark,
            silence=silence,
        )


class Lender(Protocol):
    """What a check borrows from its service."""

    @property
    def delay_loop_us(self) -> int:
        """Time between checks."""

    @property
    def virtualhost(self) -> str:
        """The Host header where no url and no check has one."""


def network_terms(
    words: CheckWords,
    address: Address,
    port: int,
    lender: Lender,
    retry_delay_us: int | None = None,
    retry: int = 1,
) -> Terms:
    """Settle a network check: its own words first, then the service's, then the kind's.

    A kind without a delay of its own tries again after the delay_loop.
    """
    loop_us = words.delay_loop_us or lender.delay_loop_us
    usual_us = loop_us if retry_delay_us is None else retry_delay_us
    own_delay_us = words.delay_before_retry_us
    return Terms(
        address=words.connect_ip or address,
        port=words.connect_port or port,
        timeout_us=words.connect_timeout_us or 5_000_000,
        retry=retry if words.retry is None else words.retry,
        retry_delay_us=usual_us if own_delay_us is None else own_delay_us,
        loop_us=loop_us,
        warmup_us=loop_us if words.warmup_us is None else words.warmup_us,
        virtualhost=lender.virtualhost,
        source=words.bindto,
        source_port=words.bind_port or 0,
        link=words.bind_if,
        mark=words.fwmark or 0,
    )
