"""What is held for as long as the daemon runs, whoever leads: own links, and the static things.

Rule: a wish depends on the links that exist, so it is worked out anew when one comes or goes; what
somebody else takes away is put back at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address

from keepalived.core.vrrp.claims import advert_link, lines_of, link_of
from keepalived.core.vrrp.complaints import LeftOut
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.core.vrrp.dialect import family_of
from keepalived.core.vrrp.ground import Ground
from keepalived.core.vrrp.own_links import around
from keepalived.port.effects import Effect, Hold, Note
from keepalived.port.resources import HeldAddress, HeldLink, LinkKind, Resource, Setting
from keepalived.wire import addresses
from keepalived.wire.addresses import Family, parse_address

LINKS, STATIC = "=links", "=static"
"""The owners' names; no instance can be called so."""
_NO_DUPLICATE_DETECTION = 0x02


class Fixtures:
    """What the router holds beside its machines."""

    def __init__(self) -> None:
        self._config: RouterConfig | None = None
        self._held: dict[str, tuple[Resource, ...]] = {LINKS: (), STATIC: ()}

    def adopt(self, config: RouterConfig) -> list[Effect]:
        """Go by this configuration from now on; say what of it this host does not know."""
        before = () if self._config is None else _unknown(self._config)
        self._config = config
        new = [each for each in _unknown(config) if each not in before]
        return [Note(LeftOut(each)) for each in new]

    def grow(self, ground: Ground) -> list[Hold]:
        """Say what is wanted now, and keep what was: a router that ends may still need it."""
        before = self._held
        holds = self.hold(ground)
        merged = {
            hold.owner: tuple({r.key: r for r in (*before[hold.owner], *hold.resources)}.values())
            for hold in holds
        }
        self._held = {**self._held, **merged}
        return [Hold(owner, resources) for owner, resources in merged.items()]

    def hold(self, ground: Ground) -> list[Hold]:
        """Say what is wanted now; nothing where that is what was wanted before."""
        if self._config is None:
            return []
        links = links_of(self._config.instances, ground)
        wanted = {LINKS: links, STATIC: _statics(self._config, ground)}
        ground.expect(each.link for each in links if isinstance(each, HeldLink))
        changed = [owner for owner in wanted if wanted[owner] != self._held[owner]]
        self._held = wanted
        return [Hold(owner, wanted[owner]) for owner in changed]

    def lost_link(self, name: str) -> None:
        """Hear that a link went with what was done to it: it is to be asked for anew."""
        for owner, resources in self._held.items():
            kept = tuple(each for each in resources if getattr(each, "link", "") != name)
            self._held[owner] = kept

    def again(self) -> list[Hold]:
        """Say all of it once more: something is lost, or was refused a moment ago."""
        return [Hold(owner, resources) for owner, resources in self._held.items() if resources]

    def has(self, resource: Resource) -> bool:
        """Say whether this is one of them."""
        return any(resource.key == each.key for some in self._held.values() for each in some)

    def end(self) -> list[Hold]:
        """Let go of everything; the own links last."""
        self._config = None
        owners = [owner for owner in (STATIC, LINKS) if self._held[owner]]
        self._held = {LINKS: (), STATIC: ()}
        return [Hold(owner, ()) for owner in owners]


def _unknown(config: RouterConfig) -> tuple[str, ...]:
    theirs = (text for each in config.instances for text in each.holdings.unknown)
    return (*config.unknown, *theirs)


def _statics(config: RouterConfig, ground: Ground) -> tuple[Resource, ...]:
    """Give the static things whose links are there."""
    found = []
    for each in config.statics:
        link = getattr(each, "link", "")
        if not link or ground.has_link(link):
            found.append(each)
    return tuple(found)


def links_of(instances: Sequence[VrrpInstance], ground: Ground) -> tuple[Resource, ...]:
    """Give the own links whose parents are there, and what they need around them."""
    links: dict[str, HeldLink] = {}
    families: dict[str, set[Family]] = {}
    more: list[Resource] = []
    for config in instances:
        for link in config.holdings.links:
            if ground.has_link(link.parent):
                links.setdefault(link.link, link)
        families.setdefault(advert_link(config), set()).add(family_of(config))
        own = config.holdings.own
        if own is not None:
            families.setdefault(own.link, set()).add(family_of(config))
        for line in lines_of(config):
            families.setdefault(link_of(config, line), set()).add(addresses.family_of(line.address))
        if own is not None and own.link in links:
            more += _address_of_its_own(config, own)
        if config.promote_secondaries:
            name = own.link if own is not None and own.mac else config.interface
            if name and (ground.has_link(name) or name in links):
                more.append(Setting("promote_secondaries", 1, name))
    for link in links.values():
        if link.kind is LinkKind.MACVLAN and Family.INET6 in families.get(link.link, ()):
            more += _local_address(link, ground)
    wanted = (*links.values(), *around(tuple(links.values()), families), *more)
    return tuple({each.key: each for each in wanted}.values())


def _address_of_its_own(config: VrrpInstance, own: HeldLink) -> list[Resource]:
    """Give the address that an ipvlan sends from."""
    if config.use_ipvlan is None or not config.use_ipvlan.address:
        return []
    text, _, bits = config.use_ipvlan.address.partition("/")
    address = parse_address(text)
    assert address is not None, "the line was checked"
    prefix = int(bits) if bits else addresses.family_of(address).bits
    flags = _NO_DUPLICATE_DETECTION if address.version == 6 else 0
    return [HeldAddress(own.link, address, prefix, flags=flags)]


def _local_address(link: HeldLink, ground: Ground) -> list[Resource]:
    """Give the parent's link-local address, which adverts from its virtual MAC leave from."""
    local = ground.local_address(link.parent)
    if not isinstance(local, IPv6Address):
        return []
    return [HeldAddress(link.link, local, 64, flags=_NO_DUPLICATE_DETECTION, preferred_s=0)]
