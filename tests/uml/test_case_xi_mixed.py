"""The whole of case study XI on real IPVS, ours with real keepalived 2.2.7, in both roles.

The demo's story is the test: every step of it is asserted from outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from demo.story import CHAPTERS
from tests.lab import hosts
from tests.lab.network import PYTHON, ROOT
from tests.lab.uml import Result, missing, run_in_uml

MIXTURES = {
    "ours on director 1, real on 2": "--director1 ours --peer keepalived",
    "real on director 1, ours on 2": "--director1 real --peer ours",
}
LIMIT_S = 240.0

pytestmark = pytest.mark.uml


@pytest.fixture(scope="module")
def stories() -> Iterator[dict[str, Result]]:
    """Both mixtures, each in a kernel of its own, at the same time."""
    lack = missing() or hosts.missing("keepalived", "ipvsadm", "openssl")
    if lack is not None:
        pytest.skip(f"lacks {lack}")

    def tell(options: str) -> Result:
        command = f"{PYTHON} -m demo --kernel uml --inside {options}"
        return run_in_uml(f"cd {ROOT} && exec {command}", LIMIT_S)

    with ThreadPoolExecutor(len(MIXTURES)) as kernels:
        results = kernels.map(tell, MIXTURES.values())
        yield dict(zip(MIXTURES, results, strict=True))


@pytest.mark.parametrize("mixture", list(MIXTURES))
def test_every_chapter_of_the_story_comes_true(stories: dict[str, Result], mixture: str) -> None:
    result = stories[mixture]
    assert result.exit_status == 0, result.output[-6000:]
    for chapter in CHAPTERS.values():
        assert str(chapter.__doc__) in result.output
    assert result.output.count("forwards by IPVS") == 2
