"""What configuration and state together imply for the kernel, and which addresses adverts name.

Rule: functions of their arguments. Master or not is one `if` here and nowhere else.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.happenings import Footing
from keepalived.core.vrrp.state import State
from keepalived.lang.net_values import AddressLine
from keepalived.port.resources import FrameEndpoint, HeldAddress, Resource, VrrpEndpoint
from keepalived.wire.vrrp import MULTICAST_GROUP4

_ADVERT_OVERHEAD = 14 + 20 + 8 + 8
"""Ethernet, IPv4 and VRRP headers and the authentication data, as upstream counts them."""


def endpoint_of(config: VrrpInstance) -> VrrpEndpoint:
    """Give the socket that this instance hears and says adverts with."""
    return VrrpEndpoint(config.interface, MULTICAST_GROUP4)


def link_of(config: VrrpInstance, line: AddressLine) -> str:
    """Name the link that an address goes on."""
    return line.dev or config.interface


def lines_of(config: VrrpInstance) -> tuple[AddressLine, ...]:
    """Give all addresses of an instance, the excluded ones last."""
    return config.virtual_ipaddress + config.virtual_ipaddress_excluded


def places_of(config: VrrpInstance) -> tuple[str, ...]:
    """Name the links that an instance needs: its own first, then those its addresses go on."""
    return tuple(
        dict.fromkeys([config.interface, *(link_of(config, line) for line in lines_of(config))])
    )


def advertised(config: VrrpInstance, mtu: int) -> tuple[IPv4Address, ...]:
    """Give what adverts name, in the order of the file, as many as fit a packet."""
    most = min(255, max(0, mtu - _ADVERT_OVERHEAD) // 4)
    named = [line.address for line in config.virtual_ipaddress]
    return tuple(each for each in named if isinstance(each, IPv4Address))[:most]


def address_of(config: VrrpInstance, line: AddressLine) -> HeldAddress:
    """Give the address that a line asks for."""
    link = link_of(config, line)
    return HeldAddress(link, line.address, line.prefix, line.label, line.broadcast, line.scope)


def held(config: VrrpInstance, state: State, footing: Footing) -> tuple[Resource, ...]:
    """Say what an instance wants in the kernel: sockets where there are links, addresses if master.

    What an owner's link has by itself stays, whoever leads: it is the host's own address.
    """
    links = footing.links
    if state is State.INIT:
        return ()
    wanted: list[Resource] = []
    if config.interface in links:
        wanted.append(endpoint_of(config))
    wanted += [FrameEndpoint(name) for name in places_of(config) if name in links]
    if state is State.MASTER:
        lines = [line for line in lines_of(config) if line not in footing.own]
        wanted += [address_of(config, line) for line in lines]
    return tuple(wanted)
