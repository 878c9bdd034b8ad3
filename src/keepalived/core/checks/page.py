"""One page asked for over HTTP: the request's bytes, and the talk that judges the reply.

Rule: header by a library, body raw. Upstream digests the bytes as they come (chunks undecoded), no
further than Content-Length, and reads until the server closes.
"""

from __future__ import annotations

from keepalived.annotations import TYPE_CHECKING
from keepalived.port.talk import LISTEN, Say, Turn, Verdict
from keepalived.records import dataclass

if TYPE_CHECKING:
    from hashlib import _Hash

    from keepalived.core.checks.body_pattern import BodyPattern

HEADER_MOST = 65_536
"""A header longer than this is no header."""
BODY_MOST = 4 << 20
"""No more of a body is held against a pattern than this."""


Ranges = tuple[tuple[int, int], ...]
"""Bounds of statuses, each pair with what lies between."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page and what is expected of it."""

    path: str
    request: bytes
    status: int | Ranges | None = None
    """None is any of 200 to 299."""
    digest: str = ""
    """MD5 of the body in small hex digits; empty is any."""
    pattern: BodyPattern | None = None


def request_bytes(path: str, host: str, protocol: str = "1.0") -> bytes:
    """Write the request that upstream sends; `host` is a name, or address and port.

    `protocol` is 1.0, 1.0c (1.0 with Connection: close) or 1.1; checks use the first.
    """
    lines = [f"GET {path} HTTP/{protocol[:3]}", "User-Agent: KeepAliveClient"]
    lines += [] if protocol == "1.0" else ["Connection: close"]
    lines += [f"Host: {host}", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def status_text(ranges: Ranges) -> str:
    """Write ranges of statuses: `200-299 304`."""
    return " ".join(f"{low}-{high}" if low != high else str(low) for low, high in ranges)


class _Head:
    """What the parser calls back with: it remembers the length alone."""

    def __init__(self) -> None:
        self.length = ""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Remember the one field that counts."""
        if name.lower() == b"content-length":
            self.length = value.decode("latin-1")


class PageTalk:
    """Ask for one page and hold it against what is wanted."""

    __slots__ = ("_body", "_head", "_left", "_md5", "_status", "_wanted")

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._head = bytearray()
        self._status = 0
        self._left = -1
        """Bytes of the body that still count; -1 is all."""
        self._md5: _Hash | None = None
        self._body: bytearray | None = None
        """Kept only for what has to match."""

    def opened(self) -> Turn:
        """Send the request."""
        return Say(self._wanted.request)

    def heard(self, data: bytes) -> Turn:
        """Gather the header, then digest the body."""
        if self._status:
            self._digest(data)
            return LISTEN
        self._head += data
        end = self._head.find(b"\r\n\r\n") + 4
        if end < 4:
            too_long = len(self._head) > HEADER_MOST
            return Verdict(False, "the reply's header never ends") if too_long else LISTEN
        rest = bytes(self._head[end:])
        bad = self._read_head(bytes(self._head[:end]))
        self._head.clear()
        if bad is None:
            self._digest(rest)
        return LISTEN if bad is None else bad

    def _read_head(self, head: bytes) -> Verdict | None:
        from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

        seen = _Head()
        parser = HttpResponseParser(seen)
        # Upstream reads a length beside chunks, and odd headers, without complaint.
        parser.set_dangerous_leniencies(lenient_headers=True, lenient_chunked_length=True)
        try:
            parser.feed_data(head)
        except HttpParserUpgrade:
            pass
        except HttpParserError as error:
            return Verdict(False, f"no HTTP reply: {error}")
        self._status = parser.get_status_code()
        if seen.length.isdigit():
            self._left = int(seen.length)
        if self._wanted.digest:
            self._md5 = _new_md5()
        if self._wanted.pattern is not None:
            self._body = bytearray()
        return None

    def _digest(self, data: bytes) -> None:
        if self._md5 is None and self._body is None:
            return
        if self._left >= 0:
            data = data[: self._left]
            self._left -= len(data)
        if self._md5 is not None:
            self._md5.update(data)
        if self._body is not None and len(self._body) < BODY_MOST:
            self._body += data

    def hung_up(self) -> Verdict:
        """Judge: the status first, then the digest."""
        if not self._status:
            return Verdict(False, "no reply" if not self._head else "the reply's header is cut off")
        wanted = self._wanted.status or ((200, 299),)
        ranges = ((wanted, wanted),) if isinstance(wanted, int) else wanted
        if not any(low <= self._status <= high for low, high in ranges):
            shown = status_text(ranges)
            return Verdict(
                False,
                f"status {self._status} instead of {shown} for {self._wanted.path}",
                self._status,
            )
        if self._md5 is not None and self._md5.hexdigest() != self._wanted.digest:
            return Verdict(
                False,
                f"MD5 {self._md5.hexdigest()} instead of {self._wanted.digest}"
                f" for {self._wanted.path}",
                self._status,
            )
        if self._wanted.pattern is not None:
            why = self._wanted.pattern.objection(bytes(self._body or b"")[:BODY_MOST])
            if why:
                why = f"the body of {self._wanted.path} is not as regex says: {why}"
                return Verdict(False, why, self._status)
        return Verdict(True, f"status {self._status}", self._status)


def _new_md5() -> _Hash:
    # The small module alone: hashlib would load OpenSSL, some 3 MiB.
    try:
        from _md5 import md5  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import md5
    made: _Hash = md5()
    return made
