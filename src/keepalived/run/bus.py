"""What the parent and a child say to each other: plain data, a message at a time, on a socket pair.

Rule: neither side ever waits for the other; what cannot be sent now is kept and sent later. Both
sides are one program, forked: they speak the interpreter's own format, which needs no loading.
"""

from __future__ import annotations

import _socket as socket
import marshal
from collections.abc import Callable

from keepalived.annotations import Any
from keepalived.port.words import BfdSaid, Mail, Word
from keepalived.run.loop import Loop

Message = dict[str, Any]
UNSENT_MOST = 64 * 1024 * 1024
HEAD = 4
"""Bytes in front of a message: its length."""


class Bus:
    """One end of the line."""

    def __init__(
        self,
        loop: Loop,
        line: socket.socket,
        heard: Callable[[Message], None],
        ended: Callable[[], None],
    ) -> None:
        """`heard` takes each message; `ended` is called once when the other side is gone."""
        self._loop = loop
        self._line = line
        self._heard = heard
        self._ended = ended
        self._received = bytearray()
        self._unsent = bytearray()
        self._open = True
        line.setblocking(False)
        loop.watch(line.fileno(), self.drain)

    def say(self, message: Message) -> None:
        """Send a message, now or when the other side has room."""
        if not self._open:
            return
        waiting = bool(self._unsent)
        data = _packed(message)
        self._unsent += len(data).to_bytes(HEAD, "big") + data
        assert len(self._unsent) < UNSENT_MOST, "the other process does not listen any more"
        if not waiting:
            self._write()

    @property
    def flushed(self) -> bool:
        """Say whether everything said is on its way, or nobody is there to hear it."""
        return not self._open or not self._unsent

    def close(self) -> None:
        """Hang up. What was not sent is lost."""
        if self._open:
            self._open = False
            self._loop.unwatch(self._line.fileno())
            self._loop.unwatch_writable(self._line.fileno())
            self._line.close()

    def drain(self) -> None:
        """Take in everything that lies in the line."""
        while self._open:
            try:
                piece = self._line.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                piece = b""
            if not piece:
                self.close()
                self._ended()
                return
            self._received += piece
            self._split()

    def _split(self) -> None:
        received, place = self._received, 0
        whole: list[Message] = []
        while (begin := place + HEAD) <= len(received):
            end = begin + int.from_bytes(received[place:begin], "big")
            if end > len(received):
                break
            whole.append(marshal.loads(received[begin:end]))
            place = end
        del received[:place]
        for message in whole:
            self._heard(message)

    def _write(self) -> None:
        descriptor = self._line.fileno()
        while self._unsent:
            try:
                sent = self._line.send(self._unsent)
            except BlockingIOError:
                self._loop.watch_writable(descriptor, self._write)
                return
            except OSError:
                # The reader will see the end of the line.
                self._unsent.clear()
                break
            del self._unsent[:sent]
        self._loop.unwatch_writable(descriptor)


def pair() -> tuple[socket.socket, socket.socket]:
    """Make a line: the parent's end and the child's."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def _packed(message: Message) -> bytes:
    try:
        return marshal.dumps(message)
    except ValueError:
        # Something in it is not plain: its text is sent.
        import json

        return marshal.dumps(json.loads(json.dumps(message, default=str)))


def word_to_message(word: Word) -> Message:
    """Write a word for the line."""
    match word:
        case Mail(subject, body):
            return {"word": "mail", "subject": subject, "body": body}
        case BfdSaid(instance, up, because):
            return {"word": "bfd", "instance": instance, "up": up, "because": because}


def word_from_message(message: Message) -> Word:
    """Read a word back."""
    match message["word"]:
        case "mail":
            return Mail(str(message["subject"]), str(message["body"]))
        case "bfd":
            because = str(message["because"])
            return BfdSaid(str(message["instance"]), bool(message["up"]), because)
        case other:
            raise AssertionError(other)
