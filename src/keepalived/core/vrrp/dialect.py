"""Which VRRP an instance speaks: family, version, interval, and whom it speaks to.

Rule: functions of the configuration alone; everybody who needs one of these asks here.
"""

from __future__ import annotations

from ipaddress import IPv6Address

from keepalived.core.vrrp.config import VrrpInstance
from keepalived.wire import addresses
from keepalived.wire.addresses import Address, Family
from keepalived.wire.vrrp import MULTICAST_GROUP4

OWNER_PRIORITY = 255
"""Of the router whose own addresses are the virtual ones (RFC 9568 section 5.2.4)."""
GROUP4 = MULTICAST_GROUP4
GROUP6 = IPv6Address("ff02::12")


def family_of(config: VrrpInstance) -> Family:
    """Give the family: that of the first address, else of what is said about the source."""
    if config.virtual_ipaddress:
        return addresses.family_of(config.virtual_ipaddress[0].address)
    if config.native_ipv6:
        return Family.INET6
    sources = (config.unicast_src_ip, config.mcast_src_ip)
    peers = (peer.address for peer in config.unicast_peers)
    return next((addresses.family_of(each) for each in (*sources, *peers) if each), Family.INET)


def version_of(config: VrrpInstance) -> int:
    """Give the version: as said, else 3 for IPv6 and 2 for IPv4."""
    return config.version or (3 if family_of(config) is Family.INET6 else 2)


def interval_of(config: VrrpInstance) -> int:
    """Give the advert interval that the version can say, in microseconds."""
    step_us, most = (1_000_000, 255) if version_of(config) == 2 else (10_000, 4095)
    return step_us * min(max((config.advert_int_us + step_us // 2) // step_us, 1), most)


def is_unicast(config: VrrpInstance) -> bool:
    """Say whether adverts go to peers one by one; without peers they go to the group."""
    return bool(config.unicast_peers)


def group_of(config: VrrpInstance) -> Address:
    """Give the multicast group that adverts go to where there are no peers."""
    own = config.mcast_dst_ip
    v6 = family_of(config) is Family.INET6
    if own is not None and (own.version == 6) is v6:
        return own
    return GROUP6 if v6 else GROUP4


def targets_of(config: VrrpInstance) -> tuple[Address, ...]:
    """Give where each advert goes: to every peer, or to the group."""
    peers = tuple(peer.address for peer in config.unicast_peers)
    return peers or (group_of(config),)
