"""Frozen objects to the text that reads back to them.

Rule: writes what differs from the default, in the order of the rows; knows no keyword.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.lang.words import Kind, Row, block_of
from keepalived.records import fields


def render(thing: Any, indent: str = "    ") -> str:
    """Write a block with its name and braces, or a whole file when the block has no name."""
    lines: list[str] = []
    if block_of(type(thing)).name:
        _block(thing, lines, "", indent)
    else:
        _body(thing, lines, "", indent)
    return "".join(f"{line}\n" for line in lines)


def _block(thing: Any, lines: list[str], before: str, indent: str) -> None:
    block = block_of(type(thing))
    heads = [
        _written(row, getattr(thing, row.field)) for row in block.rows if row.kind is Kind.HEAD
    ]
    lines.append(f"{before}{' '.join((block.name, *heads))} {{")
    _body(thing, lines, before + indent, indent)
    lines.append(f"{before}}}")


def _body(thing: Any, lines: list[str], before: str, indent: str) -> None:
    defaults = {each.name: each.default for each in fields(thing)}
    for row in block_of(type(thing)).rows:
        value = getattr(thing, row.field)
        if row.kind is Kind.HEAD or value is None:
            continue
        if row.kind is Kind.PART:
            _block(value, lines, before, indent)
        elif row.kind is Kind.MANY:
            for each in value:
                _block(each, lines, before, indent)
        elif row.kind is Kind.KEYWORD:
            default = defaults[row.field]  # MISSING equals nothing
            if row.several:
                lines.extend(f"{before}{row.name} {_written(row, each)}" for each in value)
            elif row.always or value != default or type(value) is not type(default):
                lines.append(f"{before}{row.name} {_written(row, value)}".rstrip())
        elif value and not row.name:
            lines.extend(f"{before}{_written(row, each)}" for each in value)
        elif value:
            lines.append(f"{before}{row.name} {{")
            lines.extend(f"{before}{indent}{_written(row, each)}" for each in value)
            lines.append(f"{before}}}")


def _written(row: Row, value: Any) -> str:
    assert row.value is not None
    return row.value.write(value)
