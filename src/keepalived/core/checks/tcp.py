"""TCP_CHECK: a server is fit when it takes a connection.

Rule: the words, the conversation and the log lines of this kind stand here and nowhere else.
"""

from __future__ import annotations

from keepalived.core.checks.checker import Conversation, Finding, Names, Probe, because
from keepalived.core.checks.terms import CheckWords, Lender, Terms, network_terms
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.words import block, where
from keepalived.port.talk import LISTEN, Transport, Turn, Verdict
from keepalived.wire.addresses import Address

_CONNECTED = Verdict(True, "connected")
PASSED, FAILED = Finding.PASSED, Finding.FAILED


@block("TCP_CHECK", doc="The server is fit when it takes a TCP connection.")
class TcpCheck(CheckWords):
    """The words of TCP_CHECK: the shared ones."""

    place: Place = where(default=NOWHERE)

    def terms(self, address: Address, port: int, lender: Lender) -> Terms:
        """Settle what this check runs on."""
        return network_terms(self, address, port, lender, retry_delay_us=1_000_000)

    def checker(self, terms: Terms) -> TcpChecker:
        """Make the check at work."""
        return TcpChecker(terms)


class Connects:
    """The talk: a connection that stands is all that is asked for. It has no state."""

    def opened(self) -> Turn:
        """Be content."""
        return _CONNECTED

    def heard(self, data: bytes) -> Turn:
        """Nothing is expected; nothing is objected to."""
        return LISTEN

    def hung_up(self) -> Verdict:
        """A connection that ends has stood."""
        return _CONNECTED


_CONNECTS = Connects()


class TcpChecker:
    """TCP_CHECK at work: the same question every time."""

    __slots__ = ("_probe",)
    title = "TCP_CHECK"

    def __init__(self, terms: Terms) -> None:
        timeout_us = terms.timeout_us
        self._probe = Conversation(terms.target(Transport.TCP, timeout_us), _CONNECTS)

    def probe(self) -> Probe:
        """Ask for a connection."""
        return self._probe

    def judge(self, verdict: Verdict, up: bool) -> Finding:
        """Take the verdict as it is."""
        return PASSED if verdict.good else FAILED

    def good_line(self, names: Names) -> str:
        """Write upstream's line."""
        return f"TCP connection to {names.server} success."

    def part_line(self, names: Names) -> str:
        """There are no parts."""
        return ""

    def bad_line(self, names: Names, verdict: Verdict, tries: int, retry: int) -> str:
        """Write upstream's line; the number is left out where nothing was tried again."""
        after = f" after {tries} retries" if tries else ""
        return f"TCP_CHECK on service {names.server} failed{after}.{because(verdict)}"

    def mail_cause(self, verdict: Verdict) -> str:
        """Write upstream's words."""
        return f"TCP CHECK {'succeed' if verdict.good else 'failed'} on service"
