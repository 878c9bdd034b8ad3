"""The corpus beside keepalived 2.2.7: the same exit status, and complaints about the same lines.

Files that differ stand in `corpus_differences.txt` with the reason; nothing else may differ.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.compat.corpus import Said, compare, corpus, links_named, scene
from tests.compat.upstream import skip_without_upstream

from keepalived.config.load import load
from keepalived.lang.tidy import tidy
from keepalived.run.sources import fetch

KNOWN = Path(__file__).parent / "corpus_differences.txt"
CLASS_LEAST, LINES_LEAST = 0.98, 0.92
RUNS = 2
"""Two runs of the real program do not always agree; a file is like it if it is like one of them."""

Judged = dict[str, list[tuple[Said, Said]]]


def known() -> dict[str, str]:
    """Give the reason for each file that differs."""
    lines = KNOWN.read_text().splitlines()
    pairs = (line.split(None, 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


@pytest.fixture(scope="module")
def judged(shared: Path) -> Iterator[Judged]:
    """Judge every file by both."""
    skip_without_upstream()
    files = corpus(shared)
    if not files:
        pytest.skip(f"no corpus in {shared}")
    names = links_named(file.read_text(errors="replace") for file in files)
    namespace = f"pk-corpus-{os.getpid()}"
    found: Judged = {}
    with scene(namespace, names) as links:
        for _ in range(RUNS):
            odd = [file for file in files if not _alike(found.get(file.stem, []))]
            for file, theirs, ours in compare(odd, namespace, links):
                found.setdefault(file.stem, []).append((theirs, ours))
        yield found


def _alike(runs: list[tuple[Said, Said]]) -> bool:
    return any(a.status == b.status and a.lines == b.lines for a, b in runs)


@pytest.mark.netns
def test_every_file_that_differs_is_listed_with_its_reason(judged: Judged) -> None:
    differing = {name for name, runs in judged.items() if not _alike(runs)}
    assert differing <= known().keys(), sorted(differing - known().keys())
    assert all(len(reason) > 20 for reason in known().values())


@pytest.mark.netns
def test_exit_statuses_and_lines_agree_as_far_as_promised(judged: Judged) -> None:
    classes = sum(any(a.status == b.status for a, b in runs) for runs in judged.values())
    lines = sum(any(a.lines == b.lines for a, b in runs) for runs in judged.values())
    print(f"of {len(judged)} files: exit status {classes}, lines {lines}")
    assert classes >= CLASS_LEAST * len(judged)
    assert lines >= LINES_LEAST * len(judged)


def test_the_tidy_form_of_every_file_means_the_same(shared: Path) -> None:
    for file in corpus(shared):
        text = file.read_bytes().decode("utf-8", "surrogateescape")
        form = tidy(text)
        assert tidy(form) == form, file.name
        assert _config(file, text) == _config(file, form), file.name


def _config(file: Path, text: str) -> object:
    name = str(file)
    return load(name, lambda each: ((name, text),) if each == name else fetch(each)).config
