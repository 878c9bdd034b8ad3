"""What one block says against another, and what a block must have: the file as a whole.

Rule: takes a bound Config, gives the completed one and faults; what cannot stand is left out.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.config.root import Config
from keepalived.config.router_rules import settle_groups, settle_instances
from keepalived.config.service_rules import settle_services
from keepalived.lang.binder import Bound
from keepalived.lang.fault import Fault, Severity, error, fatal, remark
from keepalived.lang.lexer import Line
from keepalived.records import dataclass, field, replace


@dataclass(slots=True)
class Clashes:
    """Gathers faults, and knows what a block was given in the file."""

    bound: Bound
    faults: list[Fault] = field(default_factory=list)
    _listed_of: tuple[int, str] = (0, "")
    """The listing that was asked for last, and its lines by word: large ones are asked often."""
    _listed: dict[str, Line] = field(default_factory=dict)
    _listing: Line | None = None
    _of_lines: dict[tuple[str, int], list[int]] = field(default_factory=dict)

    def given(self, thing: Any, *names: str) -> bool:
        """Say whether the block has one of these keywords in the file; False if none made it."""
        return self.bound.keyword_line(thing, *names) is not None

    def error(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report something about a block, at its keyword of that name if there is one."""
        self.error_at(self._line(thing, names), thing, what, remedy)

    def error_at(self, line: Line | None, thing: Any, what: str, remedy: str = "") -> None:
        """Report something about one line of a block."""
        place, text = (line.place(), line.text) if line else (thing.place, "")
        self.faults.append(error(place, what, remedy, text))

    def fatal(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what keeps the process from running."""
        line = self._line(thing, names)
        place, text = (line.place(), line.text) if line else (thing.place, "")
        self.faults.append(fatal(place, what, remedy, text))

    def unfit(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what we cannot do yet: it keeps the file from being put into force, not a test."""
        line = self._line(thing, names)
        place, text = (line.place(), line.text) if line else (thing.place, "")
        self.faults.append(fatal(place, what, remedy, text, status=0))

    def deepened(self, thing: Any, name: str) -> bool:
        """Make the fault that a keyword has already fatal; False when it was not given.

        So a value that could not be read, and cannot be done without, is one fault, not two.
        """
        line = self.bound.keyword_line(thing, name)
        if line is None:
            return False
        if not self._of_lines:
            for at, fault in enumerate(self.bound.faults):
                self._of_lines.setdefault((fault.place.file, fault.place.line), []).append(at)
        for at in self._of_lines.get((line.source.name, line.number), ()):
            self.bound.faults[at] = replace(self.bound.faults[at], severity=Severity.FATAL)
        return True

    def remark(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what is odd but in effect."""
        line = self._line(thing, names)
        place, text = (line.place(), line.text) if line else (thing.place, "")
        self.faults.append(remark(place, what, remedy, text))

    def line_in(self, thing: Any, name: str, word: str) -> Line | None:
        """Find the line of a listing, such as `virtual_ipaddress`, that has a word in it."""
        key = (id(thing.place), name)
        if self._listed_of != key:
            listing, block = self.bound.keyword_line(thing, name), self.bound.line_of(thing)
            self._listed_of, self._listed, self._listing = key, {}, listing
            for body in (listing.body if listing else None, block.body if block else None):
                for each in body or ():
                    for given in each.words:
                        self._listed.setdefault(given.partition("/")[0], each)
        return self._listed.get(word, self._listing)

    def _line(self, thing: Any, names: tuple[str, ...]) -> Line | None:
        return self.bound.keyword_line(thing, *names) or self.bound.line_of(thing)


def settle(config: Config, bound: Bound) -> tuple[Config, list[Fault]]:
    """Check and complete a file: defaults that upstream sets with a message, and what must go."""
    clashes = Clashes(bound)
    if config.globals is not None and config.globals.smtp_connect_timeout_us == 0:
        what = "smtp_connect_timeout must be more than 0; 1 counts"
        clashes.error(config.globals, what, "give seconds from 1", "smtp_connect_timeout")
        config = replace(config, globals=replace(config.globals, smtp_connect_timeout_us=1_000_000))
    instances = settle_instances(config.instances, clashes)
    groups = settle_groups(config.sync_groups, config.instances, instances, clashes)
    services = settle_services(config.services, clashes)
    done = replace(config, instances=instances, sync_groups=groups, services=services)
    return done, clashes.faults
