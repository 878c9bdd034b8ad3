"""MISC_CHECK: a server is fit when a program of the site's says so by its exit status.

Rule: exit status 0 is good; any other, a signal and a time-out are bad. With misc_dynamic 2 to 255
are good as well and say what the server weighs: two less.
"""

from __future__ import annotations

from keepalived.core.checks.checker import Finding, Names, Probe, Program
from keepalived.core.checks.terms import Lender, PaceWords, Terms
from keepalived.core.notify.config import Script
from keepalived.lang.option_values import LONGEST_US, Flag, Owner, OwnerValue
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Command, Seconds
from keepalived.lang.words import block, keyword, where
from keepalived.port.talk import Verdict
from keepalived.wire.addresses import Address


@block("MISC_CHECK", doc="The server is fit when this program exits with 0.")
class MiscCheck(PaceWords):
    """The words of MISC_CHECK."""

    misc_path: Command | None = keyword(
        "misc_path", Script(), default=None, doc="The program with its arguments."
    )
    misc_timeout_us: int | None = keyword(
        "misc_timeout",
        Seconds(0, LONGEST_US),
        default=None,
        doc="After this it is ended and has failed; by default the delay_loop.",
    )
    misc_dynamic: bool = keyword(
        "misc_dynamic",
        Flag(),
        default=False,
        doc="The exit status sets the server's weight: from 2 on, to two less.",
    )
    user: Owner | None = keyword(
        "user", OwnerValue(), default=None, doc="Whom the program runs as."
    )
    place: Place = where(default=NOWHERE)

    def terms(self, address: Address, port: int, lender: Lender) -> Terms:
        """Settle what this check runs on."""
        delay_us, loop_us = self.delay_before_retry_us, self.delay_loop_us or lender.delay_loop_us
        return Terms(
            address=address,
            port=port,
            timeout_us=self.misc_timeout_us or lender.delay_loop_us,
            retry=self.retry or 0,
            retry_delay_us=1_000_000 if delay_us is None else delay_us,
            loop_us=loop_us,
            warmup_us=loop_us if self.warmup_us is None else self.warmup_us,
        )

    def checker(self, terms: Terms) -> MiscChecker:
        """Make the check at work."""
        command, user = self.misc_path, self.user
        if command is not None and user is not None and not command.user:
            command = Command(command.argv, user.user, user.group)
        return MiscChecker(command, terms, self.misc_dynamic)


class MiscChecker:
    """MISC_CHECK at work: the same program every time."""

    __slots__ = ("_path", "_probe", "dynamic")
    title = "MISC_CHECK"

    def __init__(self, command: Command | None, terms: Terms, dynamic: bool = False) -> None:
        self.dynamic = dynamic
        # Without a program there is nothing to say yes: the start fails, and the log says why.
        command = command or Command(("misc_path-is-missing",))
        self._path = command.argv[0]
        self._probe = Program(command, terms.timeout_us)

    def probe(self) -> Probe:
        """Ask the program."""
        return self._probe

    def judge(self, verdict: Verdict, up: bool) -> Finding:
        """Take the exit status as it is."""
        return Finding.PASSED if verdict.good else Finding.FAILED

    def _line(self, names: Names, end: str) -> str:
        return f"Misc check for [{names.server} VS {names.service}] by [{self._path}] {end}."

    def good_line(self, names: Names) -> str:
        """Write upstream's line."""
        return self._line(names, "succeeded")

    def part_line(self, names: Names) -> str:
        """There are no parts."""
        return ""

    def bad_line(self, names: Names, verdict: Verdict, tries: int, retry: int) -> str:
        """Write upstream's line with the retries that were allowed and the way it ended."""
        retries = f"after {retry} {'retry' if retry == 1 else 'retries'}"
        if not retry:
            retries = "with retry disabled"
        if verdict.because == TIMED_OUT:
            return self._line(names, f"timed out {retries}")
        return self._line(names, f"failed {retries} ({verdict.because})")

    def mail_cause(self, verdict: Verdict) -> str:
        """Write upstream's words."""
        outcome = "succeeded" if verdict.good else "failed"
        return f"MISC CHECK {TIMED_OUT if verdict.because == TIMED_OUT else outcome} on service"


TIMED_OUT = "timed out"
"""The reason of a program's verdict when its time was over."""
