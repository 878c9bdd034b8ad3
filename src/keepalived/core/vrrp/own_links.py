"""The links of an instance's own, such as virtual MACs: their names, addresses and switches.

Rule: names are settled once, for all instances together; a link is known by its parent and its
hardware address, so that the one a crash left behind is taken up again under whatever name it has.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from keepalived.core.vrrp import dialect
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.lines import Ipvlan, Vmac, VmacValue
from keepalived.lang.net_values import AddressLine
from keepalived.lang.words import Bad, Given
from keepalived.port.facts import Link
from keepalived.port.names import Names, number
from keepalived.port.resources import Detour, HeldLink, LinkKind, Resource, Setting
from keepalived.records import replace
from keepalived.wire import addresses
from keepalived.wire.addresses import Family

_NAME_MOST = 15
_PREFIX = "vrrp"
_VIRTUAL = {Family.INET: "00:00:5e:00:01", Family.INET6: "00:00:5e:00:02"}
_ON_LINK = {"arp_ignore": 1, "accept_local": 1, "rp_filter": 0, "promote_secondaries": 1}
_ON_PARENT = {"arp_ignore": 1, "arp_filter": 1}


class Namer:
    """Gives links of our own their names, one after the other in the order of the file."""

    def __init__(self, existing: Collection[Link], names: Names) -> None:
        self._numbers = {link.name: link.index for link in existing}
        self._existing = existing
        self._foreign = set(self._numbers)
        self._names = names
        self._made: dict[tuple[str, LinkKind, bytes, str], HeldLink] = {}
        self._used: set[str] = set()

    def macvlan(self, words: Vmac, parent: str, vrid: int, family: Family, prefix: str) -> HeldLink:
        """Give the virtual MAC that these words ask for on a link."""
        mac = _mac(words.mac or _VIRTUAL[family], vrid)
        key = (parent, LinkKind.MACVLAN, mac, "")
        if key not in self._made:
            name = words.name or self._old_name(parent, mac)
            name = name or self._free_name(prefix, vrid, family)
            group = self._group(words.group)
            made = HeldLink(name, parent, LinkKind.MACVLAN, mac, "private", group, words.notify)
            self._remember(key, made)
        return self._made[key]

    def ipvlan(self, words: Ipvlan, parent: str, vrid: int, family: Family) -> HeldLink:
        """Give the ipvlan that these words ask for on a link."""
        name = words.name
        key = (parent, LinkKind.IPVLAN, b"", f"{name}{vrid}.{family}")
        if key not in self._made:
            name = name or self._free_name(_PREFIX, vrid, family, LinkKind.IPVLAN, parent)
            group = self._group(words.group)
            self._remember(key, HeldLink(name, parent, LinkKind.IPVLAN, b"", words.mode, group))
        return self._made[key]

    def _remember(self, key: tuple[str, LinkKind, bytes, str], made: HeldLink) -> None:
        self._made[key] = made
        self._used.add(made.link)

    def _group(self, word: str) -> int | None:
        return number(self._names.groups, word) if word else None

    def _old_name(self, parent: str, mac: bytes) -> str:
        """Give the name of such a link that is there already."""
        below = self._numbers.get(parent)
        for link in self._existing:
            alike = link.kind == LinkKind.MACVLAN.value and link.mac == mac
            if alike and link.parent == below and link.name not in self._used:
                return link.name
        return ""

    def _free_name(
        self,
        prefix: str,
        vrid: int,
        family: Family,
        kind: LinkKind | None = None,
        parent: str = "",
    ) -> str:
        """Give the first free name: PREFIX.VRID, for IPv6 PREFIX6.VRID, then PREFIX1.VRID…"""
        ours = {
            link.name
            for link in self._existing
            if kind is not None
            and link.kind == kind.value
            and link.parent == self._numbers.get(parent)
        }
        middles = ["", *(["6"] if family is Family.INET6 else []), *map(str, range(1, 1000))]
        for middle in middles:
            ending = f"{middle}.{vrid}"
            name = prefix[: _NAME_MOST - len(ending)] + ending
            if name not in self._used and name not in self._foreign - ours:
                return name
        raise AssertionError("a thousand links have that name already")


def settle_links(
    config: VrrpInstance,
    namer: Namer,
    usual: str,
    prefix: str = "",
    line_prefix: str = "",
) -> VrrpInstance:
    """Give an instance that knows the links of its own, and which address goes on which.

    `usual` is the link of addresses of an instance that has none.
    """
    own = _own(config, namer, prefix or _PREFIX)
    found: dict[str, HeldLink] = {own.link: own} if own is not None else {}
    both = []
    for lines in (config.virtual_ipaddress, config.virtual_ipaddress_excluded):
        settled = []
        for line in lines:
            made = _of_line(config, line, namer, line_prefix or prefix or _PREFIX)
            if made is not None:
                found.setdefault(made.link, made)
                line = replace(line, link=made.link)
            elif own is not None and own.mac and line.dev in ("", config.interface):
                # An ipvlan is for adverts alone, as upstream has it.
                line = replace(line, link=own.link)
            elif not (line.dev or config.interface):
                line = replace(line, link=usual)
            settled.append(line)
        both.append(tuple(settled))
    if not found and config.interface:
        return config
    holdings = replace(config.holdings, own=own, links=tuple(found.values()))
    return replace(
        config,
        virtual_ipaddress=both[0],
        virtual_ipaddress_excluded=both[1],
        holdings=holdings,
    )


def _own(config: VrrpInstance, namer: Namer, prefix: str) -> HeldLink | None:
    family = dialect.family_of(config)
    if not config.interface:
        return None
    if config.use_vmac is not None:
        vrid = config.virtual_router_id
        return namer.macvlan(config.use_vmac, config.interface, vrid, family, prefix)
    if config.use_ipvlan is not None:
        return namer.ipvlan(config.use_ipvlan, config.interface, config.virtual_router_id, family)
    return None


def _of_line(config: VrrpInstance, line: AddressLine, namer: Namer, prefix: str) -> HeldLink | None:
    """Give the virtual MAC that an address has for itself; None where it goes where others go."""
    parent = line.dev or config.interface
    family = addresses.family_of(line.address)
    elsewhere = parent != config.interface or family is not dialect.family_of(config)
    if line.vmac is None and not (config.use_vmac and config.use_vmac_addr and elsewhere):
        return None
    words = VmacValue().read(Given(line.vmac or ()))
    vmac = Vmac() if isinstance(words, Bad) else words
    return namer.macvlan(vmac, parent, config.virtual_router_id, family, prefix)


def _mac(text: str, vrid: int) -> bytes:
    parts = [int(each, 16) for each in text.split(":")]
    return bytes(parts if len(parts) == 6 else [*parts, vrid])


def around(links: Sequence[HeldLink], families: dict[str, set[Family]]) -> list[Resource]:
    """Give what links of our own need around them: switches, detours of membership reports.

    `families` says for each of them which families have addresses or adverts there.
    """
    wanted: list[Resource] = []
    for link in links:
        if link.kind is not LinkKind.MACVLAN:
            continue
        carried = families.get(link.link, set())
        wanted.append(Detour(link.link, link.parent, Family.INET6 in carried))
        if Family.INET6 not in carried:
            wanted.append(Setting("disable_ipv6", 1, link.link, Family.INET6))
        if Family.INET in carried:
            # What counts for all is passed down to each link before this one is set free of it.
            wanted.append(Setting("rp_filter", 0, "all"))
            wanted += [Setting(name, value, link.link) for name, value in _ON_LINK.items()]
            wanted += [Setting(name, value, link.parent) for name, value in _ON_PARENT.items()]
        else:
            wanted.append(Setting("arp_ignore", 1, link.link))
    return wanted
