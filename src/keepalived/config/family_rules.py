"""Whether the addresses that an instance's adverts use are of one family with its own.

Rule: the first virtual address decides, else the first source; what does not fit is left out.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.config.report import Report
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.records import replace
from keepalived.wire.addresses import Address

WORDS = ("unicast_src_ip", "mcast_src_ip", "mcast_dst_ip")


def settle_family(instance: VrrpInstance, report: Report) -> VrrpInstance:
    """Give the instance with addresses of one family alone."""
    version = _version(instance)
    changes: dict[str, Any] = {}
    for word in WORDS:
        address: Address | None = getattr(instance, word)
        if address is not None and address.version != version:
            _tell(instance, f"{word} {address}", version, word, report)
            changes[word] = None
    peers = tuple(each for each in instance.unicast_peers if each.address.version == version)
    for peer in instance.unicast_peers:
        if peer.address.version != version:
            _tell(instance, f"unicast_peer {peer.address}", version, "unicast_peer", report)
    if len(peers) < len(instance.unicast_peers):
        changes["unicast_peers"] = peers
    return replace(instance, **changes) if changes else instance


def _version(instance: VrrpInstance) -> int:
    if instance.virtual_ipaddress:
        return instance.virtual_ipaddress[0].address.version
    if instance.native_ipv6:
        return 6
    sources = (instance.unicast_src_ip, instance.mcast_src_ip, instance.mcast_dst_ip)
    peers = (each.address for each in instance.unicast_peers)
    return next((each.version for each in (*sources, *peers) if each is not None), 4)


def _tell(instance: VrrpInstance, what: str, version: int, word: str, report: Report) -> None:
    report.error(
        instance,
        f"{instance.name}: {what} is not of IPv{version} as the others are; it is left out",
        f"give an address of IPv{version}",
        word,
    )
