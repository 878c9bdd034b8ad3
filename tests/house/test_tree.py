"""The tree as a whole: nothing unfinished, nothing of a workplace, everything drawn is fresh."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house.source import ROOT, report

TEXT = {".py", ".md", ".toml", ".txt", ".in", ".sh", ".service", ".conf", ".yml", ".sample", ""}
SKIPPED = {".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis", "build"}
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
WORKPLACE = re.compile("|".join(["/wo" + "rk/", r"/root/\.", "/opt/py" + "pi", "brief" + r"\.md"]))
INDEX = re.compile(
    r"py" + r"pi\.org|python" + r"hosted|--(extra-)?ind" + r"ex-url|find-li" + r"nks"
)
PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def committed_files() -> Iterator[Path]:
    """Give the text files of the tree that belong to it."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        if SKIPPED & set(inside.parts) or not path.is_file() or path.suffix not in TEXT:
            continue
        yield path


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    findings = []
    for path in committed_files():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line):
                findings.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    return findings


def test_nothing_is_left_unfinished() -> None:
    report(_lines_with(UNFINISHED), "what is not done is an issue, not a remark in the source")


def test_the_tree_names_no_workplace() -> None:
    report(_lines_with(WORKPLACE), "it must work wherever it is cloned")


def test_the_tree_names_no_package_index() -> None:
    report(_lines_with(INDEX), "where packages come from is the installer's configuration")


def test_the_tree_holds_no_private_key() -> None:
    report(_lines_with(PEM), "tests make their keys")


@pytest.mark.parametrize(
    "script", ["draw_architecture.py", "join_differences.py", "draw_manual.py"]
)
def test_what_is_drawn_is_what_would_be_drawn_today(script: str) -> None:
    command = [sys.executable, str(ROOT / "scripts" / script), "--check"]
    drawn = subprocess.run(command, capture_output=True, text=True)
    assert drawn.returncode == 0, drawn.stdout + drawn.stderr


def test_every_link_between_our_pages_leads_somewhere() -> None:
    findings = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    report(findings, "a reader who follows a link arrives")
