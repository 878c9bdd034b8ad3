"""Every mixed pair and every event: what ours takes is what the protocol allows, and tshark agrees.

The rows run side by side, each in namespaces of its own; the whole matrix is printed at the end.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.lab.frr import frr_missing
from tests.lab.hosts import missing
from tests.lab.matrix import run_rows
from tests.lab.matrix_table import EVENTS, ROWS, Outcome, Row, table

pytestmark = [pytest.mark.netns, pytest.mark.alone]


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[dict[str, Outcome]]:
    """Run the rows that this run asks for."""
    lack = missing("keepalived", "tshark") or frr_missing()
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    asked = {item.name for item in request.session.items}
    found = run_rows([row for row in ROWS if any(f"[{row.name}]" in name for name in asked)])
    yield {outcome.row.name: outcome for outcome in found}
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line("\nmixed pairs, takeover times in milliseconds\n" + table(found))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_event_takes_what_the_protocol_allows(outcomes: dict[str, Outcome], row: Row) -> None:
    outcome = outcomes[row.name]
    assert outcome.faults() == []
    assert tuple(outcome.cells) == EVENTS
