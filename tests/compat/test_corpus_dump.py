"""`-d` beside keepalived 2.2.7 on files of the corpus: their lines, but for what a run has made.

Rule: both dump in one namespace with the links that the files name; a file that differs is in
`corpus_dump_differences.txt` with the reason, and only such a file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.compat.corpus import corpus, links_named, scene
from tests.compat.test_classic_dump import theirs
from tests.compat.upstream import Namespace, shim_or_skip, skip_without_upstream

from keepalived.config.load import load
from keepalived.run.sources import fetch, setting
from keepalived.status.classic_dump import dump_lines

pytestmark = pytest.mark.netns

FILES = 30
DIFFERENCES = Path(__file__).parent / "corpus_dump_differences.txt"
MADE_BY_A_RUN = (
    # What 2.2.7 changed of a link's settings, and what a run before it left there.
    re.compile(r"^   (Reset|Original|rp_filter) ?"),
    # It dumps after its groups have moved for the first time; here nothing has moved yet.
    re.compile(r"^   Num member fault "),
    # Log lines of other processes, and of the moment after the dump.
    re.compile(r"^(bind unicast_src|\(\S+\): entering FAULT|VRRP_Script|Script `)"),
    # Of a script's first result, which may be there already.
    re.compile(r"^   (Result|Status|State|Last ran|Last status) = "),
)
STATE = re.compile(r"(?<=^ VRRP Sync Group = )(.*), \w+$")
UNFIT = ("net_namespace", "include", "\ninstance ")


@pytest.fixture(scope="module")
def chosen(shared: Path) -> dict[Path, str]:
    """Give the first files that have anything to dump and need no namespace of their own."""
    found: dict[Path, str] = {}
    for file in corpus(shared):
        text = file.read_text(errors="replace")
        if any(word in text for word in UNFIT):
            continue
        loaded = load(str(file), fetch, "2.2.7", setting())
        if loaded.config.instances or loaded.config.services:
            found[file] = text
        if len(found) == FILES:
            break
    return found


@pytest.fixture(scope="module")
def namespace(chosen: dict[Path, str]) -> Iterator[Namespace]:
    skip_without_upstream()
    name = f"pk-dumps-{os.getpid()}"
    with scene(name, links_named(chosen.values())):
        yield Namespace(name)


def comparable(lines: list[str]) -> list[str]:
    """Leave out what a run has made: counters, states, and links that it added."""
    made: set[int] = set()
    starts = [at for at, line in enumerate(lines) if line.startswith(" Name = ")]
    for at, end in zip(starts, [*starts[1:], len(lines)], strict=False):
        if "   I/f created by keepalived" in lines[at:end]:
            made.update(range(at, end))
    return [
        STATE.sub(r"\1", line)
        for at, line in enumerate(lines)
        if at not in made and not any(each.search(line) for each in MADE_BY_A_RUN)
    ]


def test_files_of_the_corpus_are_dumped_as_2_2_7_does(
    chosen: dict[Path, str], namespace: Namespace, shared: Path, tmp_path: Path
) -> None:
    listed = {
        line.split()[0]
        for line in DIFFERENCES.read_text().splitlines()
        if line.strip() and not line.startswith("#")
    }
    shim = shim_or_skip(shared, tmp_path)
    differing: dict[str, list[str]] = {}
    for file in chosen:
        config = load(str(file), fetch, "2.2.7", setting()).config
        ours = dict(dump_lines(config, namespace.surroundings(config)))
        for process in ("vrrp", "checker"):
            if process not in ours:
                continue
            options = ("-P", "-B") if process == "vrrp" else ("-C", "-B")
            preload = None if process == "vrrp" else shim
            here = comparable(list(ours[process]))
            there = comparable(theirs(namespace.dump(file, tmp_path, *options, preload=preload)))
            if here != there:
                # On a busy machine the real program's pause may be taken for its end.
                again = namespace.dump(file, tmp_path, *options, preload=preload)
                there = comparable(theirs(again))
            if here != there:
                differing[file.stem] = sorted(set(here) ^ set(there))
    assert len(chosen) == FILES
    for name in sorted(set(differing) - listed):
        print(name, *differing[name], sep="\n")
    assert set(differing) == listed
