"""What lines stand for, judged by keepalived 2.2.7: words that it does not know, it names.

Each file of `language/` is made of words that no program knows, so that its meaning is the list of
the words complained about. The lists beside the files are what 2.2.7 says of them.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from tests.compat.upstream import REAL, skip_without_upstream

from keepalived.config.load import load
from keepalived.lang.lexer import Line
from keepalived.lang.source import Setting, gather
from keepalived.run.sources import fetch

FOLDER = Path(__file__).parent / "language"
FILES = [*sorted(FOLDER.glob("*.conf")), FOLDER / "includes/main.conf"]
NAMED = re.compile(r"Unknown keyword '(.*)'")
SETTING = Setting(config_id="blue", draw=lambda least, most: least)


def name_of(file: Path) -> str:
    """Name a case."""
    return file.stem if file.stem != "main" else file.parent.name


def expected_of(file: Path) -> list[str]:
    """Read the words that a file comes to."""
    return (FOLDER / f"{name_of(file)}.words").read_text().splitlines()


def flat(lines: list[Line]) -> list[str]:
    """Give the first word of every line, and of the lines in blocks."""
    return [line.words[0] for line in lines if line.words != ("{",)]


def ours(file: Path) -> list[str]:
    """Give our first words; the file's folder is written as `HERE`."""
    gathered = gather(str(file), fetch, SETTING)
    return [word.replace(str(file.parent), "HERE") for word in flat(gathered.read()[0])]


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_lines_stand_for_what_is_written_beside_them(file: Path) -> None:
    assert ours(file) == expected_of(file)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_each_of_these_files_gets_a_verdict_with_places(file: Path) -> None:
    loaded = load(str(file), fetch, setting=SETTING)
    assert len(loaded.faults) >= 10
    for fault in loaded.faults:
        assert fault.place.line and fault.place.file.startswith(str(FOLDER))


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_keepalived_2_2_7_reads_the_same_words(file: Path) -> None:
    skip_without_upstream()
    command = [REAL, "-t", "-i", "blue", "-f", file.name]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, timeout=30)
    named = [word.replace(str(file.parent), "HERE") for word in NAMED.findall(done.stderr)]
    expected = expected_of(file)
    # It reads the file once for each of its processes.
    times, rest = divmod(len(named), len(expected))
    assert rest == 0 and times >= 1, named
    assert named == expected * times
