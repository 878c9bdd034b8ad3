"""The matrix's rows and cells as values, and how they are printed.

Rule: no process and no socket here; `matrix` fills the cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.lab.matrix_modes import MODES, Mode

EVENTS = ("preempt", "reload", "link down", "kill", "stop")


@dataclass(frozen=True, slots=True)
class Row:
    """A mode, a peer, and which of the two routers is ours: `a` leads, `b` follows."""

    mode: Mode
    peer: str
    ours: str

    @property
    def name(self) -> str:
        """As it is printed and as the test is named."""
        peer = {"real": "2.2.7", "frr": "FRR"}[self.peer]
        return f"{peer}, {self.mode.name}, ours {'leads' if self.ours == 'a' else 'follows'}"

    def kind(self, router: str) -> str:
        """The program of a router."""
        return "ours" if router == self.ours else self.peer


ROWS = tuple(Row(mode, peer, ours) for mode in MODES for peer in mode.peers for ours in ("a", "b"))


@dataclass(frozen=True, slots=True)
class Cell:
    """What one event came to."""

    event: str
    took_ms: float
    at_most_ms: float
    at_least_ms: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether the time is what the protocol says."""
        return self.at_least_ms <= self.took_ms <= self.at_most_ms


@dataclass(slots=True)
class Outcome:
    """A row's cells, and what went wrong where something did."""

    row: Row
    cells: dict[str, Cell] = field(default_factory=dict)
    failure: str = ""
    complaints: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        """What does not hold, in words; empty where all does."""
        found = [self.failure] if self.failure else []
        found += [
            f"{cell.event}: {cell.took_ms:.1f} ms, not {cell.at_least_ms:.0f}-{cell.at_most_ms:.0f}"
            for cell in self.cells.values()
            if not cell.holds
        ]
        return found + [f"tshark: {line}" for line in self.complaints]


def table(outcomes: Iterable[Outcome]) -> str:
    """The matrix as text: milliseconds, a `!` where a time is not what the protocol says."""
    lines = [f"{'':<38}" + "".join(f"{event:>13}" for event in EVENTS)]
    for outcome in outcomes:
        line = f"{outcome.row.name:<38}"
        for event in EVENTS:
            cell = outcome.cells.get(event)
            shown = "-" if cell is None else f"{cell.took_ms:.1f}{'' if cell.holds else ' !'}"
            line += f"{shown:>13}"
        lines.append(line)
    return "\n".join(lines)
