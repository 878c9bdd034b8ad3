"""BFD_CHECK: a server is fit while a BFD session is up. Its words alone, so far.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Switch, Text
from keepalived.lang.words import block, keyword, where


@block("BFD_CHECK", doc="The server is fit while a BFD session is up.")
class BfdCheck:
    """The words of BFD_CHECK."""

    name: str = keyword(
        "name", Text("NAME"), default="", awaits="lvs", doc="The bfd_instance to follow."
    )
    alpha: bool | None = keyword(
        "alpha", Switch(), default=None, awaits="lvs", doc="The check has failed until it passes."
    )
    place: Place = where(default=NOWHERE)
