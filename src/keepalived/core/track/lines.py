"""What a watched file starts as.

Rule: values only; each reads and writes one form.
"""

from __future__ import annotations

from keepalived.lang.values import Int
from keepalived.lang.words import Bad, Given, Value
from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class InitFile:
    """The number a file is made with, and whether one that is there is overwritten."""

    number: int = 0
    overwrite: bool = False


class InitFileValue(Value[InitFile]):
    """`[NUMBER] [overwrite]`."""

    shape = "[NUMBER] [overwrite]"
    most_words = 2
    _number = Int(-(2**31), 2**31 - 1)

    def read(self, given: Given) -> InitFile | Bad:
        """Read both, in any order."""
        number, overwrite = 0, False
        for at, word in enumerate(given.words[:2]):
            if word == "overwrite":
                overwrite = True
                continue
            found = self._number.read(Given((word,)))
            if isinstance(found, Bad):
                return Bad(f"'{word}' is neither a number nor overwrite", at)
            number = found
        return InitFile(number, overwrite)

    def write(self, value: InitFile) -> str:
        """Write both."""
        return f"{value.number} overwrite" if value.overwrite else str(value.number)

    @property
    def examples(self) -> tuple[InitFile, ...]:
        """Give some of all forms."""
        return (InitFile(), InitFile(-(2**31), True), InitFile(2**31 - 1))
