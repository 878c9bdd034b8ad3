"""Joins the areas' lists of deliberate differences into the one page that operators read.

Rule: `docs/differences.d/` is written, `docs/differences.md` is drawn; `--check` tells whether it
is fresh.
"""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "differences.md"
HEAD = """\
# Where we mean to differ from upstream

Every place where this program deliberately behaves otherwise than keepalived 2.2.7, and why.
What is not listed here is meant to be the same: if it is not, that is a mistake of ours.
(Drawn from `docs/differences.d/` by `make docs`; edit there.)
"""
TITLES = {
    "configuration": "The configuration language",
    "vrrp": "VRRP",
    "checks": "Checks and the pool",
    "kernel": "The kernel and IPVS",
    "nftables": "The nftables plane",
    "programs": "The daemon and its processes",
    "genhash": "genhash",
    "install": "Installation",
}


def joined() -> str:
    """Give the whole page: the known areas in reading order, then the rest by name."""
    there = {path.stem: path for path in sorted((DOCS / "differences.d").glob("*.md"))}
    order = [name for name in TITLES if name in there]
    order += [name for name in there if name not in TITLES]
    parts = [HEAD]
    for name in order:
        lines = [line for line in there[name].read_text().splitlines() if line[:2] != "# "]
        title = TITLES.get(name, name.replace("-", " ").capitalize())
        parts.append(f"## {title}\n\n" + "\n".join(lines).strip() + "\n")
    return "\n".join(parts)


def main() -> int:
    """Write the page, or with --check give 1 when it is not what would be written."""
    fresh = joined()
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text() != fresh:
            print("docs/differences.md is not fresh: run `make docs`")
            return 1
        return 0
    PAGE.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
