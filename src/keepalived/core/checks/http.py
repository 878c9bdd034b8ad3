"""HTTP_GET and SSL_GET: a server is fit when its pages have the expected status and digest."""

from __future__ import annotations

from keepalived.core.checks.terms import CheckWords
from keepalived.lang.place import Place
from keepalived.lang.values import Int, Text
from keepalived.lang.words import block, keyword, many, where


@block("url", doc="A page to ask for.")
class Url:
    """One page and what is expected of it."""

    path: str = keyword("path", Text("PATH"), default="", doc="The request's target.")
    digest: str = keyword(
        "digest", Text("MD5 in 32 hex digits"), default="", doc="The MD5 of the body."
    )
    status_code: int | None = keyword(
        "status_code", Int(100, 599), default=None, doc="The status; by default 200 to 299."
    )
    virtualhost: str = keyword("virtualhost", Text("HOST"), default="", doc="The Host header.")
    place: Place = where()


@block("HTTP_GET", doc="The server is fit when every page is as expected.")
class HttpGet(CheckWords):
    """The words of HTTP_GET."""

    virtualhost: str = keyword("virtualhost", Text("HOST"), default="", doc="The Host header.")
    urls: tuple[Url, ...] = many(Url, doc="The pages, asked for in turn.")
    place: Place = where()


@block("SSL_GET", doc="As HTTP_GET, through TLS.")
class SslGet(HttpGet):
    """The words of SSL_GET: those of HTTP_GET."""
