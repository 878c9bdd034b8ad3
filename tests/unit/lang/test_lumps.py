"""Blocks that a large text has many times: cut by their texts, looked at only when asked."""

from __future__ import annotations

import pytest

from keepalived.config.root import Config
from keepalived.lang.binder import Vocabulary, bind
from keepalived.lang.lexer import Line, Source, lex_source
from keepalived.lang.sheaf import Lump, Sheaf, lex_sheaves
from keepalived.lang.tree import nest

NAMES = ("top", "server")
TEXT = """top 9 {
  depth 1
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


def sheaves(text: str) -> list[Line]:
    return lex_sheaves(Source("f", text), NAMES, {})[0].lines


def test_a_sheaf_knows_the_places_of_its_blocks_and_reads_their_lines_when_asked() -> None:
    (top,) = sheaves(TEXT)
    assert isinstance(top, Sheaf)
    depth, first, second = top.body
    assert isinstance(first, Lump) and isinstance(second, Lump)
    assert (top.number, depth.number, first.number, second.number) == (1, 2, 3, 9)
    assert (top.words, second.words) == (("top", "9"), ("server", "2", "80"))
    assert (second.place().column, second.place(1).column) == (3, 10)
    assert first.twin is second.twin
    assert second.gives("check") and not second.gives("retry") and top.gives("server")
    weight, check = second.body
    assert (weight.words, weight.number, check.words) == (("weight", "1"), 10, ("check",))
    assert [line.number for line in check.body or ()] == [12]


@pytest.mark.parametrize(
    "odd",
    ["# x", 'a "b"', "a \\ b", "a\x01", "é", "x {", "{", "a\n{", "} {", "x" * 1100, "}", "{ }"],
)
@pytest.mark.parametrize("where", [2, 4, 8, 14, 15])
def test_a_block_with_anything_odd_in_it_is_read_as_any_other(odd: str, where: int) -> None:
    lines = TEXT.split("\n")
    lines.insert(where, odd)
    text = "\n".join(lines)
    again = sheaves(text + TEXT)
    assert any(isinstance(each, Sheaf) for each in again)
    expected = lex_source(Source("f", text + TEXT)).lines
    assert [(line.number, line.words) for line in _flat(again)] == [
        (line.number, line.words) for line in expected if line.words[0] != "}"
    ]


def _flat(lines: list[Line]) -> list[Line]:
    """Give all lines but closing braces; those of sheaves and lumps in their place."""
    found: list[Line] = []
    for line in lines:
        if line.words[0] != "}":
            found.append(line)
        if line.whole:
            found += _nested(line)
    return found


def _nested(line: Line) -> list[Line]:
    found: list[Line] = []
    for each in line.body or ():
        found += [each, *_nested(each)]
    return found


def test_blocks_of_one_text_share_what_they_hold() -> None:
    vocabulary = Vocabulary(Config)
    server = "real_server 10.0.0.{} 80 {{\nweight 7\nTCP_CHECK {{\nretry 2\n}}\n}}\n"
    text = "virtual_server 10.1.0.1 80 {\n" + "".join(map(server.format, range(1, 4))) + "}\n"
    assert vocabulary.sheaf is not None
    lines = lex_sheaves(Source("f", text), vocabulary.sheaf, {})[0].lines
    tree, _ = nest(lines, vocabulary)
    bound = bind(tree, vocabulary)
    assert bound.faults == [] and bound.casting is not None
    servers = bound.made.services[0].servers
    assert [(str(each.at.address), each.weight, each.place.line) for each in servers] == [
        ("10.0.0.1", 7, 2),
        ("10.0.0.2", 7, 8),
        ("10.0.0.3", 7, 14),
    ]
    assert servers[0].checks is servers[1].checks
    assert bound.casting.borrowed == {("f", line) for line in range(3, 7)}
