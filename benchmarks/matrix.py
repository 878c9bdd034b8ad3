"""The matrix of mixed pairs with every peer, way of speaking, role and event, printed whole.

Rule: no comparison: keepalived 2.2.7 and FRR are the other half of each pair. The rows are the
tests' own.
"""

from __future__ import annotations

from tests.lab.frr import frr_missing
from tests.lab.matrix import run_rows
from tests.lab.matrix_table import ROWS, table


def main() -> bool:
    """Run all rows and print them; say whether every cell holds."""
    lack = frr_missing()
    rows = [row for row in ROWS if lack is None or row.peer != "frr"]
    if lack is not None:
        print(f"lacks {lack}: its rows are left out")
    outcomes = run_rows(rows)
    print("\nMixed pairs: takeover times in milliseconds, `!` where it is not the protocol's")
    print(table(outcomes))
    faults = [f"{each.row.name}: {line}" for each in outcomes for line in each.faults()]
    print("\n".join(faults))
    return not faults


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
