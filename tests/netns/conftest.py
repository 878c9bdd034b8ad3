"""What the tests in namespaces share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.lab.hosts import World, missing
from tests.lab.pair import Pair, running_pair
from tests.netns.daemons import Link


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A running pair of directors; the parameter names the two programs."""
    lack = missing("keepalived", "tshark")
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    with running_pair(*request.param) as running:
        yield running


@pytest.fixture
def link() -> Iterator[Link]:
    """Two routers and a switch, without daemons."""
    lack = missing()
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    with World() as world:
        yield Link(world)
