"""BFD_CHECK: a server is fit while a BFD session is up.

Rule: it asks nobody and keeps no time; the BFD process says when the session changes.
"""

from __future__ import annotations

from keepalived.core.checks.checker import Finding, Followed, Names, Probe, because
from keepalived.core.checks.terms import Lender, Terms
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Switch, Text
from keepalived.lang.words import block, keyword, where
from keepalived.port.talk import Verdict
from keepalived.wire.addresses import Address


@block("BFD_CHECK", doc="The server is fit while a BFD session is up.")
class BfdCheck:
    """The words of BFD_CHECK."""

    name: str = keyword("name", Text("NAME"), default="", doc="The bfd_instance to follow; needed.")
    alpha: bool | None = keyword(
        "alpha", Switch(), default=None, doc="The check has failed until it passes."
    )
    place: Place = where(default=NOWHERE)

    def terms(self, address: Address, port: int, lender: Lender) -> Terms:
        """Give terms without times: a word of the BFD process counts at once."""
        return Terms(address, port, timeout_us=0, retry=0, retry_delay_us=0, loop_us=0, warmup_us=0)

    def checker(self, terms: Terms) -> BfdChecker:
        """Make the check at work."""
        return BfdChecker(self.name)


class BfdChecker:
    """BFD_CHECK at work: it follows a session."""

    __slots__ = ("_probe",)
    title = "BFD_CHECK"

    def __init__(self, session: str) -> None:
        self._probe = Followed(session)

    def probe(self) -> Probe:
        """Name the session."""
        return self._probe

    def judge(self, verdict: Verdict, up: bool) -> Finding:
        """Take the session's state as it is."""
        return Finding.PASSED if verdict.good else Finding.FAILED

    def good_line(self, names: Names) -> str:
        """Write upstream's line."""
        return f"BFD check of [{self._probe.session}] RS({names.server}) is UP"

    def part_line(self, names: Names) -> str:
        """There are no parts."""
        return ""

    def bad_line(self, names: Names, verdict: Verdict, tries: int, retry: int) -> str:
        """Write upstream's line, and why the session is down."""
        line = f"BFD check of [{self._probe.session}] RS({names.server}) is DOWN"
        return f"{line}{because(verdict)}"

    def mail_cause(self, verdict: Verdict) -> str:
        """Write what the other checks write."""
        return f"BFD CHECK {'succeeded' if verdict.good else 'failed'} on service"
