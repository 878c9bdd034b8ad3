"""`kactl plan`: what a reload with a new file would change, told before it is done.

Rule: exit status 0 with a plan, that of the configuration test where the new file is unfit.
"""

from __future__ import annotations

import sys

from keepalived.cli.tables import table
from keepalived.lang.fault import Fault, Severity

HELP = """Usage: kactl plan [OPTION]... NEW.conf

Shows what a reload with that file would change: instances kept, begun anew or ended, and the
addresses, services and servers that come (+), go (-) or change (~), as on a director that leads.

Options:
  --old=FILE        the file in force; otherwise /etc/keepalived/keepalived.conf
  --json            the answer as JSON

Exit status: 0, or that of `keepalived -t` where a file is unfit.
"""
SIGNS = {"=": "kept", "~": "changed", "+": "new", "-": "gone", "!": "begun anew"}


def plan(new: str, old: str, *, as_json: bool) -> int:
    """Print the plan; give the exit status."""
    import os

    from keepalived.run.config_test import read_only
    from keepalived.run.options import CONFIGURATION
    from keepalived.run.plan import plan as planned

    before, after = read_only(old or CONFIGURATION), read_only(new)
    for loaded in (before, after):
        if not loaded.sources or (loaded is after and loaded.worst is Severity.FATAL):
            return _unfit(loaded.faults)
    steps = planned(before.config, after.config, os.uname().nodename)
    if as_json:
        import json

        names = ("sign", "kind", "name", "detail")
        print(json.dumps([{name: getattr(s, name) for name in names} for s in steps], indent=2))
        return 0
    changes = [step for step in steps if step.sign != "="]
    if not changes:
        print("nothing changes")
        return 0
    rows = [(step.sign, step.kind, step.name, step.detail) for step in steps]
    print("\n".join(table(("", "WHAT", "NAME", ""), rows)))
    counts = [
        f"{sum(1 for step in steps if step.sign == sign)} {said}"
        for sign, said in SIGNS.items()
        if any(step.sign == sign for step in steps)
    ]
    print(f"\n{', '.join(counts)}")
    return 0


def _unfit(faults: tuple[Fault, ...]) -> int:
    for fault in faults:
        if fault.severity > Severity.REMARK:
            print(fault.shown(), file=sys.stderr)
    return max((fault.status for fault in faults), default=0) or 4
