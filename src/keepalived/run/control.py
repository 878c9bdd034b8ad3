"""Answers an operator's questions on a Unix socket: one line of JSON in, one out.

Rule: nobody who asks slowly, or never reads the answer, is waited for.
"""

from __future__ import annotations

import _socket as socket
import os
from collections.abc import Callable
from contextlib import suppress

from keepalived.annotations import Any
from keepalived.port.reactor import Timer
from keepalived.run.loop import Loop

Reply = Callable[[dict[str, Any]], None]
Ask = Callable[[str, tuple[str, ...], Reply], None]
QUESTION_MOST = 4096
PATIENCE_US = 5_000_000
AT_ONCE = 32


class Control:
    """The listening socket."""

    def __init__(self, loop: Loop, path: str | os.PathLike[str], ask: Ask) -> None:
        """`ask` takes a question, its arguments, and what to call with the answer."""
        self._loop = loop
        self._path = os.fspath(path)
        self._ask = ask
        self._socket: socket.socket | None = None
        self.callers: set[Caller] = set()

    def open(self) -> str:
        """Begin to listen; give the reason where that cannot be, else nothing."""
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        made.setblocking(False)
        before = os.umask(0o177)
        try:
            with suppress(FileNotFoundError):
                os.unlink(self._path)
            made.bind(self._path)
            made.listen(AT_ONCE)
        except OSError as error:
            made.close()
            return f"control socket {self._path}: {error.strerror or error}"
        finally:
            os.umask(before)
        self._socket = made
        self._loop.watch(made.fileno(), self._accept)
        return ""

    def close(self) -> None:
        """Hang up on everybody and take the socket away."""
        for caller in tuple(self.callers):
            caller.close()
        if self._socket is not None:
            self._loop.unwatch(self._socket.fileno())
            self._socket.close()
            with suppress(FileNotFoundError):
                os.unlink(self._path)
            self._socket = None

    def _accept(self) -> None:
        assert self._socket is not None
        try:
            descriptor, _ = self._socket._accept()  # type: ignore[attr-defined]
        except OSError:
            return
        line = socket.socket(fileno=descriptor)
        if len(self.callers) >= AT_ONCE:
            line.close()
            return
        self.callers.add(Caller(self._loop, line, self._ask, self.callers))


class Caller:
    """One who asks."""

    def __init__(self, loop: Loop, line: socket.socket, ask: Ask, others: set[Caller]) -> None:
        self._loop = loop
        self._line = line
        self._ask = ask
        self._others = others
        self._question = b""
        self._answer = b""
        self._limit: Timer = loop.call_at(loop.now() + PATIENCE_US, self.close)
        line.setblocking(False)
        loop.watch(line.fileno(), self._read)

    def close(self) -> None:
        """Hang up."""
        if self not in self._others:
            return
        self._others.discard(self)
        self._limit.cancel()
        self._loop.unwatch(self._line.fileno())
        self._loop.unwatch_writable(self._line.fileno())
        self._line.close()

    def _read(self) -> None:
        try:
            piece = self._line.recv(QUESTION_MOST)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        self._question += piece
        if not piece or len(self._question) > QUESTION_MOST:
            self.close()
        elif b"\n" in self._question:
            self._loop.unwatch(self._line.fileno())
            self._understand()

    def _understand(self) -> None:
        import json

        try:
            asked = json.loads(self._question)
            question = str(asked["ask"])
            arguments = tuple(str(each) for each in asked.get("arguments", ()))
        except (ValueError, KeyError, TypeError, AttributeError):
            self._reply({"error": 'a question is a line like {"ask": "status"}'})
            return
        self._ask(question, arguments, self._reply)

    def _reply(self, answer: dict[str, Any]) -> None:
        if self not in self._others:
            return
        import json

        self._answer = json.dumps(answer, default=str).encode() + b"\n"
        self._loop.watch_writable(self._line.fileno(), self._write)

    def _write(self) -> None:
        try:
            sent = self._line.send(self._answer)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        self._answer = self._answer[sent:]
        if not self._answer:
            self.close()
