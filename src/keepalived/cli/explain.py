"""`kactl explain`: the manual entry of a keyword or a block.

Rule: drawn from the rows, as the manual's pages are.
"""

from __future__ import annotations

import sys

from keepalived.config.root import Config
from keepalived.lang.manual import entries, pages
from keepalived.lang.suggest import nearest

HELP = """Usage: kactl explain WORD | BLOCK.WORD | BLOCK

Prints the manual entry of a keyword; of one that several blocks know, the entry of each.

Exit status: 0, or 1 where there is no such word.
"""


def explain(word: str) -> int:
    """Print every entry of that word; give the exit status."""
    found = entries(Config, word)
    if found:
        print("\n\n".join(found))
        return 0
    block, dot, name = word.rpartition(".")
    known = [
        each
        for page in pages(Config)
        if block in ("", page.name)
        for entry in page.entries
        for each in entry.names
    ]
    near = nearest(name, known)
    hint = f"; did you mean {block}{dot}{near}?" if near else ""
    print(f"kactl: there is no keyword {word}{hint}", file=sys.stderr)
    return 1
