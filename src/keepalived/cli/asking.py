"""Asks a running daemon, on the Unix socket beside its pid file.

Rule: what can go wrong between here and the answer is a sentence for the operator.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path

from keepalived.annotations import Any

PATIENCE_S = 6.0
ANSWER_MOST = 256 * 1024 * 1024


class NoAnswer(Exception):
    """The daemon did not answer; the text says why and what would help."""


def ask(path: Path, question: str, arguments: tuple[str, ...] = ()) -> dict[str, Any]:
    """Put one question and give the answer. Raises NoAnswer."""
    line = json.dumps({"ask": question, "arguments": arguments}) + "\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as daemon:
            daemon.settimeout(PATIENCE_S)
            daemon.connect(str(path))
            daemon.sendall(line.encode())
            data = _everything(daemon)
    except (FileNotFoundError, ConnectionRefusedError):
        raise NoAnswer(
            f"no keepalived is running (nobody listens at {path});"
            " one with a pid file of its own is named by --pid-file"
        ) from None
    except PermissionError:
        raise NoAnswer(f"{path} may not be opened: only its owner may ask (try as root)") from None
    except OSError as error:
        raise NoAnswer(f"{path}: {error}") from None
    try:
        answer = json.loads(data)
    except ValueError:
        raise NoAnswer(f"{path}: the answer is not JSON; is this a keepalived?") from None
    if not isinstance(answer, dict) or "error" in answer:
        raise NoAnswer(f"{path}: {answer}")
    return answer


def _everything(daemon: socket.socket) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while size < ANSWER_MOST and (piece := daemon.recv(1 << 20)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)
