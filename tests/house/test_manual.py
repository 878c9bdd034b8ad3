"""What the man pages and the README promise is what there is."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from tests.house.source import ROOT, report
from tests.house.test_rows import blocks, rows

from keepalived import VERSION
from keepalived.cli import genhash
from keepalived.cli import main as kactl
from keepalived.run.options import OPTIONS

PAGES = ROOT / "packaging" / "man"


def words_of(page: str) -> set[str]:
    """Give the words of a man page, its markup taken away."""
    text = (PAGES / page).read_text().replace("\\-", "-")
    return set(re.findall(r"[\w-]+", re.sub(r"\\f[A-Z]|^\.[A-Z]+ ", " ", text, flags=re.M)))


def test_every_keyword_stands_in_its_man_page() -> None:
    known = words_of("keepalived.conf.5")
    names = {row.name for name, row in rows() if "|" not in row.name}
    names |= {block.name for block in blocks() if block.name}
    report(sorted(name for name in names if name and name not in known), "an operator looks there")


def test_every_option_stands_in_its_man_page() -> None:
    known = words_of("keepalived.8")
    lacking = [o.long for o in OPTIONS if o.help and f"--{o.long}" not in known]
    known = words_of("genhash.1")
    lacking += [name for name in map(str, genhash.LONG) if f"--{name.rstrip('=')}" not in known]
    known = words_of("kactl.1")
    lacking += [word for word in re.findall(r"--[a-z-]+", kactl.USAGE) if word not in known]
    report(lacking, "an operator looks there")


@pytest.mark.parametrize("page", sorted(path.name for path in PAGES.iterdir()))
def test_a_man_page_is_well_formed(page: str) -> None:
    text = (PAGES / page).read_text().splitlines()
    assert text[0].startswith(".TH ")
    assert f'"pykeepalived {VERSION}"' in text[0]
    for section in (".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION"):
        assert section in text or (section == ".SH SYNOPSIS" and page.endswith(".5"))
    if shutil.which("groff") is None:
        pytest.skip("needs the package groff-base")
    command = ["groff", "-man", "-Tutf8", "-ww", str(PAGES / page)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_version_is_one_everywhere() -> None:
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text()
    assert f"\n## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_page_of_the_documents_is_linked_from_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    docs = ROOT / "docs"
    pages = [*docs.glob("*.md"), *docs.glob("guide/*.md")]
    findings = [path.name for path in pages if f"({path.relative_to(ROOT)})" not in text]
    report(findings, "a page that nobody finds is not written")
