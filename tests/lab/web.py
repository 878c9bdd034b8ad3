"""A web server for the laboratory: two pages, in the clear and by TLS, that say who answered.

Rule: small enough to be sure of. One request a connection; a program of its own
(`python -m tests.lab.web NAME [ADDRESS:PORT…]`), or sites in the calling process.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

PATHS = ("/testurl/test.jsp", "/testurl2/test.jsp")


def page(name: str, path: str) -> bytes:
    """The body that the server `name` gives for a path."""
    return f"<html><body><h1>{name}</h1><p>This is {path} of {name}.</p></body></html>\n".encode()


def reply(name: str, request: bytes) -> bytes:
    """The whole reply to a request's first bytes."""
    words = request.split(None, 2)
    path = words[1].decode("latin-1") if len(words) > 1 else "/"
    status, body = ("200 OK", page(name, path))
    if path not in (*PATHS, "/"):
        status, body = "404 Not Found", b"no such page\n"
    head = (
        f"HTTP/1.1 {status}\r\nServer: laboratory\r\nX-Server: {name}\r\n"
        f"Content-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


class Site:
    """One listening endpoint that answers as `name` from the moment it is made until `close`.

    Make it while the host is entered: its socket belongs to the host of the calling thread.
    """

    def __init__(
        self, name: str, address: str, port: int, context: ssl.SSLContext | None = None
    ) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._name = name
        self._context = context
        self._listener = socket.create_server((address, port), family=family, backlog=256)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._context is None:
                self._answer(connection)
            else:  # a handshake takes two turns: never in the way of the next caller
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            connection.settimeout(2.0)
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                part = connection.recv(4096)
                if not part:
                    break
                request += part
            if request:
                connection.sendall(reply(self._name, request))
                connection.shutdown(socket.SHUT_WR)
        connection.close()

    def close(self) -> None:
        """Stop listening; callers are refused from now on."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(3.0)


def make_certificate(folder: Path) -> Path:
    """A self-signed certificate with its key, in one file."""
    import subprocess

    path = folder / "tls.pem"
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    words += " -days 7300 -subj /CN=www.domain.com -keyout"
    command = [*words.split(), str(path), "-out", str(folder / "certificate.pem")]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (folder / "certificate.pem").read_bytes())
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    """What a TLS site needs to shake hands."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def main(name: str, *places: str) -> None:
    """Serve at every ADDRESS:PORT, or ADDRESS:PORT:CERTIFICATE for TLS, until killed."""
    for place in places:
        address, port, *certificate = place.split(":")
        context = server_context(Path(certificate[0])) if certificate else None
        Site(name, address, int(port), context)
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
