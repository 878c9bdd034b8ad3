"""UDP_CHECK: a server is fit when a datagram to it is not refused, or is answered as expected.

Rule: without require_reply silence is good; an answer ends the wait at once.
"""

from __future__ import annotations

from keepalived.core.checks.checker import Conversation, Finding, Names, Probe, because
from keepalived.core.checks.terms import CheckWords, Lender, Terms, network_terms
from keepalived.lang.option_values import HexBytes, Optional
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Int
from keepalived.lang.words import block, keyword, where
from keepalived.port.talk import Say, Transport, Turn, Verdict
from keepalived.records import dataclass
from keepalived.wire.addresses import Address

LONGEST = 65_535
LENGTH = Int(0, LONGEST)
USUAL_MOST = 255
USUAL_PAYLOAD = b"pykeepalived asks who is there.\n"


@block("UDP_CHECK", doc="The server is fit when a datagram to it is not refused.")
class UdpCheck(CheckWords):
    """The words of UDP_CHECK."""

    payload: str = keyword(
        "payload", HexBytes(), default="", doc="What is sent; by default a text of ours."
    )
    require_reply: str | None = keyword(
        "require_reply",
        Optional(HexBytes(wild=True), ""),
        default=None,
        doc="There must be a reply, and one that begins like this.",
    )
    min_reply_length: int = keyword(
        "min_reply_length", LENGTH, default=0, doc="How long it is at least."
    )
    max_reply_length: int = keyword(
        "max_reply_length", LENGTH, default=USUAL_MOST, doc="How long it is at most."
    )
    place: Place = where(default=NOWHERE)

    def terms(self, address: Address, port: int, lender: Lender) -> Terms:
        """Settle what this check runs on."""
        return network_terms(self, address, port, lender, retry_delay_us=1_000_000)

    def checker(self, terms: Terms) -> UdpChecker:
        """Make the check at work."""
        return UdpChecker(self, terms)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a reply is held against, as far as both reach: its bits where the mask has one."""

    bits: bytes
    mask: bytes

    def fits(self, data: bytes) -> bool:
        """Say whether a reply is like this."""
        triples = zip(self.bits, self.mask, data, strict=False)
        return all(byte & mask == bits for bits, mask, byte in triples)


def pattern_of(digits: str) -> Pattern:
    """Read hex digits, of which x is any."""
    mask = "".join("0" if each == "x" else "f" for each in digits)
    return Pattern(bytes.fromhex(digits.replace("x", "0")), bytes.fromhex(mask))


class Datagram:
    """The talk: one datagram, and what may come back. It has no state."""

    __slots__ = ("_least", "_most", "_pattern", "_payload")

    def __init__(self, check: UdpCheck) -> None:
        self._payload = bytes.fromhex(check.payload) or USUAL_PAYLOAD
        self._pattern: Pattern | None = None
        self._least, self._most = 0, LONGEST
        if check.require_reply is None:
            return
        self._least = check.min_reply_length
        self._pattern = pattern_of(check.require_reply)
        # Upstream looks at the length where there is a pattern alone: nobody shall fall over a
        # bound that he did not write.
        if check.require_reply or check.max_reply_length != USUAL_MOST:
            self._most = check.max_reply_length

    def opened(self) -> Turn:
        """Send it."""
        return Say(self._payload)

    def heard(self, data: bytes) -> Turn:
        """Judge the reply."""
        if self._pattern is None:
            return Verdict(True, "a reply")
        if not self._least <= len(data) <= self._most:
            bounds = f"{self._least} to {self._most}"
            return Verdict(False, f"a reply of {len(data)} bytes instead of {bounds}")
        if not self._pattern.fits(data):
            return Verdict(False, "a reply that is not as require_reply says")
        return Verdict(True, "the reply is as wanted")

    def hung_up(self) -> Verdict:
        """Nobody can."""
        return Verdict(False, "no reply")


class UdpChecker:
    """UDP_CHECK at work: the same datagram every time."""

    __slots__ = ("_probe",)
    title = "UDP_CHECK"

    def __init__(self, check: UdpCheck, terms: Terms) -> None:
        silence = None
        if check.require_reply is None:
            silence = Verdict(True, "not refused")
        target = terms.target(Transport.UDP, terms.timeout_us, silence)
        self._probe = Conversation(target, Datagram(check))

    def probe(self) -> Probe:
        """Send the datagram."""
        return self._probe

    def judge(self, verdict: Verdict, up: bool) -> Finding:
        """Take the verdict as it is."""
        return Finding.PASSED if verdict.good else Finding.FAILED

    def good_line(self, names: Names) -> str:
        """Write upstream's line."""
        return f"UDP connection to {names.server} success."

    def part_line(self, names: Names) -> str:
        """There are no parts."""
        return ""

    def bad_line(self, names: Names, verdict: Verdict, tries: int, retry: int) -> str:
        """Write upstream's line; the number is left out where nothing was tried again."""
        after = f" after {tries} retries" if tries else ""
        return f"UDP_CHECK on service {names.server} failed{after}.{because(verdict)}"

    def mail_cause(self, verdict: Verdict) -> str:
        """Write what the other checks write."""
        return f"UDP CHECK {'succeed' if verdict.good else 'failed'} on service"
