"""PING_CHECK: a server is fit when it answers an echo request.

Rule: what comes back is what was sent, and nothing else counts.
"""

from __future__ import annotations

from keepalived.core.checks.checker import Conversation, Finding, Names, Probe, because
from keepalived.core.checks.terms import CheckWords, Lender, Terms, network_terms
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.words import block, where
from keepalived.port.talk import LISTEN, Say, Transport, Turn, Verdict
from keepalived.wire.addresses import Address

PAYLOAD = b"pykeepalived asks who is there.\n"


@block("PING_CHECK", doc="The server is fit when it answers an echo request.")
class PingCheck(CheckWords):
    """The words of PING_CHECK: the shared ones."""

    place: Place = where(default=NOWHERE)

    def terms(self, address: Address, port: int, lender: Lender) -> Terms:
        """Settle what this check runs on."""
        return network_terms(self, address, port, lender, retry_delay_us=1_000_000)

    def checker(self, terms: Terms) -> PingChecker:
        """Make the check at work."""
        return PingChecker(terms)


class Echoes:
    """The talk: one request and its reply. It has no state."""

    def opened(self) -> Turn:
        """Send the request."""
        return Say(PAYLOAD)

    def heard(self, data: bytes) -> Turn:
        """Be content with what was sent."""
        return Verdict(True, "a reply") if data == PAYLOAD else LISTEN

    def hung_up(self) -> Verdict:
        """Nobody can."""
        return Verdict(False, "no reply")


_ECHOES = Echoes()


class PingChecker:
    """PING_CHECK at work: the same question every time."""

    __slots__ = ("_probe",)
    title = "PING_CHECK"

    def __init__(self, terms: Terms) -> None:
        target = terms.target(Transport.ICMP, terms.timeout_us)
        self._probe = Conversation(target, _ECHOES)

    def probe(self) -> Probe:
        """Send a request."""
        return self._probe

    def judge(self, verdict: Verdict, up: bool) -> Finding:
        """Take the verdict as it is."""
        return Finding.PASSED if verdict.good else Finding.FAILED

    def good_line(self, names: Names) -> str:
        """Write upstream's line."""
        return f"ICMP connection to {names.server} success."

    def part_line(self, names: Names) -> str:
        """There are no parts."""
        return ""

    def bad_line(self, names: Names, verdict: Verdict, tries: int, retry: int) -> str:
        """Write upstream's line, which names the service where something was tried again."""
        after = f" of {names.service} failed after {tries} retries" if tries else " failed"
        return f"ICMP CHECK on service {names.server}{after}.{because(verdict)}"

    def mail_cause(self, verdict: Verdict) -> str:
        """Write what the other checks write."""
        return f"ICMP CHECK {'succeed' if verdict.good else 'failed'} on service"
