"""Joins the areas' lists of deliberate differences into the one page that operators read.

Rule: `docs/differences.d/` is written, `docs/differences.md` is drawn; `--check` tells whether it
is fresh. The words that are read but have no effect so far are drawn from the keyword rows.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
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
    "bfd": "BFD",
    "kernel": "The kernel and IPVS",
    "nftables": "The nftables plane",
    "programs": "The daemon and its processes",
    "genhash": "genhash",
    "install": "Installation",
}

WAITING = """\
Read and checked, so that a file with them loads; a remark of `-t` names them. They come with:
"""
WORKS = {"vrrp": "VRRP", "lvs": "load balancing", "operations": "operations"}


def waiting() -> str:
    """Give the section on words without effect: a line a block, by the work that they wait for."""
    sys.path.insert(0, str(ROOT / "src"))
    from keepalived.config.root import Config
    from keepalived.lang.words import Block, Kind, block_of

    found: dict[str, dict[str, list[str]]] = {work: {} for work in WORKS}
    seen: set[type] = set()

    def walk(block: Block, work: str) -> None:
        for row in block.rows:
            mine = row.awaits or work
            if mine and row.name and row.kind is not Kind.HEAD and not row.blocks:
                words = found[mine].setdefault(block.name or "the top level", [])
                words += [row.name] if row.name not in words else []
            for inner in row.blocks:
                if inner not in seen:
                    seen.add(inner)
                    walk(block_of(inner), mine)

    walk(block_of(Config), "")
    lines = ["## Words without effect so far", "", WAITING]
    for work, blocks in found.items():
        lines += [f"- {WORKS[work]}:"] if blocks else []
        lines += [f"  - {name}: {_listed(words)}" for name, words in blocks.items()]
    return "\n".join([*lines, ""])


def _listed(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


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
    return "\n".join([*parts, waiting()])


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
