"""`kactl fmt`: configuration files in one tidy form.

Rule: the meaning stays: a file whose tidy form would be read otherwise is left as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from keepalived.lang.tidy import tidy

HELP = """Usage: kactl fmt [OPTION] FILE...

Prints the file in one tidy form: a statement a line, indented by its braces, comments kept.

Options:
  --write, -w       write it back to the file
  --check           print the names of the files that are not tidy

Exit status: 0, or 1 where --check found an untidy file or a file could not be read or written.
"""


def format_files(files: Sequence[str], *, write: bool, check: bool) -> int:
    """Tidy every file; give the exit status."""
    status = 0
    for file in files:
        try:
            status = max(status, _format(file, write=write, check=check))
        except OSError as error:
            print(f"kactl: {file}: {error.strerror}", file=sys.stderr)
            status = 1
    return status


def _format(file: str, *, write: bool, check: bool) -> int:
    with open(file, encoding="utf-8", errors="surrogateescape", newline="") as source:
        text = source.read()
    tidied = tidy(text)
    if not _means_the_same(file, text, tidied):
        print(f"kactl: {file} is left as it is: mend its mistakes first", file=sys.stderr)
        tidied, check = text, False
    if check:
        if tidied != text:
            print(file)
        return int(tidied != text)
    if not write:
        sys.stdout.buffer.write(tidied.encode("utf-8", "surrogateescape"))
    elif tidied != text:
        from keepalived.run.sources import replace_text

        replace_text(file, tidied)
    return 0


def _means_the_same(file: str, text: str, tidied: str) -> bool:
    from keepalived.config.load import load
    from keepalived.lang.source import Unreadable
    from keepalived.run.sources import fetch

    def read(instead: str) -> object:
        def own(pattern: str) -> tuple[tuple[str, str | Unreadable], ...]:
            return ((file, instead),) if pattern == file else fetch(pattern)

        return load(file, own).config

    return read(text) == read(tidied)
