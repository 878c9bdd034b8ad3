"""Adds up the counts of several pytest runs and prints them as one closing line.

Rule: the exit status says whether anything failed, or was skipped where nothing may be.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

ORDER = ("failed", "passed", "skipped", "xfailed", "xpassed", "error")


def main() -> int:
    """Read one JSON object a line from the file named; give 1 if a run was not clean."""
    totals: Counter[str] = Counter()
    seconds = 0.0
    clean = True
    for line in Path(sys.argv[1]).read_text().splitlines():
        run = json.loads(line)
        totals.update(run["counts"])
        seconds += run["seconds"]
        clean = clean and run["clean"]
    print(f"skipped: {totals['skipped']}")
    said = ", ".join(f"{totals[name]} {name}" for name in ORDER if totals[name])
    print(f"===== {said or 'no tests ran'} in {seconds:.2f}s =====")
    return 0 if clean and totals["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
