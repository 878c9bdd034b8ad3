"""Draws the map of ARCHITECTURE.md from the first sentences of the modules.

Rule: only what stands between the two marks is drawn; `--check` tells whether it is fresh.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "ARCHITECTURE.md"
SOURCE = ROOT / "src" / "keepalived"
BEGIN = "<!-- drawn by scripts/draw_architecture.py: begin -->"
END = "<!-- end -->"
ROOMS = (
    *("wire", "wire/netlink", "lang", "port"),
    *("core", "core/vrrp", "core/lvs", "core/checks", "core/notify"),
    *("config", "status", "linux", "sim", "run", "cli"),
)


def first_sentence(path: Path) -> str:
    """Give the first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n", 1)[0]


def rooms() -> list[Path]:
    """Give every folder that holds modules: those we know in reading order, then the rest."""
    there = {path.parent for path in SOURCE.rglob("*.py")} - {SOURCE}
    known = [SOURCE / name for name in ROOMS if SOURCE / name in there]
    return known + sorted(there - set(known))


def drawn() -> str:
    """Give the map: a heading a room, a line a module."""
    lines: list[str] = []
    for room in rooms():
        own = room / "__init__.py"
        lines += ["", f"### `{room.relative_to(SOURCE)}/`", ""]
        if own.exists() and first_sentence(own):
            lines += [first_sentence(own), ""]
        for module in sorted(room.glob("*.py")):
            if module != own:
                lines.append(f"- `{module.name}`: {first_sentence(module)}")
    return "\n".join([*lines, "", ""])


def main() -> int:
    """Redraw the page, or with --check give 1 when it is not what would be drawn."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    fresh = f"{before}{BEGIN}\n{drawn()}{END}{after}"
    if fresh == page:
        return 0
    if "--check" in sys.argv:
        print("ARCHITECTURE.md is not fresh: run `make docs`")
        return 1
    PAGE.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
