"""TLS for probes: a non-blocking greeting and bytes either way, over a connected socket.

Rule: loaded with the first TLS target, because the library is large. Nothing is verified: a check
asks whether the server answers, as upstream does.
"""

from __future__ import annotations

import ssl
from socket import socket

from keepalived.annotations import TYPE_CHECKING

if TYPE_CHECKING:
    from _socket import socket as RawSocket


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Old servers are to be checked too: upstream sets no lower bound.
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


CONTEXT = _context()


class Secure:
    """One encrypted connection."""

    __slots__ = ("_sock",)

    def __init__(self, sock: RawSocket, server_name: str | None) -> None:
        """Take over a connected socket; `sock` gives its descriptor up."""
        plain = socket(fileno=sock.detach())
        plain.setblocking(False)
        self._sock = CONTEXT.wrap_socket(
            plain, server_hostname=server_name, do_handshake_on_connect=False
        )

    def greet(self) -> bool:
        """Go on with the handshake; say whether it is over. Raises OSError."""
        try:
            self._sock.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        return True

    def say(self, data: bytes) -> int:
        """Send what can be sent; give how many bytes that was."""
        try:
            return self._sock.send(data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0

    def hear(self, most: int) -> bytes | None:
        """Read what is there: None for nothing yet, empty for the end (with or without notice)."""
        try:
            return self._sock.recv(most)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except ssl.SSLEOFError:
            # Many servers close without the notice that TLS asks for.
            return b""

    def close(self) -> None:
        """Close without waiting for the other side."""
        self._sock.close()
