"""`kactl status` and `kactl plane`: asks the daemon and prints its answer.

Rule: exit status 0 with an answer, 1 without one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from keepalived.cli.asking import NoAnswer, ask
from keepalived.cli.status import plane_lines, status_lines

SOCKET = Path("/run/keepalived.sock")
HELP = f"""Usage: kactl status|plane [OPTION]...

Asks the running daemon. `status` shows virtual routers with their state and its reason, and
services with their servers; `plane` shows who forwards, and what.

Options:
  --json            the answer as JSON
  --socket=PATH     the daemon's socket; otherwise {SOCKET}
  --pid-file=PATH   the daemon's pid file, beside which its socket is

Exit status: 0 with an answer, 1 without one.
"""
SHOWN = {"status": status_lines, "plane": plane_lines}


def show(command: str, options: dict[str, str]) -> int:
    """Ask, print the answer and give the exit status."""
    try:
        answer = ask(socket_of(options), "status")
    except NoAnswer as why:
        print(f"kactl: {why}", file=sys.stderr)
        return 1
    if "--json" in options:
        import json

        shown = answer if command == "status" else answer.get("checker", {})
        print(json.dumps(shown, indent=2))
    else:
        print("\n".join(SHOWN[command](answer)))
    return 0


def socket_of(options: dict[str, str]) -> Path:
    """Give the path of the socket; of two that are named, the last one counts."""
    path = SOCKET
    for name, value in options.items():
        if name == "--socket":
            path = Path(value)
        elif name == "--pid-file":
            from keepalived.run.options import control_socket

            path = Path(control_socket(value))
    return path
