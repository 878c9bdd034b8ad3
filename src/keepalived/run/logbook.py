"""Where log lines go: syslog, and the console where that was asked for.

Rule: writing never waits. A log that nobody reads loses lines; the daemon loses no time.
"""

from __future__ import annotations

import _socket as socket
import os
import select
import time
from collections.abc import Sequence

from keepalived.port.effects import Severity

DAEMON = 3
SYSLOG = "/dev/log"
LINE_MOST = 4000
PIPE_BUF = select.PIPE_BUF
ABSENT_S = 1.0
"""Where no syslog daemon is, lines are lost; it is looked for again after this."""


class Logbook:
    """The log of one process, under its identity."""

    def __init__(
        self,
        identity: str,
        *,
        console: bool = False,
        syslog: bool = True,
        facility: int = DAEMON,
        detail: bool = False,
    ) -> None:
        self.identity = identity
        self.suffix = ""
        """The namespace and the instance, which stand behind the identity."""
        self.detail = detail
        self._console = console
        self._syslog = syslog
        self._facility = facility
        self._socket: socket.socket | None = None
        self._absent_until_s = 0.0

    def named(self, identity: str) -> Logbook:
        """Give a log of the same kind for another process."""
        made = Logbook(
            identity,
            console=self._console,
            syslog=self._syslog,
            facility=self._facility,
            detail=self.detail,
        )
        made.suffix = self.suffix
        return made

    def write(self, severity: Severity, text: str) -> None:
        """Write one line, or several where the text has line breaks: many at once are cheaper."""
        if severity is Severity.DEBUG and not self.detail:
            return
        lines = [line[:LINE_MOST] for line in text.splitlines()]
        if self._console:
            _to_console(lines)
        if self._syslog:
            self._to_syslog(severity, lines)

    def info(self, text: str) -> None:
        """Write a line of ordinary business."""
        self.write(Severity.INFO, text)

    def warning(self, text: str) -> None:
        """Write a line that somebody should look into."""
        self.write(Severity.WARNING, text)

    def error(self, text: str) -> None:
        """Write a line about something that does not work."""
        self.write(Severity.ERROR, text)

    def _to_syslog(self, severity: Severity, lines: Sequence[str]) -> None:
        if self._socket is None and time.monotonic() < self._absent_until_s:
            return
        stamp = time.strftime("%b %e %H:%M:%S")
        name = f"{self.identity}{self.suffix}[{os.getpid()}]"
        head = f"<{self._facility << 3 | severity}>{stamp} {name}: "
        for line in lines:
            if not self._sent((head + line).encode(errors="replace")):
                self._absent_until_s = time.monotonic() + ABSENT_S
                return

    def _sent(self, data: bytes) -> bool:
        """Send a line, or lose it where nobody reads; False where no syslog daemon is."""
        for _ in range(2):
            try:
                self._connected().send(data)
                return True
            except BlockingIOError:
                return True
            except OSError:
                # The syslog daemon is not there, or was started anew: try once more.
                self.close()
        return False

    def _connected(self) -> socket.socket:
        if self._socket is None:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            made.setblocking(False)
            self._socket = made
            made.connect(SYSLOG)
        return self._socket

    def close(self) -> None:
        """Let go of the connection; the next line makes a new one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _to_console(lines: Sequence[str]) -> None:
    """Write lines as upstream does, `Sun Nov 22 19:24:16 2026: TEXT`, if somebody takes them."""
    stamp = time.strftime("%a %b %e %H:%M:%S %Y")
    poll = select.poll()
    poll.register(2, select.POLLOUT)
    piece = b""
    try:
        for line in lines:
            data = f"{stamp}: {line}\n".encode(errors="replace")[:PIPE_BUF]
            if len(piece) + len(data) > PIPE_BUF:
                _write_if_taken(poll, piece)
                piece = b""
            piece += data
        _write_if_taken(poll, piece)
    except OSError:
        return


def _write_if_taken(poll: select.poll, piece: bytes) -> None:
    # A pipe that polls writable takes PIPE_BUF bytes without waiting.
    if piece and poll.poll(0):
        os.write(2, piece)
