"""Rows to the entries of the manual: every keyword with its form, default and meaning.

Rule: draws from rows alone, so that no page can say anything else than the program does.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.lang.words import Bad, Block, Given, Kind, Row, block_of
from keepalived.records import MISSING, dataclass, fields


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manual says of one keyword."""

    names: tuple[str, ...]
    """Its name, or those of the blocks that stand there."""
    form: str
    """What stands behind it: `1..255`, `{ ADDRESS… }`, `{ … }` for a block."""
    default: str
    meaning: str
    notes: tuple[str, ...] = ()
    """Whole sentences: other spellings, releases, what it waits for."""
    opens: bool = False
    """Whether it is a block with an entry page of its own."""
    spellings: tuple[str, ...] = ()
    """Every other word that is read as this one."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the manual says of one block."""

    name: str
    head: str
    """What stands between its name and its brace."""
    doc: str
    parents: tuple[str, ...]
    """The blocks that it stands in; none for one of the top level."""
    entries: tuple[Entry, ...]


def pages(root: type) -> tuple[Page, ...]:
    """Give a page for every block, from the outermost inwards; first the file itself, named ""."""
    blocks: dict[type, Block] = {}
    parents: dict[str, list[str]] = {}
    _gather(root, "", blocks, parents)
    found: dict[str, Page] = {}
    for block in blocks.values():
        if block.name not in found:
            found[block.name] = _page(block, tuple(each for each in parents[block.name] if each))
    return tuple(found.values())


def body(page: Page) -> str:
    """Give what stands under a block's heading: what it is, and the table of its keywords."""
    inside = " or ".join(f"`{parent}`" for parent in page.parents)
    lines = [page.doc + (f" Stands in {inside}." if inside else ""), ""]
    if page.entries:
        lines += ["| Keyword | Value | Default | Meaning |", "|---|---|---|---|"]
        lines += [_line(entry) for entry in page.entries]
    return "\n".join([*lines, ""])


def entries(root: type, word: str) -> list[str]:
    """Give the entry of a keyword as text, one a block that knows it; `BLOCK.WORD` names one."""
    wanted, _, name = word.rpartition(".")
    found = []
    for page in pages(root):
        if page.name and page.name == name and (not wanted or wanted in page.parents):
            found.append(_block_text(page))
        found += [
            _text(entry, name, page.name)
            for entry in page.entries
            if not entry.opens
            and name in (*entry.names, *entry.spellings)
            and wanted in ("", page.name)
        ]
    return found


def _gather(
    made: type, parent: str, blocks: dict[type, Block], parents: dict[str, list[str]]
) -> None:
    block = block_of(made)
    known = parents.setdefault(block.name, [])
    if parent not in known:
        known.append(parent)
    if made in blocks:
        return
    blocks[made] = block
    for row in block.rows:
        for inner in row.blocks:
            _gather(inner, block.name, blocks, parents)


def _page(block: Block, parents: tuple[str, ...]) -> Page:
    defaults = {each.name: each.default for each in fields(block.made)}
    heads = [row.value.shape for row in block.rows if row.kind is Kind.HEAD and row.value]
    made = [
        _entry(row, defaults[row.field])
        for row in block.rows
        if row.kind is not Kind.HEAD and row.name
    ]
    return Page(block.name, " ".join(heads), block.doc, parents, tuple(made))


def _entry(row: Row, default: Any) -> Entry:
    if row.kind in (Kind.PART, Kind.MANY):
        names = tuple(block_of(each).name for each in row.blocks)
        form = "{ … }, any number" if row.kind is Kind.MANY else "{ … }"
        return Entry(names, form, "", row.doc, _notes(row), True)
    assert row.value is not None
    shape = row.value.shape
    form = shape if row.kind is Kind.KEYWORD else f"{{ {shape} … }}"
    spellings = (*row.also, *row.aliases)
    return Entry((row.name,), form, _default(row, default), row.doc, _notes(row), False, spellings)


def _notes(row: Row) -> tuple[str, ...]:
    found = []
    if row.also:
        found.append(f"Also: {', '.join(row.also)}.")
    if row.aliases:
        found.append(f"Older: {', '.join(row.aliases)}.")
    if row.retired:
        found.append(f"An old word; today: {row.retired}.")
    if row.once:
        found.append("The first one counts.")
    if row.since:
        found.append("Newer than 2.4.3." if row.since == "post" else f"Since {row.since}.")
    if row.until:
        found.append(f"Until {row.until}.")
    if row.awaits:
        found.append("Read and checked, but without effect so far.")
    if row.ours:
        found.append("Not known to keepalived.")
    return tuple(found)


def _default(row: Row, default: Any) -> str:
    if default in (None, "", (), MISSING) or row.value is None or row.kind is not Kind.KEYWORD:
        return ""
    written = row.value.write(default)
    # A default that could not be written stands for "not said".
    unsaid = isinstance(row.value.read(Given(tuple(written.split()), written)), Bad)
    return "" if unsaid else written


def _line(entry: Entry) -> str:
    names = ", ".join(f"`{name}`" for name in entry.names)
    form = f"`{_cell(entry.form)}`" if entry.form else ""
    default = f"`{_cell(entry.default)}`" if entry.default else ""
    return f"| {names} | {form} | {default} | {_cell(' '.join((entry.meaning, *entry.notes)))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _text(entry: Entry, name: str, block: str) -> str:
    said = entry.names[0] if name in entry.spellings else name
    where = f"    in {block}" if block else "    at the top level"
    lines = [f"{said} {entry.form}".rstrip(), where, f"    {entry.meaning}"]
    if entry.default:
        lines.append(f"    Default: {entry.default}")
    return "\n".join([*lines, *(f"    {note}" for note in entry.notes)])


def _block_text(page: Page) -> str:
    head = f"{page.name} {page.head}".rstrip()
    inside = f"    in {' or '.join(page.parents)}" if page.parents else "    at the top level"
    names = [name for entry in page.entries for name in entry.names]
    lines = [f"{head} {{ … }}", inside, f"    {page.doc}"]
    if names:
        lines.append("    Knows: " + " ".join(names))
    return "\n".join(lines)
