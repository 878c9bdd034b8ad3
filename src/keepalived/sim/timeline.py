"""What happened in a simulated run: one line an event, one column a host.

Rule: it only writes down; a failing run can be read from it like a score.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, at a host, or to the world where `host` is empty."""

    at: int
    host: str
    text: str


class Timeline:
    """The lines of a run, in their order."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def write(self, at: int, host: str, text: str) -> None:
        """Add a line."""
        self.lines.append(Line(at, host, text))

    def texts(self, host: str = "") -> list[str]:
        """Give what one host (or, without a name, everybody) said."""
        return [line.text for line in self.lines if not host or line.host == host]

    def first(self, text: str, host: str = "", since: int = 0) -> int | None:
        """Say when a line beginning like this was first written; None where it never was."""
        for line in self.lines:
            if line.at >= since and (not host or line.host == host) and line.text.startswith(text):
                return line.at
        return None

    def render(self, hosts: Sequence[str], width: int = 46) -> str:
        """Write it all: seconds, then a column for each host; the world's lines span them all."""
        head = f"{'seconds':>11}  " + "".join(f"{name:<{width}}" for name in hosts)
        rows = [head.rstrip()]
        for line in self.lines:
            seconds = f"{line.at / 1_000_000:11.6f}  "
            if line.host not in hosts:
                rows.append(f"{seconds}== {line.text}")
                continue
            indent = " " * (width * list(hosts).index(line.host))
            rows.append(f"{seconds}{indent}{line.text}")
        return "\n".join(rows)
