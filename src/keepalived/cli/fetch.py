"""How genhash gets a page: one request over a blocking socket, read as HTTP_GET reads it.

Rule: what the world may do comes back as a Failed with words for the operator, never as an error.
"""

from __future__ import annotations

import socket
import sys

from keepalived.annotations import TYPE_CHECKING
from keepalived.core.checks.page import request_bytes
from keepalived.records import dataclass

if TYPE_CHECKING:
    import ssl

HEAD_END = b"\r\n\r\n"
CHUNK = 65536
MOST = 64 << 20
"""Bytes of one answer; a server that never stops talking must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that one request needs to know."""

    address: str
    """An IPv4 or IPv6 address in text; not a name."""
    port: int
    path: str
    timeout_s: float
    """For connecting, and again for each wait for bytes."""
    host: str = ""
    """The Host header; empty means the address and the port."""
    protocol: str = "1.0"
    """1.0, 1.0c (with Connection: close) or 1.1."""
    tls: bool = False
    sni: bool = False
    key_file: str = ""
    password: str = ""
    certificate_file: str = ""
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered: its header block with the blank line, and the body's bytes."""

    head: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no page, in words for the operator."""

    why: str


def request(order: Order) -> bytes:
    """Give the request's bytes, the same that HTTP_GET sends for the same words."""
    named = f"[{order.address}]" if ":" in order.address else order.address
    return request_bytes(order.path, order.host or f"{named}:{order.port}", order.protocol)


def content_length(head: bytes) -> int | None:
    """Give the number behind the last readable Content-Length; None when there is none."""
    found = None
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            found = int(value.strip()[:18])
    return found


def split_answer(answer: bytes) -> Page | None:
    """Part header and body; the body goes no further than Content-Length. None: no header end."""
    head, end, body = answer.partition(HEAD_END)
    if not end:
        return None
    return Page(head + end, body[: content_length(head)])


def fetch(order: Order) -> Page | Failed:
    """Ask for the page and read until the server closes the connection."""
    family = socket.AF_INET6 if ":" in order.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as plain:
        plain.settimeout(order.timeout_s)
        try:
            if order.mark:
                mark = order.mark.to_bytes(4, sys.byteorder)
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
        except OSError as error:
            return Failed(f"Cannot set the firewall mark {order.mark}: {_words(error)}")
        try:
            plain.connect((order.address, order.port))
        except OSError as error:
            return Failed(f"Connection failed: {_words(error)}")
        if not order.tls:
            return _converse(plain, order)
        secured = _secure(plain, order)
        if isinstance(secured, Failed):
            return secured
        with secured:
            return _converse(secured, order)


def _secure(plain: socket.socket, order: Order) -> ssl.SSLSocket | Failed:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # The digest is the check; upstream verifies no certificate either.
    context.verify_mode = ssl.CERT_NONE
    refusal = _present(context, order)
    if refusal:
        return refusal
    try:
        name = order.host if order.sni and order.host else None
        return context.wrap_socket(plain, server_hostname=name)
    except (OSError, ValueError) as error:
        return Failed(f"SSL handshake failed: {_words(error)}")


def _present(context: ssl.SSLContext, order: Order) -> Failed | None:
    """Load the certificate and key with which a server may want us to introduce ourselves."""
    if not (order.key_file or order.certificate_file):
        return None
    # OpenSSL would ask a terminal for a missing password; an empty one makes it an error instead.
    password = order.password or ""
    try:
        context.load_cert_chain(
            order.certificate_file or order.key_file, order.key_file or None, password
        )
    except (OSError, ValueError) as error:
        files = " with ".join(name for name in (order.certificate_file, order.key_file) if name)
        remedy = "" if order.certificate_file else "; name its certificate with -C"
        return Failed(f"Cannot use {files}: {_words(error)}{remedy}")
    return None


def _converse(stream: socket.socket, order: Order) -> Page | Failed:
    answer = bytearray()
    try:
        stream.sendall(request(order))
        while len(answer) <= MOST:
            data = stream.recv(CHUNK)
            if not data:
                break
            answer += data
        else:
            return Failed(f"The answer is longer than {MOST >> 20} MiB: given up")
    except TimeoutError:
        return Failed(_silence(bytes(answer), order))
    except OSError as error:
        return Failed(f"Connection broke after {len(answer)} bytes: {_words(error)}")
    return split_answer(bytes(answer)) or Failed("no data received from remote webserver")


def _silence(answer: bytes, order: Order) -> str:
    page = split_answer(answer)
    if page is not None and content_length(page.head) == len(page.body):
        return (
            "Timeout WEB read: the page is complete, but the server keeps the connection open"
            " and HTTP_GET would time out too; try -P 1.0c or -P 1.1"
        )
    return f"Timeout WEB read: {len(answer)} bytes, then nothing for {order.timeout_s:g} s"


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    reason = getattr(error, "reason", None)
    return str(reason or getattr(error, "strerror", None) or error)
