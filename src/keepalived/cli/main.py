"""`kactl`: what an operator asks of a running daemon.

Rule: exit status 0 with an answer, 1 without one, 2 where the question makes no sense.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from keepalived.cli.asking import NoAnswer, ask
from keepalived.cli.status import plane_lines, status_lines

SOCKET = Path("/run/keepalived.sock")
USAGE = f"""Usage: kactl COMMAND [OPTION]...

Commands:
  status            virtual routers, services and servers of the running daemon
  plane             who forwards (ipvs or nftables), and what it forwards

Options:
  --json            the answer as JSON
  --socket=PATH     the daemon's socket; otherwise {SOCKET}
  --pid-file=PATH   the daemon's pid file, beside which its socket is
  --version         print the version
  --help            print this
"""
SHOWN = {"status": status_lines, "plane": plane_lines}


class _Refused(Exception):
    """The words make no sense; the text says why."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the program; give its exit status."""
    words = sys.argv[1:] if words is None else words
    if "--help" in words or "-h" in words:
        print(USAGE, end="")
        return 0
    if "--version" in words:
        from keepalived import VERSION

        print(f"kactl {VERSION}")
        return 0
    try:
        command, path, as_json = _understand(list(words))
    except _Refused as why:
        print(f"kactl: {why}\n\n{USAGE}", end="", file=sys.stderr)
        return 2
    try:
        answer = ask(path, "status")
    except NoAnswer as why:
        print(f"kactl: {why}", file=sys.stderr)
        return 1
    return _print(command, answer, as_json)


def _print(command: str, answer: dict[str, object], as_json: bool) -> int:
    try:
        if as_json:
            import json

            shown = answer if command == "status" else answer.get("checker", {})
            print(json.dumps(shown, indent=2))
        else:
            print("\n".join(SHOWN[command](answer)))
        sys.stdout.flush()
    except BrokenPipeError:
        # `kactl status | head`: the reader has seen enough.
        sys.stderr.close()
    return 0


def _understand(words: list[str]) -> tuple[str, Path, bool]:
    command, path, as_json = "", SOCKET, False
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if name in ("--socket", "--pid-file"):
            if not equals:
                if not words:
                    raise _Refused(f"{name} wants a path")
                value = words.pop(0)
            path = Path(value) if name == "--socket" else _beside(Path(value))
        elif word == "--json":
            as_json = True
        elif word.startswith("-"):
            raise _Refused(f"there is no option {word}")
        elif command:
            raise _Refused(f"one command at a time, not {command} and {word}")
        elif word not in SHOWN:
            raise _Refused(f"there is no command {word}")
        else:
            command = word
    if not command:
        raise _Refused("a command is missing")
    return command, path, as_json


def _beside(pid_file: Path) -> Path:
    from keepalived.run.options import control_socket

    return control_socket(pid_file)


if __name__ == "__main__":
    sys.exit(main())
