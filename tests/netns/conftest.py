"""What the tests in namespaces share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.lab.hosts import World, missing
from tests.lab.pair import Pair, running_pair
from tests.netns.daemons import Link
from tests.netns.kernel_bench import inside, namespaces
from tests.netns.nft_world import Driven, run
from tests.netns.nft_world import World as NftWorld


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


@pytest.fixture(scope="module")
def world() -> Iterator[NftWorld]:
    """A client, a director and servers, with nothing tracked from another module."""
    made = NftWorld()
    try:
        made.build()
        yield made
    finally:
        made.remove()


@pytest.fixture
def driven(world: NftWorld) -> Iterator[Driven]:
    """The nftables plane in the director's namespace; its tables go with it."""
    made = Driven(world)
    yield made
    made.plane.close()
    with inside(world.director):
        run("nft flush ruleset")


@pytest.fixture
def alone() -> Iterator[str]:
    """An empty namespace."""
    with namespaces("alone") as (name,):
        yield name
