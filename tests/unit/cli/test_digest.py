"""The dumps look like the guide's, byte for byte where the scan left it readable."""

from __future__ import annotations

from pathlib import Path

from keepalived.cli.digest import body_digest, dumps, hex_dump

GUIDE_DIGEST = "ec90a42b99ea9a2f5ecbe213ac9eba03"


def guide_page(shared: Path) -> tuple[bytes, bytes, list[str]]:
    """Give header, body and the dump's hex columns as the guide printed them."""
    text = (shared / "seed" / "keepalived-user-guide-2002.txt").read_text()
    dump = text.split("[HTTP Header Buffer]")[1].split("[HTML MD5 final")[0]
    head, body = (part.strip().splitlines() for part in dump.split("[HTML Buffer]"))
    columns = [line.split("\t")[0].strip() for line in (*head, *body)]
    return _bytes(head), _bytes(body), columns


def _bytes(lines: list[str]) -> bytes:
    hexes = [line.split("\t")[0].split(" ", 1)[1].replace("-", "") for line in lines]
    return bytes.fromhex("".join(hexes))


def test_the_guides_body_has_164_bytes_and_the_digest_that_the_guide_prints(shared: Path) -> None:
    _, body, _ = guide_page(shared)
    assert len(body) == 164
    assert body_digest(body) == GUIDE_DIGEST


def test_the_dump_of_the_guides_page_has_the_guides_columns(shared: Path) -> None:
    head, body, columns = guide_page(shared)
    lines = dumps(head, body)
    assert lines[0] == "[HTTP Header Buffer]"
    assert lines[-1] == f"[HTML MD5 final resulting] MD5 Digest : {GUIDE_DIGEST}"
    rows = [line for line in lines if not line.startswith("[")]
    assert [" ".join(row[:54].split()) for row in rows] == columns


def test_a_row_shows_text_beside_hex_and_a_dot_for_what_is_not_text() -> None:
    row = hex_dump(b"HTTP/1.1 401\r\n\x7f\xff")[0]
    assert row == "0000 48 54 54 50 2f 31 2e 31 - 20 34 30 31 0d 0a 7f ff   HTTP/1.1 401...."


def test_a_short_row_keeps_the_text_in_its_column() -> None:
    full, short, tiny = (hex_dump(b"x" * size)[0] for size in (16, 12, 3))
    assert full.index("   x") == short.index("   xxxx") == tiny.index("   xxx")


def test_nothing_dumps_to_nothing() -> None:
    assert hex_dump(b"") == []
