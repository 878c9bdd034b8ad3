"""Medians, spreads and the table that a benchmark prints.

Rule: a figure is printed with its goal and with keepalived's beside it, met or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One measure of both programs: samples of each, a unit, and the goal in words."""

    what: str
    unit: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    goal: str
    met: bool | None = None
    """None where there is no goal, only a report."""

    def line(self) -> str:
        """Write one row."""
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        return (
            f"{self.what:<44} {_spread(self.ours):>26} {_spread(self.theirs):>26} {self.unit:<4}"
            f" {_ratio(self.ours, self.theirs):>6}  {self.goal} {verdict}"
        ).rstrip()


def _spread(samples: tuple[float, ...]) -> str:
    if not samples:
        return "-"
    return f"{median(samples):.1f} ({min(samples):.1f}-{max(samples):.1f})"


def _ratio(ours: tuple[float, ...], theirs: tuple[float, ...]) -> str:
    if not ours or not theirs or not median(theirs):
        return "-"
    return f"{median(ours) / median(theirs):.2f}"


def print_figures(title: str, figures: list[Figure]) -> None:
    """Print a table: ours, keepalived's, their ratio, the goal."""
    print(f"\n{title}")
    print(f"{'':<44} {'ours':>26} {'keepalived':>26} {'':<4} {'ratio':>6}  goal")
    for figure in figures:
        print(figure.line(), flush=True)
