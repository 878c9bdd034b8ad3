"""One talk under way on a socket, and the words for the ways in which it may fail.

Rule: state and texts; `probes` moves it.
"""

from __future__ import annotations

import errno
from _socket import SO_BINDTODEVICE, SO_MARK, SO_REUSEADDR, SOL_SOCKET
from _socket import socket as RawSocket
from sys import byteorder

from keepalived.annotations import TYPE_CHECKING
from keepalived.port.effects import StartTalk
from keepalived.port.talk import Talk, Target
from keepalived.wire.addresses import family_of

if TYPE_CHECKING:
    from keepalived.linux.tls import Secure

WHY = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
    errno.ETIMEDOUT: "timed out connecting",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
}
SHORT_OF_MEANS = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EAGAIN))
"""Errors at the start that are this host's lack, not the server's fault."""

STANDS = frozenset((0, errno.EISCONN))
PENDING = frozenset((errno.EINPROGRESS, errno.EALREADY))


class Place:
    """Where a target is, in the system's terms."""

    __slots__ = ("address", "bound", "family", "near", "target")

    def __init__(self, target: Target) -> None:
        self.target = target
        self.family = int(family_of(target.address))
        self.address = (str(target.address), target.port)
        self.bound = bool(target.source or target.source_port or target.link or target.mark)
        """Whether there is more to say than where to."""
        self.near = True
        """Whether it may answer before the system call returns, as what is on this host does."""


def connect(sock: RawSocket, place: Place) -> int:
    """Begin to connect; give 0 or EISCONN if that is done already. OSError where it failed."""
    if place.bound:
        bind(sock, place.target)
    code = sock.connect_ex(place.address)
    if code == errno.EINPROGRESS and place.near:
        code = sock.connect_ex(place.address)
        place.near = code not in PENDING
    if code not in STANDS and code not in PENDING:
        raise OSError(code, "")
    return code


def bind(sock: RawSocket, target: Target) -> None:
    """Give a socket the mark, link, address and port that its talk is to leave with."""
    if target.mark:
        sock.setsockopt(SOL_SOCKET, SO_MARK, target.mark.to_bytes(4, byteorder))
    if target.link:
        sock.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, target.link.encode() + b"\0")
    if target.source is not None or target.source_port:
        if target.source_port:
            # The talk before this may not quite be over for the kernel.
            sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        source = "" if target.source is None else str(target.source)
        sock.bind((source, target.source_port))


class Line:
    """One talk under way."""

    __slots__ = (
        "limit",
        "number",
        "open",
        "secure",
        "sock",
        "speaker",
        "target",
        "total",
        "unsaid",
    )

    def __init__(self, ask: StartTalk, sock: RawSocket, now: int) -> None:
        target = ask.target
        self.number = ask.talk
        self.speaker: Talk = ask.speaker
        self.target: Target = target
        self.sock = sock
        self.total = now + target.total_us
        self.limit = min(now + target.timeout_us, self.total)
        self.open = False
        self.unsaid = b""
        """What the kernel has not yet taken."""
        self.secure: Secure | None = None


def overdue(line: Line, now: int) -> str:
    """Say which limit a talk has passed."""
    if not line.open:
        return (
            "timed out in the TLS greeting" if line.secure is not None else "timed out connecting"
        )
    if now >= line.total:
        return f"not over after {line.target.total_us / 1e6:g} s"
    return "timed out waiting for the reply"


def broken(line: Line, error: OSError) -> str:
    """Say what broke a talk: the TLS library's reason, or the system's."""
    if line.secure is not None and error.errno not in WHY:
        return f"TLS: {getattr(error, 'reason', None) or error}"
    return why(error.errno or 0)


def why(code: int) -> str:
    """Name an error number for people."""
    from os import strerror

    return WHY.get(code) or strerror(code).lower()
