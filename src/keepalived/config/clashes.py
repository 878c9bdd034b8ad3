"""Faults of the rules, gathered with their places: which line a block or a keyword stands on.

Rule: knows lines and nothing of what the rules are about.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.lang.binder import Bound
from keepalived.lang.fault import Fault, Severity, error, fatal, remark
from keepalived.lang.lexer import Line
from keepalived.lang.place import NOWHERE, Place
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
        return self.bound.gives(thing, *names)

    @property
    def strict(self) -> bool:
        """Say whether a release is spoken: it names no line for what it finds at the file's end."""
        return self.bound.ends is not None

    def error(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report something about a block, at its keyword of that name if there is one."""
        self.error_at(self._line(thing, names), thing, what, remedy)

    def error_at(self, line: Line | None, thing: Any, what: str, remedy: str = "") -> None:
        """Report something about one line of a block."""
        place, text = self._spot(None if self.strict else line, thing)
        self.faults.append(error(NOWHERE if self.strict else place, what, remedy, text))

    def error_told(self, line: Line | None, thing: Any, what: str, remedy: str = "") -> None:
        """Report something at a line that keepalived names too; of the others it names none."""
        place, text = self._spot(line, thing)
        self.faults.append(error(place, what, remedy, text))

    def fatal(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what keeps the process from running."""
        place, text = self._spot(None if self.strict else self._line(thing, names), thing)
        self.faults.append(fatal(NOWHERE if self.strict else place, what, remedy, text))

    def told(self, line: Line | None, thing: Any, what: str, remedy: str = "") -> None:
        """Report what is odd, and what a release tells of too, though nothing is wrong with it."""
        place, text = self._spot(line, thing)
        severity = Severity.ERROR if self.strict else Severity.REMARK
        self.faults.append(Fault(place, severity, what, remedy, text))

    def odd(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what is odd but in effect, and what a release complains of without a line."""
        if self.strict:
            self.error(thing, what, remedy, *names)
        else:
            self.remark(thing, what, remedy, *names)

    def fatal_at(self, line: Line | None, thing: Any, what: str, remedy: str = "") -> None:
        """Report at a line what keeps the process from running; keepalived names the line too."""
        place, text = self._spot(line, thing)
        self.faults.append(fatal(place, what, remedy, text))

    def unsafe(self, what: str, remedy: str) -> None:
        """Report that scripts are run which others than root could change; run they are."""
        severity = Severity.ERROR if self.strict else Severity.REMARK
        self.faults.append(Fault(NOWHERE, severity, what, remedy, "", 6))

    def unfit(self, thing: Any, what: str, remedy: str = "", *names: str) -> None:
        """Report what we cannot do yet: it keeps the file from being put into force, not a test."""
        if self.strict:
            return
        place, text = self._spot(self._line(thing, names), thing)
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
        self.remark_at(self._line(thing, names), thing, what, remedy)

    def remark_at(self, line: Line | None, thing: Any, what: str, remedy: str = "") -> None:
        """Report what is odd but in effect, at a line."""
        place, text = self._spot(line, thing)
        self.faults.append(remark(place, what, remedy, text))

    def line_in(self, thing: Any, name: str, word: str) -> Line | None:
        """Find the line of a listing, such as `virtual_ipaddress`, that has a word in it."""
        key = (id(thing.place), name)
        if self._listed_of != key:
            block = self.bound.line_of(thing)
            self._listed_of, self._listed = key, {}
            self._listing = self.bound.keyword_line(thing, name)
            for body in (*self.bodies(thing, name), block.body if block else None):
                for each in body or ():
                    for given in each.words:
                        self._listed.setdefault(given.partition("/")[0], each)
        return self._listed.get(word, self._listing)

    def nth_line_in(self, thing: Any, name: str, nth: int, word: str) -> Line | None:
        """Find the entry of a listing that begins with a word, the nth one from 0."""
        bodies = self.bodies(thing, name)
        found = [line for body in bodies for line in body if line.words[0] == word]
        return found[nth] if nth < len(found) else self.bound.keyword_line(thing, name)

    def keyword_line(self, thing: Any, *names: str) -> Line | None:
        """Find the last line of a block that begins with one of these words."""
        return self.bound.keyword_line(thing, *names)

    def again(self, thing: Any, name: str) -> list[Line]:
        """Find the lines of a block where a keyword stands again."""
        block = self.bound.line_of(thing)
        return [line for line in (block.body or ()) if line.words[0] == name][1:] if block else []

    def line_of(self, thing: Any) -> Line | None:
        """Find the line that opened a block."""
        return self.bound.line_of(thing)

    def end_of(self, thing: Any, *names: str) -> Line | None:
        """Find the line that closed a block; in our own language that of a keyword, or its first.

        A release tells where it noticed, which is at the end; we tell where it stands.
        """
        return self.bound.end_of(thing) if self.strict else self._line(thing, names)

    def bodies(self, thing: Any, name: str) -> list[list[Line]]:
        """Give the bodies of all listings of a name in a block."""
        block = self.bound.line_of(thing)
        lines = (block.body or ()) if block else ()
        return [line.body for line in lines if line.words[0] == name and line.body]

    def _spot(self, line: Line | None, thing: Any) -> tuple[Place, str]:
        return (line.place(), line.text) if line else (thing.place, "")

    def _line(self, thing: Any, names: tuple[str, ...]) -> Line | None:
        return self.bound.keyword_line(thing, *names) or self.bound.line_of(thing)
