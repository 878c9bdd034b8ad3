"""DNS_CHECK: a server is fit when it answers a question of the DNS. Its words alone, so far.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.core.checks.terms import CheckWords
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Choice, Text
from keepalived.lang.words import block, keyword, where

TYPES = ("A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY")


@block("DNS_CHECK", doc="The server is fit when it answers a question of the DNS.")
class DnsCheck(CheckWords):
    """The words of DNS_CHECK."""

    type: str = keyword(
        "type", Choice(*TYPES, fold=True), default="SOA", awaits="lvs", doc="What is asked for."
    )
    name: str = keyword(
        "name", Text("DOMAIN"), default=".", awaits="lvs", doc="The name that it is asked of."
    )
    place: Place = where(default=NOWHERE)
