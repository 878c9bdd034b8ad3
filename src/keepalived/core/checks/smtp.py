"""SMTP_CHECK: a server is fit when it greets as a mail server does. Its words alone, so far.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.core.checks.terms import CheckWords
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Text
from keepalived.lang.words import block, keyword, many, where


@block("host", doc="One more place to ask; an old block, today it is a check of its own.")
class SmtpHost(CheckWords):
    """Where to ask, if not at the server."""

    place: Place = where(default=NOWHERE)


@block("SMTP_CHECK", doc="The server is fit when it greets as a mail server does.")
class SmtpCheck(CheckWords):
    """The words of SMTP_CHECK."""

    helo_name: str = keyword(
        "helo_name", Text("NAME"), default="", awaits="lvs", doc="How we greet."
    )
    hosts: tuple[SmtpHost, ...] = many(SmtpHost, doc="Places to ask.", awaits="lvs")
    place: Place = where(default=NOWHERE)
