"""Rows to the tables of the manual: every keyword with its form, default and meaning.

Rule: draws from rows alone, so that the page cannot say anything else than the program does.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from keepalived.lang.words import Bad, Block, Given, Kind, Row, block_of

START, END = "<!-- drawn from the keyword rows -->", "<!-- end of what is drawn -->"


def manual(root: type) -> str:
    """Give a section with a table for every block, from the outermost inwards."""
    blocks: dict[str, Block] = {}
    parents: dict[str, list[str]] = {}
    _gather(root, "", blocks, parents)
    return "\n".join(_section(block, parents[name]) for name, block in blocks.items() if name)


def fresh(page: str, root: type) -> str:
    """Give a page with what stands between its two marks drawn anew."""
    before, mark, rest = page.partition(START)
    _, end, after = rest.partition(END)
    assert mark and end, "the page has no marks"
    return f"{before}{START}\n\n{manual(root)}\n{END}{after}"


def _gather(
    made: type, parent: str, blocks: dict[str, Block], parents: dict[str, list[str]]
) -> None:
    block = block_of(made)
    parents.setdefault(block.name, []).append(parent)
    if block.name in blocks:
        return
    blocks[block.name] = block
    for row in block.rows:
        for inner in row.blocks:
            _gather(inner, block.name, blocks, parents)


def _section(block: Block, parents: list[str]) -> str:
    heads = "".join(f" {_cell(row)}" for row in block.rows if row.kind is Kind.HEAD)
    inside = " or ".join(f"`{parent}`" for parent in parents if parent)
    lines = [
        f"### `{block.name}`{heads}",
        "",
        f"{block.doc}" + (f" Stands in {inside}." if inside else ""),
        "",
        "| Keyword | Value | Default | Meaning |",
        "|---|---|---|---|",
    ]
    defaults = {each.name: each.default for each in fields(block.made)}
    lines += [_line(row, defaults[row.field]) for row in block.rows if row.kind is not Kind.HEAD]
    return "\n".join([*lines, ""])


def _line(row: Row, default: Any) -> str:
    if row.kind in (Kind.PART, Kind.MANY):
        names = ", ".join(f"`{block_of(each).name}`" for each in row.blocks)
        many = "blocks" if row.kind is Kind.MANY else "a block"
        return f"| {names} | {many} | | {row.doc} |"
    assert row.value is not None
    value = _cell(row) if row.kind is Kind.KEYWORD else f"`{{ … }}` of {_cell(row)}"
    meaning = row.doc
    if row.also:
        meaning += f" Also: {_names(row.also)}."
    if row.aliases:
        meaning += f" Older: {_names(row.aliases)}."
    if row.retired:
        meaning += f" An old word; today: {row.retired}."
    if row.once:
        meaning += " The first one counts."
    if row.ours:
        meaning += " Not known to keepalived."
    return f"| `{row.name}` | {value} | {_default(row, default)} | {meaning} |"


def _default(row: Row, default: Any) -> str:
    if default in (None, "", (), MISSING) or row.value is None or row.kind is not Kind.KEYWORD:
        return ""
    written = row.value.write(default)
    # A default that could not be written stands for "not said".
    unsaid = isinstance(row.value.read(Given(tuple(written.split()), written)), Bad)
    return "" if unsaid else f"`{written}`"


def _cell(row: Row) -> str:
    assert row.value is not None
    escaped = row.value.shape.replace("|", "\\|")
    return f"`{escaped}`"


def _names(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)
