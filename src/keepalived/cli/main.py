"""`kactl`: what an operator asks of a running daemon, and of a configuration file.

Rule: what a command needs is loaded when it is called; each has its own options and its own help.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from keepalived.records import dataclass

USAGE = """Usage: kactl COMMAND [OPTION]... [FILE]...

Of the running daemon:
  status            virtual routers, services and servers
  plane             who forwards (ipvs or nftables), and what it forwards
  handover [NAME]   let a virtual router, its group or all become backups without a gap

Of a configuration:
  check FILE...     what is wrong with it, and between the files of a pair's directors
  plan FILE         what a reload with it would change
  fmt FILE...       the same file in one tidy form
  explain WORD      the manual entry of a keyword or a block

Options:
  --help            print this, or the help of a command
  --version         print the version
"""


class Refused(Exception):
    """The words make no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its options and what it does with them."""

    run: Callable[[dict[str, str], list[str]], int]
    options: tuple[str, ...]
    """As they are written; one that wants a value ends in `=`."""
    help: Callable[[], str]


def _status(options: dict[str, str], words: list[str]) -> int:
    from keepalived.cli.showing import show

    _no_more(words, 0)
    return show("status", options)


def _plane(options: dict[str, str], words: list[str]) -> int:
    from keepalived.cli.showing import show

    _no_more(words, 0)
    return show("plane", options)


def _handover(options: dict[str, str], words: list[str]) -> int:
    from keepalived.cli import handover
    from keepalived.cli.showing import socket_of

    _no_more(words, 1)
    path, name = socket_of(options), words[0] if words else ""
    span = options.get("--for")
    for_us = None if span is None else handover.microseconds(span)
    if span is not None and for_us is None:
        raise Refused(f"--for wants a time like 90s, 10m or 2h, not {span}")
    if "--end" in options:
        if span is not None:
            raise Refused("handover either begins or ends")
        return handover.end(path, name)
    return handover.hand_over(path, name, for_us)


def _check(options: dict[str, str], words: list[str]) -> int:
    from keepalived.cli.check import check

    if not words:
        raise Refused("check wants a file")
    as_json, quiet = "--json" in options, "--quiet" in options
    ids = [each for each in options.get("--config-id", "").split(",") if each]
    return check(words, options.get("--for", ""), ids, as_json=as_json, quiet=quiet)


def _plan(options: dict[str, str], words: list[str]) -> int:
    from keepalived.cli.plan import plan

    if not words:
        raise Refused("plan wants the new file")
    _no_more(words, 1)
    return plan(words[0], options.get("--old", ""), as_json="--json" in options)


def _format(options: dict[str, str], words: list[str]) -> int:
    from keepalived.cli.format import format_files

    if not words:
        raise Refused("fmt wants a file")
    if "--write" in options and "--check" in options:
        raise Refused("fmt either writes or checks")
    return format_files(words, write="--write" in options, check="--check" in options)


def _explain(options: dict[str, str], words: list[str]) -> int:
    from keepalived.cli.explain import explain

    if not words:
        raise Refused("explain wants a word")
    _no_more(words, 1)
    return explain(words[0])


def _help_of(module: str) -> Callable[[], str]:
    def read() -> str:
        from importlib import import_module

        return str(import_module(f"keepalived.cli.{module}").HELP)

    return read


_ASKING = ("--json", "--socket=", "--pid-file=")
COMMANDS = {
    "status": Command(_status, _ASKING, _help_of("showing")),
    "plane": Command(_plane, _ASKING, _help_of("showing")),
    "handover": Command(
        _handover, ("--for=", "--end", "--socket=", "--pid-file="), _help_of("handover")
    ),
    "check": Command(_check, ("--for=", "--config-id=", "--json", "--quiet"), _help_of("check")),
    "plan": Command(_plan, ("--old=", "--json"), _help_of("plan")),
    "fmt": Command(_format, ("--write", "--check"), _help_of("format")),
    "explain": Command(_explain, (), _help_of("explain")),
}
SHORT = {"-w": "--write", "-h": "--help", "-q": "--quiet"}


def main(words: Sequence[str] | None = None) -> int:
    """Run the program; give its exit status."""
    given = list(sys.argv[1:] if words is None else words)
    if "--version" in given:
        from keepalived import VERSION

        print(f"kactl {VERSION}")
        return 0
    try:
        status = _run(given)
        sys.stdout.flush()
    except Refused as why:
        print(f"kactl: {why}\n\n{USAGE}", end="", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # `kactl status | head`: the reader has seen enough.
        sys.stderr.close()
        return 0
    return status


def _run(given: list[str]) -> int:
    wants_help = any(SHORT.get(word, word) == "--help" for word in given)
    name = next((word for word in given if word in COMMANDS), "")
    if wants_help:
        print(COMMANDS[name].help() if name else USAGE, end="")
        return 0
    if not name:
        raise Refused(f"there is no command {given[0]}" if given else "a command is missing")
    given.remove(name)
    options, rest = _understand(given, COMMANDS[name])
    return COMMANDS[name].run(options, rest)


def _understand(words: list[str], command: Command) -> tuple[dict[str, str], list[str]]:
    """Part a command's options from its other words."""
    options: dict[str, str] = {}
    rest: list[str] = []
    while words:
        word = words.pop(0)
        if word == "--":
            return options, [*rest, *words]
        if not word.startswith("-") or word == "-":
            rest.append(word)
            continue
        name, equals, value = word.partition("=")
        name = SHORT.get(name, name)
        if f"{name}=" in command.options:
            if not equals:
                if not words:
                    raise Refused(f"{name} wants a value")
                value = words.pop(0)
        elif name not in command.options or equals:
            raise Refused(f"there is no option {word}")
        options[name] = value
    return options, rest


def _no_more(words: list[str], most: int) -> None:
    if len(words) > most:
        raise Refused(f"too many words: {' '.join(words[most:])}")


if __name__ == "__main__":
    sys.exit(main())
