"""Ours and real keepalived 2.2.7 side by side on real IPVS: the same table after every event.

One boot runs all configurations; each test looks at what one of them gave.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lab import hosts
from tests.lab.network import PYTHON, ROOT
from tests.lab.twin_cases import CASES
from tests.lab.uml import missing, run_in_uml

EVENTS = ["start", "one server fails", "all fail", "recovery", "stop"]
LIMIT_S = 240.0

pytestmark = pytest.mark.uml

Reports = dict[str, list[dict[str, object]]]


@pytest.fixture(scope="module")
def reports() -> Iterator[Reports]:
    """What every configuration gave: its events with their tables, or its failure."""
    lack = missing() or hosts.missing("keepalived", "ipvsadm", "openssl")
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    with tempfile.TemporaryDirectory(prefix="twin-") as folder:
        result = Path(folder, "result.json")
        script = f"cd {ROOT} && exec {PYTHON} -m tests.lab.twin {result}"
        ran = run_in_uml(script, LIMIT_S, memory="1536M")
        assert ran.exit_status == 0, f"ended with {ran.exit_status}:\n{ran.output[-3000:]}"
        yield json.loads(result.read_text())


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_both_hold_the_same_table_after_every_event(reports: Reports, name: str) -> None:
    report = reports[name]
    failures = [step for step in report if step["event"] == "failure"]
    assert not failures, json.dumps(failures[0], indent=1)
    assert [step["event"] for step in report] == EVENTS
    assert report[0]["table"], "the table at start is empty"
    assert report[-1]["table"] == {}, "something is left after the stop"
