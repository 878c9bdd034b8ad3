"""What genhash prints: the digest of a page, and the dumps of what the server said.

Rule: bytes to text; nothing here fetches.
"""

from __future__ import annotations

ROW = 16
HALF = 8


def body_digest(body: bytes) -> str:
    """Give the MD5 of a page as 32 hex digits, the value of the keyword `digest`."""
    import hashlib

    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def hex_dump(data: bytes) -> list[str]:
    """Give one line for each 16 bytes: offset in hex, two halves of eight, the text."""
    lines = []
    for start in range(0, len(data), ROW):
        row = data[start : start + ROW]
        left = row[:HALF].hex(" ").ljust(HALF * 3 - 1)
        right = row[HALF:].hex(" ").ljust(HALF * 3 - 1)
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{start:04x} {left} - {right}   {text}")
    return lines


def dumps(head: bytes, body: bytes) -> list[str]:
    """Give the lines that `genhash -v` prints, in the guide's form."""
    return [
        "[HTTP Header Buffer]",
        *hex_dump(head),
        "[HTML Buffer]",
        *hex_dump(body),
        f"[HTML MD5 final resulting] MD5 Digest : {body_digest(body)}",
    ]
