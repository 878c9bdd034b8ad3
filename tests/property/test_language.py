"""The language as a whole: every text gets a verdict, and what we write we read."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepalived.config import load
from keepalived.config.load import child_text, load_expanded, load_text
from keepalived.config.pipes import checkers_globals
from keepalived.config.root import Config
from keepalived.lang.binder import Vocabulary, bind
from keepalived.lang.fault import Fault
from keepalived.lang.lexer import lex
from keepalived.lang.render import render
from keepalived.lang.tree import nest
from keepalived.lang.words import Kind, Row, block_of

SHARED = Path(os.environ.get("PYKEEPALIVED_SHARED", "../shared"))
CASES = sorted((SHARED / "seed").glob("case-*.conf"))
MOST_S = 2.0
"""Of processor time."""
PIECES = [*"ab{}\"'#!\\ \t\n\r\0$@~é\x1c١²", "vrrp_instance A", "real_server", " {\n", " }\n"]
LETTERS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def verdict(text: str) -> None:
    """Load, and demand a verdict in time with every fault's place inside the text."""
    start = time.process_time()
    loaded = load_text(text, "t.conf")
    lines = text.replace("\r", "").split("\n")
    for fault in loaded.faults:
        assert 0 <= fault.place.line <= len(lines)
        fault.shown().encode()
        fault.classic()
    child_text(loaded.config, "vrrp")
    child_text(loaded.config, "checker")
    assert time.process_time() - start < MOST_S


@given(st.binary(max_size=2000))
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    verdict(data.decode("utf-8", "surrogateescape"))


@given(LETTERS)
def test_any_signs_of_the_grammar_get_a_verdict(text: str) -> None:
    verdict(text)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_mutated_case_file_gets_a_verdict(data: st.DataObject) -> None:
    if not CASES:
        pytest.skip(f"needs the case files of {SHARED / 'seed'}")
    lines = data.draw(st.sampled_from(CASES)).read_text().split("\n")
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.integers(0, 4)):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[data.draw(st.integers(0, len(lines) - 1))])
            case 2:
                cut = data.draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:cut] + data.draw(LETTERS) + lines[at][cut:]
            case 3:
                lines[at] = data.draw(LETTERS)
            case _:
                cut = data.draw(st.integers(0, len(lines[at])))
                lines[at : at + 1] = [lines[at][:cut], lines[at][cut:]]
        lines = lines or [""]
    verdict("\n".join(lines))


def plainly(text: str) -> tuple[Config, tuple[Fault, ...]]:
    """Load without looking for blocks of the same text."""
    with patch.object(load, "LARGE", 10**9):
        loaded = load_text(text, "t.conf")
    return loaded.config, loaded.faults


def by_lumps(text: str) -> tuple[Config, tuple[Fault, ...]]:
    """Load as if the text were a large one."""
    with patch.object(load, "LARGE", 0):
        loaded = load_text(text, "t.conf")
    return loaded.config, loaded.faults


SERVERS = [
    "real_server 10.0.0.1 80 {\n",
    "real_server 10.0.0.2 80 {\n",
    "real_server 10.0.0.x {\n",
    "TCP_CHECK {\n",
    "TCP_CHECK\n",
    "MISC_CHECK {\n",
    "HTTP_GET {\n",
    "url {\npath /\n}\n",
    "weight 1\n",
    "weight x\n",
    "retry 2\n",
    "nb_get_retry 2\n",
    "misc_path /nowhere\n",
    "}\n",
    "}\n",
    "{\n",
    "# x\n",
]


@settings(max_examples=3 * settings().max_examples)
@given(st.lists(st.sampled_from(SERVERS), max_size=40))
def test_blocks_of_the_same_text_come_to_the_same_read_once_or_each(pieces: list[str]) -> None:
    head = "virtual_server 10.1.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n"
    text = head + "".join(pieces)
    for whole in (text, text + "}\n", text + "}\n" + text + "}\n"):
        assert by_lumps(whole) == plainly(whole)


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_case_file_comes_to_the_same_read_once_or_each(file: Path) -> None:
    text = file.read_text()
    assert by_lumps(text * 2) == plainly(text * 2)


def objects(made: type[Any]) -> st.SearchStrategy[Any]:
    """Give random objects of a block, made of the examples of its rows."""
    rows = block_of(made).rows
    return st.fixed_dictionaries(
        {row.field: values(row) for row in rows if row.kind is Kind.HEAD},
        optional={row.field: values(row) for row in rows if row.kind is not Kind.HEAD},
    ).map(lambda fields: made(**fields))


def values(row: Row) -> st.SearchStrategy[Any]:
    """Give random values of one row."""
    if row.kind is Kind.PART:
        return objects(row.blocks[0])
    if row.kind is Kind.MANY:
        inner = st.one_of([objects(block) for block in row.blocks])
        return st.lists(inner, max_size=3).map(tuple)
    assert row.value is not None
    examples = st.sampled_from(row.value.examples)
    if row.kind in (Kind.LINES, Kind.WORDS) or row.several:
        return st.lists(examples, max_size=3).map(tuple)
    return examples


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(objects(Config))
def test_what_is_written_reads_back_the_same(config: Config) -> None:
    text = render(config)
    vocabulary = Vocabulary(Config)
    lexed = lex(text, "t.conf")
    tree, misplaced = nest(lexed.lines, vocabulary)
    bound = bind(tree, vocabulary)
    assert not lexed.faults and not misplaced
    assert [fault for fault in bound.faults if fault.status] == []
    assert bound.made == config


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(objects(Config))
def test_what_a_child_is_sent_reads_back_to_its_share(config: Config) -> None:
    # What stands after the rules of a first load is what a reload sends.
    settled = load_text(render(config)).config
    for process, mine in (("vrrp", ("sync_groups", "instances")), ("checker", ("services",))):
        again = load_expanded(child_text(settled, process)).config
        # One process alone starts the program that reads notify_fifo.
        mine_too = checkers_globals(settled) if process == "checker" else settled.globals
        assert again.globals == mine_too
        for field in mine:
            assert getattr(again, field) == getattr(settled, field)
