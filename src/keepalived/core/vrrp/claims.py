"""What configuration and state together imply for the kernel, and which addresses adverts name.

Rule: functions of their arguments. Master or not is one `if` here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from keepalived.core.claims.address import address_of
from keepalived.core.vrrp.auth import auth_type, signs
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.dialect import (
    OWNER_PRIORITY,
    family_of,
    group_of,
    is_unicast,
    version_of,
)
from keepalived.core.vrrp.happenings import Footing
from keepalived.core.vrrp.state import State
from keepalived.lang.net_values import AddressLine
from keepalived.port.conflict import ConflictWatch
from keepalived.port.facts import Link
from keepalived.port.resources import Barrier, FrameEndpoint, Resource, VrrpEndpoint
from keepalived.records import replace
from keepalived.wire.addresses import Address, Family
from keepalived.wire.ah import AH_LENGTH, AH_PROTOCOL
from keepalived.wire.hmac_trailer import TRAILER_LENGTH
from keepalived.wire.vrrp import AUTH_DATA_LENGTH, VRRP_PROTOCOL, AuthType

_OVERHEAD4 = 14 + 20 + 8
"""Ethernet, IPv4 and VRRP headers, as upstream counts them."""
_OVERHEAD6 = 14 + 40 + 8


def endpoint_of(config: VrrpInstance, source: Address | None) -> VrrpEndpoint | None:
    """Give the socket that this instance hears and says adverts with; None while it cannot be."""
    protocol = AH_PROTOCOL if auth_type(config) is AuthType.AH else VRRP_PROTOCOL
    if is_unicast(config):
        if source is None:
            return None
        vrf = "" if config.interface else config.vrf
        return VrrpEndpoint(config.interface, source, protocol, vrf, config.kernel_rx_buf_size)
    link = advert_link(config)
    return VrrpEndpoint(link, group_of(config), protocol, "", config.kernel_rx_buf_size)


def advert_link(config: VrrpInstance) -> str:
    """Name the link that adverts use: the instance's own where it has one, else its interface."""
    own = config.holdings.own
    if own is None or config.vmac_xmit_base or is_unicast(config):
        return config.interface
    return own.link


def link_of(config: VrrpInstance, line: AddressLine) -> str:
    """Name the link that an address goes on."""
    return line.link or line.dev or config.interface


def lines_of(config: VrrpInstance) -> tuple[AddressLine, ...]:
    """Give all addresses of an instance, the excluded ones last."""
    return config.virtual_ipaddress + config.virtual_ipaddress_excluded


def places_of(config: VrrpInstance) -> tuple[str, ...]:
    """Name the links that an instance needs: its own first, then those its addresses go on."""
    own = config.holdings.own
    return tuple(
        dict.fromkeys(
            [config.interface] * bool(config.interface)
            + ([] if own is None else [own.link])
            + [link_of(config, line) for line in lines_of(config)]
            + [route.link for route in config.holdings.routes if route.link]
        )
    )


def needed_by(config: VrrpInstance) -> tuple[str, ...]:
    """Name the links that must be up: as upstream has it, those of addresses and routes, too."""
    own = config.holdings.own
    first = [] if config.dont_track_primary or not config.interface else [config.interface]
    return tuple(
        dict.fromkeys(
            first
            + ([] if own is None else [own.link])
            + [link_of(config, line) for line in lines_of(config) if line.dev or line.link]
            + [route.link for route in config.holdings.routes if route.link and route.tracked]
        )
    )


def advertised(config: VrrpInstance, mtu: int) -> tuple[Address, ...]:
    """Give what adverts name, in the order of the file, as many as fit a packet."""
    overhead, width = (_OVERHEAD4, 4) if family_of(config) is Family.INET else (_OVERHEAD6, 16)
    if version_of(config) == 2 and width == 4:
        overhead += AUTH_DATA_LENGTH
    if auth_type(config) is AuthType.AH:
        overhead += AH_LENGTH
    if config.auth_hmac is not None and signs(config.auth_hmac):
        overhead += TRAILER_LENGTH
    most = min(255, max(0, mtu - overhead) // width)
    return tuple(line.address for line in config.virtual_ipaddress)[:most]


def accepts(config: VrrpInstance) -> bool:
    """Say whether a master answers to its addresses: an owner does, others unless told not to."""
    if config.priority == OWNER_PRIORITY:
        return True
    return not config.no_accept and (config.accept or not config.strict_mode)


def barriers_of(config: VrrpInstance, lines: Iterable[AddressLine]) -> list[Barrier]:
    """Give what keeps packets off the addresses of an instance that does not accept them."""
    if accepts(config):
        return []
    return [
        Barrier(line.address, link_of(config, line) if line.address.is_link_local else "")
        for line in lines
    ]


def conflict_watches(config: VrrpInstance, links: Mapping[str, Link]) -> list[ConflictWatch]:
    """Give what a master watches for: its addresses on each link whose hosts have MACs."""
    found: dict[str, list[Address]] = {}
    for line in lines_of(config):
        found.setdefault(link_of(config, line), []).append(line.address)
    watches = []
    for name, addresses in found.items():
        link = links.get(name)
        if link is not None and not link.no_arp and not link.loopback and len(link.mac) == 6:
            watches.append(ConflictWatch(name, config.name, tuple(addresses), link.mac))
    return watches


def held(config: VrrpInstance, state: State, footing: Footing) -> tuple[Resource, ...]:
    """Say what an instance wants in the kernel: sockets where there are links, addresses if master.

    What an owner's link has by itself stays, whoever leads: it is the host's own address.
    """
    links = footing.links
    if state is State.INIT:
        return ()
    wanted: list[Resource] = []
    endpoint = endpoint_of(config, footing.source)
    if endpoint is not None and (endpoint.link in links or not endpoint.link):
        wanted.append(endpoint)
    wanted += [FrameEndpoint(name) for name in places_of(config) if name in links]
    if state is State.MASTER:
        lines = [line for line in lines_of(config) if line not in footing.own]
        wanted += barriers_of(config, lines)
        wanted += [address_of(line, link_of(config, line)) for line in lines]
        wanted += config.holdings.routes
        wanted += config.holdings.rules
        wanted += conflict_watches(config, links)
    if config.holdings.sync is not None:
        wanted.append(replace(config.holdings.sync, leads=state is State.MASTER))
    return tuple(wanted)
