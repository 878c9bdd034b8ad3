"""HTTP_GET and SSL_GET: a server is fit when its pages have the expected status and digest.

Rule: one page a round. A page that failed is asked for again; once it is right, all are gone
through before the check is up.
"""

from __future__ import annotations

from keepalived.annotations import TYPE_CHECKING
from keepalived.core.checks.checker import Conversation, Finding, Names, Probe, because
from keepalived.core.checks.page import PageTalk, Wanted, request_bytes
from keepalived.core.checks.terms import CheckWords, Lender, Terms, network_terms
from keepalived.lang.option_values import NUMBER_MOST, Between, Flag, Several
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Choice, HexDigits, Int, Switch, Text
from keepalived.lang.words import block, keyword, many, where
from keepalived.port.talk import Transport, Verdict
from keepalived.records import replace
from keepalived.wire.addresses import Address

if TYPE_CHECKING:
    from keepalived.core.checks.body_pattern import BodyPattern

COUNT = Int(0, NUMBER_MOST)
REGEX_OPTIONS = (
    *("allow_empty_class", "alt_bsux", "auto_callout", "caseless", "dollar_endonly", "dotall"),
    *("dupnames", "extended", "firstline", "match_unset_backref", "multiline", "never_ucp"),
    *("never_utf", "no_auto_capture", "no_auto_possess", "no_dotstar_anchor"),
    *("no_start_optimize", "ucp", "ungreedy", "utf", "never_backslash_c", "alt_circumflex"),
    *("alt_verbnames", "use_offset_limit"),
)


@block("url", doc="A page to ask for.")
class Url:
    """One page and what is expected of it."""

    path: str = keyword("path", Text("PATH"), default="", doc="The request's target.")
    digest: str = keyword("digest", HexDigits(32), default="", doc="The MD5 of the body.")
    status_code: tuple[tuple[int, int], ...] = keyword(
        "status_code",
        Several(Between(100, 599)),
        default=(),
        doc="The status, or ranges of it; by default 200 to 299.",
    )
    virtualhost: str = keyword("virtualhost", Text("HOST"), default="", doc="The Host header.")
    regex: str = keyword("regex", Text("PATTERN"), default="", doc="The body has to match.")
    regex_no_match: bool = keyword(
        "regex_no_match", Flag(), default=False, doc="The body must not match."
    )
    regex_options: tuple[str, ...] = keyword(
        "regex_options",
        Several(Choice(*REGEX_OPTIONS)),
        default=(),
        doc="How the pattern is meant.",
    )
    regex_min_offset: int = keyword(
        "regex_min_offset", COUNT, default=0, doc="Where a match may begin at first."
    )
    regex_max_offset: int = keyword(
        "regex_max_offset", COUNT, default=0, doc="Where a match may begin at last."
    )
    regex_stack: tuple[int, ...] = keyword(
        "regex_stack",
        Several(COUNT, least=2, most=2),
        default=(),
        doc="Nothing: the matcher has no stack of its own.",
    )
    tls_compliant: bool | None = keyword(
        "tls_compliant",
        Switch(),
        default=None,
        awaits="lvs",
        since="2.4",
        doc="End TLS in form; SSL_GET only.",
    )
    place: Place = where(default=NOWHERE)


@block("HTTP_GET", doc="The server is fit when every page is as expected.")
class HttpGet(CheckWords):
    """The words of HTTP_GET."""

    retry: int | None = keyword(
        "retry",
        COUNT,
        default=None,
        aliases=("nb_get_retry",),
        doc="How many more tries there are before the server is down.",
    )
    virtualhost: str = keyword("virtualhost", Text("HOST"), default="", doc="The Host header.")
    http_protocol: str = keyword(
        "http_protocol",
        Choice("1.0", "1.0C", "1.1", fold=True),
        default="1.0",
        doc="The version to ask in; 1.0C and 1.1 say Connection: close.",
    )
    enable_sni: bool = keyword("enable_sni", Switch(), default=False, doc="Say the name in TLS.")
    sni_name: str = keyword(
        "sni_name",
        Text("NAME"),
        default="",
        since="post",
        doc="That name; by default the virtualhost.",
    )
    fast_recovery: bool = keyword(
        "fast_recovery",
        Switch(),
        default=False,
        awaits="lvs",
        doc="Ask for one page after the other at once while the check is down.",
    )
    tls_compliant: bool = keyword(
        "tls_compliant",
        Switch(),
        default=False,
        awaits="lvs",
        since="2.4",
        doc="End TLS in form; SSL_GET only.",
    )
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

    __slots__ = ("_current", "_owed", "_passed", "_proven", "_targets", "_wanted", "title")

    def __init__(self, check: HttpGet, terms: Terms, transport: Transport) -> None:
        self.title = "SSL_GET" if transport is Transport.TLS else "HTTP_GET"
        host = check.virtualhost or terms.virtualhost
        # Connecting, greeting and answering have a limit each; the whole may take as long as three.
        target = terms.target(transport, 3 * terms.timeout_us)
        self._wanted = tuple(
            _wanted(url, host, terms, check.http_protocol) for url in check.urls if url.path
        )
        names = (_told_name(check, url.virtualhost or host) for url in check.urls if url.path)
        self._targets = tuple(
            replace(target, server_name=name) if name and transport is Transport.TLS else target
            for name in names
        ) or (target,)
        """One a page."""
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
            return Conversation(self._targets[0], PageTalk(Wanted("", b"")))
        return Conversation(self._targets[self._current], PageTalk(self._wanted[self._current]))

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
        what = "Regex match" if wanted.pattern is not None else what
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


def _told_name(check: HttpGet, host: str) -> str | None:
    """Give the name for the TLS greeting; none where there is no name, or none is wanted."""
    return (check.sni_name or host or None) if check.enable_sni else None


def _wanted(url: Url, host: str, terms: Terms, protocol: str) -> Wanted:
    name = url.virtualhost or host
    if not name:
        ip = f"[{terms.address}]" if terms.address.version == 6 else str(terms.address)
        name = f"{ip}:{terms.port}"
    request = request_bytes(url.path, name, protocol)
    pattern = pattern_of(url)
    assert not isinstance(pattern, str), "the configuration was looked through"
    return Wanted(url.path, request, url.status_code or None, url.digest.lower(), pattern)


def pattern_of(url: Url) -> BodyPattern | str | None:
    """Give what the body of a page has to match; what is wrong with it; or nothing."""
    if not url.regex:
        return None
    from keepalived.core.checks.body_pattern import body_pattern

    bounds = url.regex_min_offset, url.regex_max_offset
    return body_pattern(url.regex, url.regex_options, url.regex_no_match, *bounds)
