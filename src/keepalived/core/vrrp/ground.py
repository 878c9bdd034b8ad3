"""The links and addresses of this host, and what an instance finds to stand on among them.

Rule: a book kept from events; a footing is worked out anew from it whenever it changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address

from keepalived.annotations import TypeVar
from keepalived.core.vrrp.auth import lacks_key
from keepalived.core.vrrp.claims import endpoint_of, lines_of, link_of, needed_by, places_of
from keepalived.core.vrrp.complaints import resource_of
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.debounce import Debounce
from keepalived.core.vrrp.dialect import OWNER_PRIORITY, family_of, group_of, is_unicast
from keepalived.core.vrrp.happenings import Footing
from keepalived.core.vrrp.state import Why
from keepalived.lang.net_values import AddressLine
from keepalived.port.events import AddressGone, AddressSeen, LinkGone, LinkSeen, Refused
from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import HeldLink, Remove, VrrpEndpoint
from keepalived.wire.addresses import Address, Family, parse_address

T = TypeVar("T")
Spot = tuple[str, Address, int]
"""An address with its prefix length on a link."""
ANY_LINK = ""
"""Where those look whose source address may be on any link: at all of them."""


class Ground:
    """What is known of the host."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self._addresses: dict[Spot, LinkAddress] = {}
        self._expected: set[str] = set()
        """Links of our own that were asked for and have not been seen yet."""
        self.debounce = Debounce()
        self._known: set[str] = set()
        """Links of our own that were asked for once; the next absence is a fault."""
        self._deaf: set[tuple[object, ...]] = set()
        """The keys of sockets that cannot be opened."""
        self._refused: set[tuple[object, ...]] = set()
        """Those of them that were refused again a moment ago."""

    def expect(self, names: Iterable[str]) -> None:
        """Hear which links of our own are asked for: until one is seen nobody judges it missing."""
        asked = set(names)
        self._expected = (self._expected & asked) | {
            name for name in asked - self._known if name not in self._links
        }
        self._known = asked

    def is_up(self, name: str) -> bool:
        """Say whether there is such a link and it can carry packets, as far as that counts."""
        link = self._links.get(name)
        return link is not None and link.up

    def refused(self, event: Refused) -> bool:
        """Hear what the kernel refused; False where that does not matter."""
        resource = resource_of(event.change)
        if isinstance(event.change, Remove):
            link = getattr(resource, "link", "")
            return not link or self.has_link(link)
        if isinstance(resource, HeldLink):
            self._expected.discard(resource.link)
        elif isinstance(resource, VrrpEndpoint):
            self._deaf.add(resource.key)
            self._refused.add(resource.key)
        return True

    def listen_again(self) -> bool:
        """Believe those sockets open that were not refused since this was asked last.

        Say whether there are others: then it is to be asked again.
        """
        self._deaf, self._refused = self._refused, set()
        return bool(self._deaf)

    def learn(self, now: int, event: LinkSeen | LinkGone | AddressSeen | AddressGone) -> str:
        """Take in what the world says; give the link's name, nothing where it does not count."""
        match event:
            case LinkSeen(link):
                parents = (each.name for each in self._links.values() if each.index == link.parent)
                known = self._links.get(link.name)
                if not self.debounce.take(now, known, link, next(parents, "")):
                    return ""
                self.link_seen(link)
                return link.name
            case LinkGone(name):
                self.debounce.forget(name)
                self.link_gone(name)
                return name
            case AddressSeen(address):
                self.address_seen(address)
            case AddressGone(address):
                self.address_gone(address)
        return address.link

    def link_seen(self, link: Link) -> None:
        """Take in a link, new or changed."""
        self._links[link.name] = link
        self._expected.discard(link.name)

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

    def local_address(self, name: str) -> Address | None:
        """Give the first link-local address of IPv6 that a link has by itself."""
        found = (each for each in self._addresses.values() if each.link == name and not each.ours)
        locals_6 = (each.address for each in found if each.address.version == 6)
        return next((each for each in locals_6 if each.is_link_local), None)

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

    def _source(self, config: VrrpInstance) -> Address | None:
        """Give what adverts leave from: what is configured, else the link's own first address.

        IPv6 adverts leave from the link-local address (RFC 9568 section 5.1.2.2).
        """
        v6 = family_of(config) is Family.INET6
        given = config.unicast_src_ip or config.mcast_src_ip
        if given is not None and (given.version == 6) is v6:
            return given
        ipvlan = config.use_ipvlan is not None and config.holdings.own
        if ipvlan and config.use_ipvlan is not None and config.use_ipvlan.address:
            return parse_address(config.use_ipvlan.address.partition("/")[0])
        link = ipvlan.link if ipvlan else config.interface
        for each in self._addresses.values():
            if each.link != link or each.ours or each.secondary:
                continue
            if isinstance(each.address, IPv6Address):
                if v6 and each.address.is_link_local:
                    return each.address
            elif not v6:
                return each.address
        return None

    def _fault(self, config: VrrpInstance, twin: bool, source: Address | None) -> Why | None:
        if twin:
            return Why.DUPLICATE_ID
        if config.unicast_fault_no_peer and not config.unicast_peers:
            return Why.NO_PEER
        if lacks_key(config.auth_hmac):
            return Why.KEY_MISSING
        for name in needed_by(config):
            link = self._links.get(name)
            if name in self._expected:
                return Why.UNTESTED
            if link is None:
                return Why.LINK_MISSING
            if not link.up:
                return Why.LINK_DOWN
        if source is None or (config.track_src_ip and not self._has(source)):
            return Why.NO_SOURCE
        endpoint = endpoint_of(config, source) if self._deaf else None
        return Why.NO_SOCKET if endpoint is not None and endpoint.key in self._deaf else None

    def _has(self, address: Address) -> bool:
        return any(each.address == address for each in self._addresses.values())


Key = tuple[str, int, Family, Address | None]


def key_of(config: VrrpInstance) -> Key:
    """Give what an instance is, whatever its name: link, router id, family, group or source."""
    where = config.unicast_src_ip if is_unicast(config) else group_of(config)
    return (config.interface, config.virtual_router_id, family_of(config), where)


def by_ground(
    machines: Sequence[T], configs: Sequence[VrrpInstance]
) -> tuple[dict[Key, T], dict[str, list[T]]]:
    """Sort machines by what they are, the first of each counts, and by the links they hear of."""
    by_key: dict[Key, T] = {}
    on_link: dict[str, list[T]] = {}
    for machine, config in zip(machines, configs, strict=True):
        by_key.setdefault(key_of(config), machine)
        for name in (*places_of(config), *[ANY_LINK] * config.track_src_ip):
            on_link.setdefault(name, []).append(machine)
    return by_key, on_link
