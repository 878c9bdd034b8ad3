"""Runs every benchmark, or those named, each in a process of its own.

Rule: the exit status says whether every goal was met; the tables say by how much.
"""

from __future__ import annotations

import subprocess
import sys

from tests.lab.hosts import missing

from benchmarks.lanes import ROOT

LACKING = 77
PARTS = (
    *("failover", "stop", "steady", "many", "move", "claims", "matrix", "bfd"),
    *("tracking", "table", "tcp_checks", "footprint", "language", "reload"),
)


def main(names: list[str]) -> int:
    """Run the parts; give 0 if all goals were met."""
    lack = missing("keepalived")
    if lack is not None and names != ["language"]:
        print(
            f"make bench lacks {lack}: it measures in namespaces of its own, as root"
            " (sudo make bench)."
        )
        return LACKING
    missed = []
    for name in names or PARTS:
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            missed.append(name)
    print(f"\ngoals missed in: {', '.join(missed)}" if missed else "\nall goals met")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
