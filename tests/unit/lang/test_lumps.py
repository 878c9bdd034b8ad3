"""Blocks that a large text has many times: found by a pattern, looked at only when asked."""

from __future__ import annotations

import pytest

from keepalived.config.root import Config
from keepalived.lang.binder import Vocabulary, bind
from keepalived.lang.lexer import Brace, Lump, Source, lex_source, lump_pattern
from keepalived.lang.tree import nest

PATTERN = lump_pattern(("server", "check"))
TEXT = """top {
  server 1 80 {
    weight 1
    check {
      retry 2
    }
  }
  server 2 80 {
    weight 1
    check {
      retry 2
    }
  }
}
"""


def test_a_lump_knows_its_place_and_reads_its_lines_when_asked() -> None:
    top, first, second, brace = lex_source(Source("f", TEXT), PATTERN).lines
    assert isinstance(first, Lump) and isinstance(second, Lump) and isinstance(brace, Brace)
    assert (top.number, first.number, second.number, brace.number) == (1, 2, 8, 14)
    assert second.words == ("server", "2", "80")
    assert (second.place().column, second.place(1).column) == (3, 10)
    assert first.inner is second.inner
    weight, check = second.body
    assert (weight.words, weight.number, check.words) == (("weight", "1"), 9, ("check",))
    assert [line.number for line in check.body or ()] == [11]


@pytest.mark.parametrize(
    "odd",
    ["# x", 'a "b"', "a \\ b", "a\x01", "é", "x {", "{", "a\n{", "} {", "x" * 1100],
)
def test_a_block_with_anything_odd_in_it_is_no_lump(odd: str) -> None:
    text = f"server 1 {{\nweight 1\n{odd}\n}}\nserver 2 {{\nweight 1\n}}\n"
    lumps = [each for each in lex_source(Source("f", text), PATTERN).lines if type(each) is Lump]
    assert [lump.words for lump in lumps] in ([("server", "2")], [])


def test_the_lines_are_the_same_with_lumps_and_without() -> None:
    plain = lex_source(Source("f", TEXT)).lines
    with_lumps = lex_source(Source("f", TEXT + TEXT), PATTERN).lines
    assert [line.number for line in plain if line.words[0] in ("server", "top")] == [1, 2, 8]
    assert [line.number for line in with_lumps] == [1, 2, 8, 14, 15, 16, 22, 28]


def test_blocks_of_one_text_share_what_they_hold() -> None:
    vocabulary = Vocabulary(Config)
    server = "real_server 10.0.0.{} 80 {{\nweight 7\nTCP_CHECK {{\nretry 2\n}}\n}}\n"
    text = "virtual_server 10.1.0.1 80 {\n" + "".join(map(server.format, range(1, 4))) + "}\n"
    pattern = lump_pattern(vocabulary.repeated)
    tree, _ = nest(lex_source(Source("f", text), pattern).lines, vocabulary)
    bound = bind(tree, vocabulary)
    assert bound.faults == []
    servers = bound.made.services[0].servers
    assert [(str(each.at.address), each.weight, each.place.line) for each in servers] == [
        ("10.0.0.1", 7, 2),
        ("10.0.0.2", 7, 8),
        ("10.0.0.3", 7, 14),
    ]
    assert servers[0].checks is servers[1].checks
    assert set(bound.borrowed) == {("f", line) for line in range(3, 7)}
