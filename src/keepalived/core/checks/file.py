"""FILE_CHECK: a number in a file is part of a server's weight, or takes it out.

Rule: it asks nobody and keeps no time; what stands in the file is told when it changes.
"""

from __future__ import annotations

from keepalived.core.checks.checker import FileFollowed, Finding, Names, Probe
from keepalived.core.checks.terms import Lender, Terms
from keepalived.lang.option_values import NUMBER_MOST, Flag, Weight, WeightValue
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Text
from keepalived.lang.words import block, keyword, where
from keepalived.port.talk import Verdict
from keepalived.wire.addresses import Address

DOWN = -(2**31)
"""A contribution that is no more than this takes the server out."""


@block("FILE_CHECK", doc="A number in a file is part of the server's weight.")
class FileCheck:
    """The words of FILE_CHECK."""

    track_file: str = keyword(
        "track_file", Text("NAME"), default="", doc="The track_file to follow."
    )
    weight: Weight = keyword(
        "weight",
        WeightValue(NUMBER_MOST, noreverse=True),
        default=Weight(1),
        doc="What its number is multiplied by.",
    )
    dynamic: bool = keyword(
        "dynamic", Flag(), default=False, ours=True, doc="Nothing: the weight always follows."
    )
    place: Place = where(default=NOWHERE)

    @property
    def alpha(self) -> bool:
        """Say no: there is nothing to pass."""
        return False

    def terms(self, address: Address, port: int, lender: Lender) -> Terms:
        """Give terms without times: what stands in the file counts at once."""
        return Terms(address, port, timeout_us=0, retry=0, retry_delay_us=0, loop_us=0, warmup_us=0)

    def checker(self, terms: Terms) -> FileChecker:
        """Make the check at work."""
        return FileChecker(self)


class FileChecker:
    """FILE_CHECK at work: it follows a file."""

    __slots__ = ("_probe", "_weight")
    title = "FILE_CHECK"

    def __init__(self, check: FileCheck) -> None:
        self._probe = FileFollowed(check.track_file)
        self._weight = -check.weight.number if check.weight.reverse else check.weight.number

    @property
    def name(self) -> str:
        """Give the name of the track_file."""
        return self._probe.name

    def probe(self) -> Probe:
        """Name the file."""
        return self._probe

    def contribution(self, number: int) -> int:
        """Give what the file's number adds to the weight."""
        return number * self._weight

    def judge(self, verdict: Verdict, up: bool) -> Finding:
        """Take the verdict as it is."""
        return Finding.PASSED if verdict.good else Finding.FAILED

    def good_line(self, names: Names) -> str:
        """Write upstream's line."""
        return f"({names.server}): tracked file {self._probe.name} leaving FAULT state"

    def part_line(self, names: Names) -> str:
        """There are no parts."""
        return ""

    def bad_line(self, names: Names, verdict: Verdict, tries: int, retry: int) -> str:
        """Write upstream's line."""
        return f"({names.server}): tracked file {self._probe.name} now FAULT state"

    def mail_cause(self, verdict: Verdict) -> str:
        """Write what the other checks write."""
        return f"FILE CHECK {'succeeded' if verdict.good else 'failed'} on service"
