"""A keyword is a field: every row has its sentence, its shape and examples that read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.house.source import modules, report

from keepalived.config.root import Config
from keepalived.lang.lexer import lex
from keepalived.lang.words import Block, Given, Kind, Row, block_of


def blocks(made: type = Config, seen: set[type] | None = None) -> Iterator[Block]:
    """Give every block of the language, from the whole file inwards, each once."""
    seen = set() if seen is None else seen
    if made in seen:
        return
    seen.add(made)
    block = block_of(made)
    yield block
    for row in block.rows:
        for inner in row.blocks:
            yield from blocks(inner, seen)


def rows() -> Iterator[tuple[str, Row]]:
    """Give every row with its name for a finding."""
    for block in blocks():
        for row in block.rows:
            yield f"{block.name or 'the file'}: {row.name or row.field}", row


def test_every_block_and_row_has_a_sentence() -> None:
    findings = [name for name, row in rows() if not row.doc.endswith(".")]
    findings += [block.name for block in blocks() if not block.doc.endswith(".")]
    report(findings, "the manual, completion and messages are drawn from it")


def test_every_value_has_a_shape_and_examples() -> None:
    findings = [
        name
        for name, row in rows()
        if row.value is not None and not (row.value.shape and row.value.examples)
    ]
    report(findings, "a message says what would be right, and tests make their files of examples")


def test_every_example_reads_as_it_was_written() -> None:
    findings = []
    for name, row in rows():
        if row.value is None:
            continue
        for example in row.value.examples:
            written = row.value.write(example)
            lexed = lex(f"word {written}\n", "example")
            line = lexed.lines[0]
            read = row.value.read(Given(tuple(line.words[1:]), line.raw or written, line.cut))
            if read != example:
                findings.append(f"{name}: {example!r} is written {written!r}, read {read!r}")
    report(findings, "what we write down we must be able to read")


def test_no_two_rows_of_a_block_share_a_name() -> None:
    findings = []
    for block in blocks():
        names = [
            name
            for row in block.rows
            if row.kind not in (Kind.HEAD, Kind.PART, Kind.MANY)
            for name in (row.name, *row.aliases)
        ]
        findings += [f"{block.name}: {name}" for name in set(names) if names.count(name) > 1]
    report(findings, "the second would never be heard")


MEANINGLESS = {
    *("vrrp_instance: preempt", "vrrp_instance: accept", "vrrp_instance: debug"),
    *("vrrp_instance: linkbeat_use_polling", "the file: linkbeat_use_polling"),
    *("the file: linkbeat_interfaces", "global_defs: vrrp_ipsets", "global_defs: vrrp_iptables"),
    *("vrrp_sync_group: global_tracking", "virtual_server: hashed", "FILE_CHECK: dynamic"),
    # What the first asks for is always so here; the others are heard while the text is gathered.
    "the file: namespace_with_ipsets",
    *("global_defs: use_symlink_paths", "global_defs: random_seed", "global_defs: include_check"),
}
"""Words that mean nothing upstream either, or say what is the default."""
WORKS = ("", "vrrp", "lvs", "operations")
"""The pieces of work that a word may wait for."""


def waiting() -> Iterator[tuple[str, Row]]:
    """Give the rows that wait for a piece of work, those within a waiting block among them."""
    inside = {made for _, row in rows() if row.awaits for made in row.blocks}
    for block in blocks():
        for row in block.rows:
            if row.awaits or block.made in inside:
                yield f"{block.name or 'the file'}: {row.name or row.field}", row


def test_every_field_is_used_beyond_its_row() -> None:
    texts = "".join(module.text for module in modules())
    used = set(re.findall(r"\.(\w+)", texts))
    excused = {name for name, _ in waiting()} | MEANINGLESS
    findings = [name for name, row in rows() if row.field not in used and name not in excused]
    report(findings, "every keyword takes effect, or it says what it waits for")


def test_a_word_waits_for_a_piece_of_work_that_there_is() -> None:
    findings = [name for name, row in rows() if row.awaits not in WORKS]
    report(findings, "an operator is told that it comes, and with what")


MOST_WAITING = 76
"""Words that may wait, for now: the number goes down with each piece of work, and ends at 25."""


def test_no_more_words_wait_for_a_piece_of_work_than_before() -> None:
    found = [name for name, _ in waiting()]
    report(found if len(found) > MOST_WAITING else [], f"{MOST_WAITING} may, and none more")
