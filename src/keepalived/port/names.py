"""Names that a host gives to the kernel's numbers: of tables, protocols, scopes and the like.

Rule: plain tables; a word that is a number needs no name, and one without either is not known.
"""

from __future__ import annotations

from collections.abc import Mapping

from keepalived.records import dataclass, field

_TABLES = {"unspec": 0, "default": 253, "main": 254, "local": 255}
_PROTOCOLS = {"unspec": 0, "redirect": 1, "kernel": 2, "boot": 3, "static": 4, "keepalived": 18}
_SCOPES = {"global": 0, "universe": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
_PAYLOADS = {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "ipv6-icmp": 58, "icmpv6": 58, "sctp": 132}


@dataclass(frozen=True, slots=True)
class Names:
    """What iproute2's files call things, beyond what is always known."""

    tables: Mapping[str, int] = field(default_factory=lambda: dict(_TABLES))
    protocols: Mapping[str, int] = field(default_factory=lambda: dict(_PROTOCOLS))
    scopes: Mapping[str, int] = field(default_factory=lambda: dict(_SCOPES))
    realms: Mapping[str, int] = field(default_factory=dict)
    services: Mapping[str, int] = field(default_factory=dict)
    """Types of service."""
    groups: Mapping[str, int] = field(default_factory=dict)
    """Groups of links."""
    payloads: Mapping[str, int] = field(default_factory=lambda: dict(_PAYLOADS))
    """Protocols that packets carry."""


def number(
    names: Mapping[str, int], word: str, most: int = 2**32 - 1, radix: int = 0
) -> int | None:
    """Give the number that a word means: by its name, or as it is written; None for neither."""
    found = names.get(word)
    if found is not None:
        return found
    try:
        value = int(word, radix)
    except ValueError:
        return None
    return value if 0 <= value <= most else None
