"""SMTP_CHECK: a server is fit when it greets as a mail server does.

Rule: greeting, HELO and QUIT, each waited for; a reply may have several lines (RFC 5321, 4.2.1).
"""

from __future__ import annotations

from collections.abc import Iterable

from keepalived.core.checks.checker import Conversation, Finding, Names, Probe, because
from keepalived.core.checks.terms import CheckWords, Lender, Terms, network_terms
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Text
from keepalived.lang.words import block, keyword, many, where
from keepalived.port.talk import LISTEN, Say, Transport, Turn, Verdict
from keepalived.records import replace
from keepalived.wire.addresses import Address

HELO_NAME = "smtpchecker.keepalived.org"
REPLY_MOST = 16_384
"""A reply longer than this is none."""


@block("host", doc="One more place to ask; an old block, today it is a check of its own.")
class SmtpHost(CheckWords):
    """Where to ask, if not at the server."""

    place: Place = where(default=NOWHERE)


@block("SMTP_CHECK", doc="The server is fit when it greets as a mail server does.")
class SmtpCheck(CheckWords):
    """The words of SMTP_CHECK."""

    helo_name: str = keyword("helo_name", Text("NAME"), default="", doc="How we greet.")
    hosts: tuple[SmtpHost, ...] = many(SmtpHost, doc="Places to ask, each with its own check.")
    place: Place = where(default=NOWHERE)

    def terms(self, address: Address, port: int, lender: Lender) -> Terms:
        """Settle what this check runs on."""
        return network_terms(self, address, port, lender, retry_delay_us=1_000_000)

    def checker(self, terms: Terms) -> SmtpChecker:
        """Make the check at work."""
        return SmtpChecker(self, terms)


def host_checks(check: SmtpCheck) -> Iterable[SmtpCheck]:
    """Give the checks that a block stands for: itself, or one a host."""
    return [_of_host(check, host) for host in check.hosts] or (check,)


def _of_host(check: SmtpCheck, host: SmtpHost) -> SmtpCheck:
    words = (
        *("connect_ip", "connect_port", "connect_timeout_us"),
        *("bindto", "bind_port", "bind_if", "fwmark"),
    )
    own = {word: getattr(host, word) for word in words}
    return replace(check, hosts=(), **{word: value for word, value in own.items() if value})


class Greeting:
    """The talk: read, greet, read, part, read."""

    __slots__ = ("_heard", "_helo", "_steps", "fault")

    def __init__(self, helo: str) -> None:
        self._heard = bytearray()
        self._helo = helo
        self._steps = 0
        self.fault = "Could not connect to"
        """What to say of the server where nothing better is known."""

    def opened(self) -> Turn:
        """Wait for the greeting."""
        self.fault = "Read timeout from"
        return LISTEN

    def heard(self, data: bytes) -> Turn:
        """Gather a reply; go on once it is whole."""
        self._heard += data
        reply = _whole(self._heard)
        if reply is None:
            if len(self._heard) <= REPLY_MOST:
                return LISTEN
            self.fault = "Read failure from"
            return Verdict(False, "a reply that never ends")
        self._heard.clear()
        self._steps += 1
        code = reply[:3].decode("latin-1")
        if self._steps == 1 and code != "220":
            self.fault = "Bad greeting banner from"
        elif self._steps == 2 and code != "250":
            self.fault = "Bad HELO response from"
        elif self._steps == 1:
            return Say(f"HELO {self._helo}\r\n".encode("utf-8", "surrogateescape"))
        elif self._steps == 2:
            return Say(b"QUIT\r\n")
        else:
            return Verdict(True, "greeted", int(code) if code.isdecimal() else 0)
        said = bytes(reply[:80]).decode("latin-1").strip()
        shown = "".join(each if each.isprintable() else "?" for each in said)
        return Verdict(False, f"it said {shown}", int(code) if code.isdecimal() else 0)

    def hung_up(self) -> Verdict:
        """A server that greeted may close without a good-bye."""
        if self._steps == 2:
            return Verdict(True, "greeted")
        self.fault = "Read failure from"
        return Verdict(False, "it closed the connection")


def _whole(data: bytearray) -> bytearray | None:
    """Give a reply's last line once it is there; that has no hyphen behind its code."""
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        if data[start + 3 : start + 4] != b"-":
            return data[start : end + 1]
        start = end + 1
    return None


class SmtpChecker:
    """SMTP_CHECK at work: a talk made anew each time."""

    __slots__ = ("_at", "_helo", "_talk", "_target")
    title = "SMTP_CHECK"

    def __init__(self, check: SmtpCheck, terms: Terms) -> None:
        self._helo = check.helo_name or HELO_NAME
        # Connecting and three replies have a limit each; the whole may take as long as four.
        self._target = terms.target(Transport.TCP, 4 * terms.timeout_us)
        self._at = f"[{terms.address}]:{terms.port}"
        self._talk = Greeting(self._helo)

    def probe(self) -> Probe:
        """Greet."""
        self._talk = Greeting(self._helo)
        return Conversation(self._target, self._talk)

    def judge(self, verdict: Verdict, up: bool) -> Finding:
        """Take the verdict as it is."""
        return Finding.PASSED if verdict.good else Finding.FAILED

    def good_line(self, names: Names) -> str:
        """Write upstream's line."""
        return f"Remote SMTP server {names.server} succeed on service."

    def part_line(self, names: Names) -> str:
        """There are no parts."""
        return ""

    def bad_line(self, names: Names, verdict: Verdict, tries: int, retry: int) -> str:
        """Write upstream's line, which says how far it came."""
        return f"SMTP_CHECK {self._talk.fault} server {self._at}{because(verdict)}"

    def mail_cause(self, verdict: Verdict) -> str:
        """Write what the other checks write."""
        return f"SMTP CHECK {'succeed' if verdict.good else 'failed'} on service"
