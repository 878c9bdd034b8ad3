"""`-d` beside keepalived 2.2.7: the same sections and lines in the same order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.compat.upstream import Namespace, shim_or_skip, skip_without_upstream

from keepalived.config.load import load_text
from keepalived.status.classic_dump import dump_lines

pytestmark = pytest.mark.netns

STAMP = re.compile(r"^\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}: ?")
THEIRS_ALONE = (
    re.compile(r"^ libnftnl version"),  # a library that we do not use
    re.compile(r"^ System is compiled with LVS"),  # a header that we were not compiled with
    re.compile(r"^Script user 'keepalived_script' does not exist$"),  # a log line in between
    re.compile(r"^Start(up complete$|ing \w+ child)"),  # the parent's log lines, in between
)
CASES = {
    "ix": "case-ix-healthcheck.conf",
    "ix-ssl": "case-ix-ssl-get.conf",
    "xi": "case-xi-mixed-director1.conf",
    "xi-director2": "case-xi-mixed-director2.conf",
    "rich": "",
}
RICH = (Path(__file__).parent / "dump" / "rich.conf").read_text()


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    skip_without_upstream()
    with Namespace(f"pk-dump-{os.getpid()}") as made:
        yield made


def theirs(console: str) -> list[str]:
    """Give the lines of the dump out of all that the program said."""
    lines = [STAMP.sub("", line) for line in console.splitlines()]
    start = lines.index("------< Global definitions >------")
    found = []
    for line in lines[start:]:
        if re.match(r"^(\(\S+\) Entering|Activating|Stopping|Gained)", line):
            break
        if not any(each.search(line) for each in THEIRS_ALONE):
            found.append(line)
    return found


@pytest.mark.parametrize("process", ["vrrp", "checker"])
@pytest.mark.parametrize("case", CASES)
def test_a_dump_has_the_lines_of_2_2_7_in_its_order(
    case: str, process: str, namespace: Namespace, shared: Path, tmp_path: Path
) -> None:
    text = (shared / "seed" / CASES[case]).read_text() if CASES[case] else RICH
    config = load_text(text, "keepalived.conf").config
    ours = dict(dump_lines(config, namespace.surroundings(config)))
    if process not in ours:
        assert case.startswith("ix") and process == "vrrp"
        return
    file = tmp_path / "keepalived.conf"
    # The one word of the guide that 2.2.7 does not read.
    file.write_text(text.replace("lvs_id", "router_id"))
    if process == "vrrp":
        console = namespace.dump(file, tmp_path, "-P")
    else:
        console = namespace.dump(file, tmp_path, "-C", preload=shim_or_skip(shared, tmp_path))
    assert list(ours[process]) == theirs(console)
