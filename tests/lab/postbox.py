"""A mail server for the laboratory: takes every mail and keeps it as a file.

Rule: it speaks just enough SMTP to receive (RFC 5321 4.1). As a program,
`python -m tests.lab.postbox ADDRESS FOLDER`; readers use `letters`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it came: who sent it from where, to whom, and its text."""

    peer: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str


def letters(folder: Path) -> list[Letter]:
    """All mails that came so far, in the order of their coming."""
    found = []
    for path in sorted(folder.glob("*.mail")):
        peer, sender, recipients, text = path.read_text(errors="replace").split("\n", 3)
        subject = next(
            (line[8:].strip() for line in text.splitlines() if line.lower().startswith("subject:")),
            "",
        )
        found.append(Letter(peer, sender, tuple(recipients.split()), subject, text))
    return found


def _conversation(connection: socket.socket, peer: str, folder: Path, number: int) -> None:
    sender, recipients = "", []
    with contextlib.suppress(OSError), connection, connection.makefile("rb") as lines:
        connection.settimeout(30.0)
        connection.sendall(b"220 mail.domain.com ready\r\n")
        for raw in lines:
            line = raw.decode(errors="replace").strip()
            verb = line[:4].upper()
            if verb == "QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            if verb == "MAIL":
                sender = line.partition(":")[2].strip(" <>")
            if verb == "RCPT":
                recipients.append(line.partition(":")[2].strip(" <>"))
            if verb != "DATA":
                connection.sendall(b"250 fine\r\n")
                continue
            connection.sendall(b"354 go on\r\n")
            text = []
            for data in lines:
                if data.rstrip(b"\r\n") == b".":
                    break
                text.append(data.decode(errors="replace").rstrip("\r\n").removeprefix("."))
            head = [peer, sender, " ".join(recipients)]
            draft = folder / f"{number:05d}.draft"
            draft.write_text("\n".join(head + text))
            os.rename(draft, folder / f"{time.time_ns():020d}-{number:05d}.mail")
            sender, recipients = "", []
            connection.sendall(b"250 taken\r\n")


def main(address: str, folder: str) -> None:
    """Receive mail on port 25 until killed."""
    listener = socket.create_server((address, 25), backlog=64)
    print("ready", flush=True)
    number = 0
    while True:
        connection, peer = listener.accept()
        number += 1
        threading.Thread(
            target=_conversation, args=(connection, peer[0], Path(folder), number), daemon=True
        ).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
