"""The links and addresses of this host, and what an instance finds to stand on among them.

Rule: a book kept from events; a footing is worked out anew from it whenever it changed.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from keepalived.core.vrrp.auth import auth_type
from keepalived.core.vrrp.claims import lines_of, link_of, places_of
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.happenings import Footing
from keepalived.core.vrrp.state import Why
from keepalived.lang.net_values import AddressLine
from keepalived.port.facts import Link, LinkAddress
from keepalived.wire.addresses import Address
from keepalived.wire.vrrp import AuthType

OWNER_PRIORITY = 255
"""Of the router whose own addresses are the virtual ones (RFC 3768 section 5.3.4)."""

Spot = tuple[str, Address, int]
"""An address with its prefix length on a link."""


class Ground:
    """What is known of the host."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self._addresses: dict[Spot, LinkAddress] = {}

    def link_seen(self, link: Link) -> None:
        """Take in a link, new or changed."""
        self._links[link.name] = link

    def link_gone(self, name: str) -> None:
        """Forget a link and what sat on it."""
        self._links.pop(name, None)
        self._addresses = {key: each for key, each in self._addresses.items() if key[0] != name}

    def address_seen(self, address: LinkAddress) -> None:
        """Take in an address that is not one of ours."""
        self._addresses[(address.link, address.address, address.prefix)] = address

    def address_gone(self, address: LinkAddress) -> None:
        """Forget an address."""
        self._addresses.pop((address.link, address.address, address.prefix), None)

    def has_link(self, name: str) -> bool:
        """Say whether there is such a link."""
        return name in self._links

    def footing(self, config: VrrpInstance, twin: bool) -> Footing:
        """Work out what an instance stands on; a `twin` has the number of one before it."""
        source = self._source(config)
        links = {name: self._links[name] for name in places_of(config) if name in self._links}
        return Footing(links, source, self._fault(config, twin, source), self._own(config))

    def _own(self, config: VrrpInstance) -> tuple[AddressLine, ...]:
        """Give those of an owner's addresses that stand on their links without our doing."""
        if config.priority != OWNER_PRIORITY:
            return ()
        return tuple(line for line in lines_of(config) if self._stands(link_of(config, line), line))

    def _stands(self, link: str, line: AddressLine) -> bool:
        found = self._addresses.get((link, line.address, line.prefix))
        return found is not None and not found.ours

    def _source(self, config: VrrpInstance) -> IPv4Address | None:
        if isinstance(config.mcast_src_ip, IPv4Address):
            return config.mcast_src_ip
        for each in self._addresses.values():
            ours = each.ours or each.secondary
            if each.link == config.interface and not ours and isinstance(each.address, IPv4Address):
                return each.address
        return None

    def _fault(self, config: VrrpInstance, twin: bool, source: IPv4Address | None) -> Why | None:
        if auth_type(config) is AuthType.AH:
            return Why.AH_UNKNOWN
        first = config.virtual_ipaddress[0].address if config.virtual_ipaddress else None
        if isinstance(first, IPv6Address):
            return Why.IPV6_UNKNOWN
        if twin:
            return Why.DUPLICATE_ID
        link = self._links.get(config.interface)
        if link is None:
            return Why.LINK_MISSING
        if not link.up:
            return Why.LINK_DOWN
        return Why.NO_SOURCE if source is None else None


def key_of(config: VrrpInstance) -> tuple[str, int]:
    """Give what an instance is, whatever its name: its link and its router id."""
    return (config.interface, config.virtual_router_id)
