"""Draws the manual from the keyword rows and option tables: pages, man page, shell completion.

Rule: what is drawn is never edited; `--check` tells whether it is fresh.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from keepalived import VERSION  # noqa: E402
from keepalived.cli.main import COMMANDS  # noqa: E402
from keepalived.config.root import Config  # noqa: E402
from keepalived.lang.manual import Entry, Page, body, pages  # noqa: E402
from keepalived.run.options import OPTIONS  # noqa: E402

MAN = f"""\
.TH KEEPALIVED.CONF 5 "November 2026" "pykeepalived {VERSION}" "File formats"
.SH NAME
keepalived.conf \\- what keepalived does
.SH DESCRIPTION
One keyword a line, its values behind it; blocks in braces. A comment begins with # or ! and
ends with the line; a value with blanks stands in double quotes.
.B keepalived \\-t
tells what is wrong, where, and what would be right;
.B kactl explain
.I WORD
prints the entry of one word. In what follows,
.I seconds
may have up to six decimals, and a default stands in brackets.
.ad l
"""
MAN_END = """\
.SH SEE ALSO
.BR keepalived (8),
.BR kactl (1),
.BR genhash (1)
"""


def drawn() -> dict[Path, str]:
    """Give every file that is drawn, with its text."""
    known = pages(Config)
    files = {ROOT / "docs" / "manual" / f"{_file(page)}.md": _page(page) for page in known}
    files[ROOT / "docs" / "manual" / "README.md"] = _index(known)
    files[ROOT / "packaging" / "man" / "keepalived.conf.5"] = _man(known)
    files[ROOT / "packaging" / "completion" / "keepalived"] = _completion_of_keepalived()
    files[ROOT / "packaging" / "completion" / "kactl"] = _completion_of_kactl(known)
    return files


def _file(page: Page) -> str:
    return page.name or "top-level"


def _page(page: Page) -> str:
    title = f"# {page.name or 'The top level'}" + (f" {page.head}" if page.head else "")
    return f"{title}\n\n{body(page)}\n[All blocks](README.md)\n"


def _index(known: tuple[Page, ...]) -> str:
    lines = [
        "# The keywords, block by block",
        "",
        "Drawn from the rows that the program reads with, by `make docs`.",
        "How a file is read stands in [the page on the file](../configuration.md).",
        "",
        "| Block | Stands in | What it is |",
        "|---|---|---|",
    ]
    for page in known:
        inside = ", ".join(f"`{each}`" for each in page.parents) or "the top level"
        name = f"`{page.name}`" if page.name else "The top level"
        where = inside if page.name else ""
        lines.append(f"| [{name}]({_file(page)}.md) | {where} | {page.doc} |")
    return "\n".join([*lines, ""])


def _man(known: tuple[Page, ...]) -> str:
    parts = [MAN]
    for page in known:
        head = f" {page.head}" if page.head else ""
        inside = f" Stands in {', '.join(page.parents)}." if page.parents else ""
        title = (page.name or "At the top level") + head
        parts.append(f".SS {_roff(title)}\n{_roff(page.doc + inside)}\n")
        parts += [_man_entry(entry) for entry in page.entries]
    return "".join([*parts, MAN_END])


def _man_entry(entry: Entry) -> str:
    names = ", ".join(entry.names)
    form = f" \\fI{_roff(entry.form)}\\fR" if entry.form else ""
    default = f" [{_roff(entry.default)}]" if entry.default else ""
    text = _roff(" ".join((entry.meaning, *entry.notes)))
    return f".TP\n\\fB{_roff(names)}\\fR{form}{default}\n{text}\n"


def _roff(text: str) -> str:
    """Write a text so that no letter of it is an order to the typesetter."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("'", "\\(aq")
    return f"\\&{text}" if text.startswith(".") else text


def _completion_of_keepalived() -> str:
    words = " ".join(
        word
        for option in OPTIONS
        if option.help
        for word in (f"-{option.short}" if option.short else "", f"--{option.long}")
        if word
    )
    return f"""\
# bash completion for keepalived; drawn by make docs
_keepalived() {{
    local word=${{COMP_WORDS[COMP_CWORD]}}
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W '{words}' -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}}
complete -o filenames -F _keepalived keepalived
"""


def _completion_of_kactl(known: Iterable[Page]) -> str:
    keywords = sorted({name for page in known for entry in page.entries for name in entry.names})
    cases = "\n".join(
        f"        {name}) options='{' '.join(command.options)}' ;;"
        for name, command in COMMANDS.items()
    )
    return f"""\
# bash completion for kactl; drawn by make docs
_kactl() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} options=
    if [[ $COMP_CWORD == 1 ]]; then
        COMPREPLY=($(compgen -W '{" ".join(COMMANDS)} --help --version' -- "$word"))
        return
    fi
    case ${{COMP_WORDS[1]}} in
{cases}
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
    elif [[ ${{COMP_WORDS[1]}} == explain ]]; then
        COMPREPLY=($(compgen -W '{" ".join(keywords)}' -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}}
complete -o filenames -F _kactl kactl
"""


def main() -> int:
    """Write what is drawn, or with --check give 1 when something is not what would be written."""
    files = drawn()
    left = set((ROOT / "docs" / "manual").glob("*.md")) - files.keys()
    if "--check" in sys.argv:
        stale = [path for path, text in files.items() if _text_of(path) != text]
        for path in sorted([*stale, *left]):
            print(f"{path.relative_to(ROOT)} is not fresh: run `make docs`")
        return 1 if stale or left else 0
    for path in left:
        path.unlink()
    for path, text in files.items():
        path.write_text(text)
    return 0


def _text_of(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
