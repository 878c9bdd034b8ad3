"""What a file has in the place of a part of a text, and when a reload needs not read all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepalived.config.load import load
from keepalived.config.patch import Edit
from keepalived.records import replace
from keepalived.run import rereading
from keepalived.run.config_test import Verdict
from keepalived.run.rereading import Rereading, difference
from keepalived.run.sources import fetch


@pytest.mark.parametrize("block", [1, 3, 64])
@pytest.mark.parametrize(
    ("before", "after", "edit"),
    [
        ("abcdef", "abcdef", (6, 6, "")),
        ("abcdef", "abXdef", (2, 3, "X")),
        ("abcdef", "abcdefgh", (6, 6, "gh")),
        ("abcdef", "cdef", (0, 2, "")),
        ("aaaa", "aa", (2, 4, "")),
        ("aa", "aaaa", (2, 2, "aa")),
        ("", "abc", (0, 0, "abc")),
        ("abc", "", (0, 3, "")),
    ],
)
def test_the_difference_leads_from_the_text_to_the_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    block: int,
    before: str,
    after: str,
    edit: tuple[int, int, str],
) -> None:
    monkeypatch.setattr(rereading, "BLOCK", block)
    file = tmp_path / "f"
    file.write_text(after)
    assert difference(str(file), before) == Edit(*edit)


def test_what_is_no_plain_file_has_no_difference(tmp_path: Path) -> None:
    file = tmp_path / "f"
    assert difference(str(file), "a") is None
    assert difference(str(tmp_path), "a") is None
    file.write_bytes(b"a\xff")
    assert difference(str(file), "a") is None
    file.write_text("a")
    file.chmod(0o755)
    assert difference(str(file), "a") is None


def test_an_edit_of_a_service_is_read_alone_and_a_refused_one_is_forgotten(tmp_path: Path) -> None:
    def service(number: int, weight: int = 1) -> str:
        text = f"virtual_server 10.0.{number // 250}.{number % 250} 80 {{\nprotocol TCP\n"
        text += "lb_algo rr\nlb_kind NAT\n"
        return text + f"real_server 10.1.0.1 80 {{\nweight {weight}\n}}\n}}\n"

    file = tmp_path / "f"
    texts = [service(number) for number in range(1200)]
    file.write_text("".join(texts))

    def whole(_: object) -> Verdict:
        raise AssertionError("all of it is read")

    first = Verdict(load(str(file), fetch), ())
    again = Rereading(str(file), first)
    rehearsed = again.rehearse(first)
    assert rehearsed is not None and rehearsed.config == first.config
    texts[500] = service(500, 7)
    file.write_text("".join(texts))
    refused = again.read(first, whole)
    assert refused.config.services[500].servers[0].weight == 7
    assert refused.config.services[499] is first.config.services[499]
    second = again.read(first, whole)
    assert second.config == refused.config
    texts[:1] = []
    file.write_text("".join(texts))
    third = again.read(second, whole)
    assert third.config == load(str(file), fetch).config
    texts[3] = texts[3].replace("lb_algo rr\n", "")
    file.write_text("".join(texts))
    with pytest.raises(AssertionError, match="all of it is read"):
        again.read(third, whole)
    file.write_text("global_defs {\n}\n" + "".join(texts))
    with pytest.raises(AssertionError, match="all of it is read"):
        again.read(third, whole)
    assert replace(third.config, services=()) == replace(first.config, services=())
