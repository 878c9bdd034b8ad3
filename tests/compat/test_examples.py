"""The example files load, on either director of a pair, and fit together; 2.2.7 takes its words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.compat.upstream import Namespace, skip_without_upstream

from keepalived.config.host import Host
from keepalived.config.load import Loaded, load
from keepalived.config.pair_rules import pair_faults
from keepalived.lang.fault import Severity
from keepalived.lang.source import Setting
from keepalived.port.facts import Link

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.conf"))
OURS = [file for file in EXAMPLES if not file.stem.startswith("case-")]
"""Those that are not the guide's: one file stands for both directors."""
NOT_OF_2_2_7 = {"signed", "handover"}
ASKED = [file for file in OURS if file.stem != "tracking"]
"""But for a tracked process, over which the configuration test of 2.2.7 ends itself by SIGTERM."""
DIRECTORS = ("lb1", "lb2")


def loaded(file: Path, director: str) -> Loaded:
    """Read an example as that director does."""
    text = file.read_text()
    host = Host([Link(1, "lo"), Link(2, "eth0"), Link(3, "eth1")])

    def fetch(name: str) -> tuple[tuple[str, str], ...]:
        return ((name, text),)

    return load(str(file), fetch, setting=Setting(config_id=director), host=host)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_loads_without_an_error(file: Path) -> None:
    assert loaded(file, "lb1").worst in {None, Severity.REMARK}


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.stem)
def test_an_example_stands_for_both_directors_and_leaves_nothing_to_say(file: Path) -> None:
    both = [loaded(file, director) for director in DIRECTORS]
    assert [fault.what for each in both for fault in each.faults] == []
    assert all(each.config.instances for each in both)
    one, other = (each.config.instances[0].priority for each in both)
    assert one > other, "the conditional lines count"
    sides = list(zip(DIRECTORS, (each.config for each in both), strict=True))
    assert [f.what for f in pair_faults(sides) if f.severity is not Severity.REMARK] == []


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    skip_without_upstream()
    with Namespace(f"pk-examples-{os.getpid()}") as made:
        yield made


@pytest.mark.netns
@pytest.mark.parametrize("file", ASKED, ids=lambda file: file.stem)
def test_keepalived_takes_an_example_but_for_words_that_it_does_not_know(
    file: Path, namespace: Namespace
) -> None:
    assert namespace.test(file, "-i", "lb1") == (5 if file.stem in NOT_OF_2_2_7 else 0)
