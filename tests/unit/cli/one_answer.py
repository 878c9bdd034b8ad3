"""A server on the loopback that gives one connection one answer, and keeps what it was asked."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Asked:
    """Where the server listens and what it heard."""

    port: int
    heard: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def answering(
    answer: bytes | None,
    *,
    times: int = 1,
    tls: ssl.SSLContext | None = None,
    family: socket.AddressFamily = socket.AF_INET,
) -> Iterator[Asked]:
    """Serve `answer` to each of `times` connections; None keeps silent and the line open."""
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind(("::1" if family is socket.AF_INET6 else "127.0.0.1", 0))
    listener.listen(times)
    listener.settimeout(10)
    asked = Asked(listener.getsockname()[1])
    done = threading.Event()

    def serve() -> None:
        for _ in range(times):
            with contextlib.suppress(OSError):
                plain, _ = listener.accept()
                plain.settimeout(10)
                with tls.wrap_socket(plain, server_side=True) if tls else plain as stream:
                    asked.heard.append(stream.recv(4096))
                    if answer is None:
                        done.wait(10)
                    else:
                        stream.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        done.set()
        listener.close()
        thread.join(10)
