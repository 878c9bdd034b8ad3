"""DNS_CHECK: a server is fit when it answers a question of the DNS without an error.

Rule: whatever is no reply to our question is not heard; the time goes on.
"""

from __future__ import annotations

from keepalived.core.checks.checker import Conversation, Finding, Names, Probe
from keepalived.core.checks.terms import CheckWords, Lender, Terms, network_terms
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Choice, Text
from keepalived.lang.words import block, keyword, where
from keepalived.port.talk import LISTEN, Say, Transport, Turn, Verdict
from keepalived.wire.addresses import Address
from keepalived.wire.cursor import Malformed
from keepalived.wire.dns import RCODES, TYPES, decode_reply, encode_name, encode_question

STEP = 40_503
"""Odd, so that as many questions as there are numbers each have their own."""


@block("DNS_CHECK", doc="The server is fit when it answers a question of the DNS.")
class DnsCheck(CheckWords):
    """The words of DNS_CHECK."""

    type: str = keyword("type", Choice(*TYPES, fold=True), default="SOA", doc="What is asked for.")
    name: str = keyword("name", Text("DOMAIN"), default=".", doc="The name that it is asked of.")
    place: Place = where(default=NOWHERE)

    def terms(self, address: Address, port: int, lender: Lender) -> Terms:
        """Settle what this check runs on: three more tries, each after the delay_loop."""
        return network_terms(self, address, port, lender, retry=3)

    def checker(self, terms: Terms) -> DnsChecker:
        """Make the check at work."""
        return DnsChecker(self, terms)


class Question:
    """The talk: one question, and the reply of its number."""

    __slots__ = ("_identifier", "_kind", "_name", "rcode")

    def __init__(self, identifier: int, name: bytes | Malformed, kind: str) -> None:
        self._identifier = identifier
        self._name = name
        self._kind = kind
        self.rcode = 0
        """The error that the server gave."""

    def opened(self) -> Turn:
        """Ask."""
        if isinstance(self._name, Malformed):
            return Verdict(False, self._name.why)
        return Say(encode_question(self._identifier, self._name, self._kind))

    def heard(self, data: bytes) -> Turn:
        """Judge the reply to our question."""
        reply = decode_reply(data)
        if isinstance(reply, Malformed) or reply.identifier != self._identifier:
            return LISTEN
        self.rcode = reply.rcode
        if reply.rcode:
            known = RCODES.get(reply.rcode)
            told = f"rcode = {reply.rcode}{f', {known}' if known else ''}"
            return Verdict(False, told, reply.rcode)
        return Verdict(True, "answered")

    def hung_up(self) -> Verdict:
        """Nobody can."""
        return Verdict(False, "no reply")


class DnsChecker:
    """DNS_CHECK at work: the same question under another number each time."""

    __slots__ = ("_identifier", "_kind", "_name", "_talk", "_target")
    title = "DNS_CHECK"

    def __init__(self, check: DnsCheck, terms: Terms) -> None:
        self._target = terms.target(Transport.UDP, terms.timeout_us)
        self._name = encode_name(check.name)
        self._kind = check.type
        self._identifier = int.from_bytes(terms.address.packed[-2:], "big")
        self._talk = self._question()

    def _question(self) -> Question:
        return Question(self._identifier, self._name, self._kind)

    def probe(self) -> Probe:
        """Ask under the next number."""
        self._identifier = (self._identifier + STEP) & 0xFFFF
        self._talk = self._question()
        return Conversation(self._target, self._talk)

    def judge(self, verdict: Verdict, up: bool) -> Finding:
        """Take the verdict as it is."""
        return Finding.PASSED if verdict.good else Finding.FAILED

    def good_line(self, names: Names) -> str:
        """Say nothing, as upstream."""
        return ""

    def part_line(self, names: Names) -> str:
        """There are no parts."""
        return ""

    def bad_line(self, names: Names, verdict: Verdict, tries: int, retry: int) -> str:
        """Write upstream's line about the way in which it failed."""
        if self._talk.rcode:
            what = f"read error occurred. ({verdict.because})"
        elif verdict.status:
            why = verdict.because.capitalize()
            what = f"failed to read socket; errno {verdict.status} ({why})"
        elif verdict.because.startswith("timed out"):
            what = "read timeout from socket"
        else:
            what = f"cannot ask. ({verdict.because})"
        return f"DNS_CHECK ({names.server}) {what}{f' after {tries} retries' if tries else ''}"

    def mail_cause(self, verdict: Verdict) -> str:
        """Write what the other checks write."""
        return f"DNS CHECK {'succeed' if verdict.good else 'failed'} on service"
