"""HTTP_GET and SSL_GET: a server is fit when its pages have the expected status and digest.

Rule: one page a round. A page that failed is asked for again; once it is right, all are gone
through before the check is up.
"""

from __future__ import annotations

from keepalived.core.checks.checker import Conversation, Finding, Names, Probe, because
from keepalived.core.checks.page import PageTalk, Wanted, request_bytes
from keepalived.core.checks.terms import CheckWords, Lender, Terms, network_terms
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import HexDigits, Int, Text
from keepalived.lang.words import block, keyword, many, where
from keepalived.port.talk import Target, Transport, Verdict
from keepalived.wire.addresses import Address


@block("url", doc="A page to ask for.")
class Url:
    """One page and what is expected of it."""

    path: str = keyword("path", Text("PATH"), default="", doc="The request's target.")
    digest: str = keyword("digest", HexDigits(32), default="", doc="The MD5 of the body.")
    status_code: int | None = keyword(
        "status_code", Int(100, 599), default=None, doc="The status; by default 200 to 299."
    )
    virtualhost: str = keyword("virtualhost", Text("HOST"), default="", doc="The Host header.")
    place: Place = where(default=NOWHERE)


@block("HTTP_GET", doc="The server is fit when every page is as expected.")
class HttpGet(CheckWords):
    """The words of HTTP_GET."""

    virtualhost: str = keyword("virtualhost", Text("HOST"), default="", doc="The Host header.")
    urls: tuple[Url, ...] = many(Url, doc="The pages, asked for in turn.")
    place: Place = where(default=NOWHERE)

    def terms(self, address: Address, port: int, lender: Lender) -> Terms:
        """Settle what this check runs on."""
        return network_terms(self, address, port, lender, retry_delay_us=3_000_000)

    def checker(self, terms: Terms) -> HttpChecker:
        """Make the check at work."""
        transport = Transport.TLS if isinstance(self, SslGet) else Transport.TCP
        return HttpChecker(self, terms, transport)


@block("SSL_GET", doc="As HTTP_GET, through TLS.")
class SslGet(HttpGet):
    """The words of SSL_GET: those of HTTP_GET."""


class HttpChecker:
    """HTTP_GET or SSL_GET at work: which page is next, and how many are still to be right."""

    __slots__ = ("_current", "_owed", "_passed", "_proven", "_target", "_wanted", "title")

    def __init__(self, check: HttpGet, terms: Terms, transport: Transport) -> None:
        self.title = "SSL_GET" if transport is Transport.TLS else "HTTP_GET"
        host = check.virtualhost or terms.virtualhost
        # Connecting, greeting and answering have a limit each; the whole may take as long as three.
        total_us = 3 * terms.timeout_us
        self._target = Target(transport, terms.address, terms.port, terms.timeout_us, total_us)
        self._wanted = tuple(_wanted(url, host, terms) for url in check.urls if url.path)
        self._current = 0
        self._passed = 0
        """The page that was right last."""
        self._owed = max(len(self._wanted), 1)
        """Pages that must yet be right before the check as a whole is."""
        self._proven = False
        """Whether all pages have been right once."""

    def probe(self) -> Probe:
        """Ask for the current page."""
        if not self._wanted:
            return Conversation(self._target, PageTalk(Wanted("", b"")))
        return Conversation(self._target, PageTalk(self._wanted[self._current]))

    def judge(self, verdict: Verdict, up: bool) -> Finding:
        """Stay at a page that failed; start over once it is right; else go on to the next."""
        pages = max(len(self._wanted), 1)
        if not verdict.good:
            self._owed = pages + 1
            return Finding.FAILED
        self._passed = self._current
        if self._owed == pages + 1:
            self._owed = pages
            self._current = 0
            return Finding.PASSED if up else Finding.PART_PASSED
        self._current = (self._current + 1) % pages
        self._owed = max(self._owed - 1, 0)
        self._proven = self._proven or not self._owed
        whole = self._proven if up else not self._owed
        return Finding.PASSED if whole else Finding.PART_PASSED

    def good_line(self, names: Names) -> str:
        """Write upstream's line."""
        return f"Remote Web server {names.server} succeed on service."

    def part_line(self, names: Names) -> str:
        """Write upstream's line about the page that was right."""
        wanted = self._wanted[self._passed]
        what = "MD5 digest" if wanted.digest else "HTTP status code"
        return f"{what} success to {names.server} url({wanted.path})"

    def bad_line(self, names: Names, verdict: Verdict, tries: int, retry: int) -> str:
        """Write upstream's line, with the retries that were allowed."""
        after = f" after {retry} retries" if retry else ""
        return f"HTTP_CHECK on service {names.server} failed{after}.{because(verdict)}"

    def mail_cause(self, verdict: Verdict) -> str:
        """Write upstream's words."""
        if verdict.good:
            return "CHECK succeed on service"
        return "CHECK failed on service : HTTP request failed"


def _wanted(url: Url, host: str, terms: Terms) -> Wanted:
    name = url.virtualhost or host
    if not name:
        ip = f"[{terms.address}]" if terms.address.version == 6 else str(terms.address)
        name = f"{ip}:{terms.port}"
    return Wanted(url.path, request_bytes(url.path, name), url.status_code, url.digest.lower())
