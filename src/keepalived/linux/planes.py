"""Which load balancer carries the table: the kernel's IPVS, or rules in nftables.

Rule: chosen once, at start; nothing above this module needs to know which it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from keepalived.annotations import Protocol
from keepalived.port.reactor import Reactor
from keepalived.port.resources import Change, Server, Service, ServiceKey

AUTO = "auto"
IPVS = "ipvs"
NFTABLES = "nftables"


class Plane(Protocol):
    """Something that balances connections by a table of services and servers."""

    name: str

    def apply(self, changes: Sequence[Change]) -> None:
        """Carry out changes in their order; refusals come back as events."""

    def found(self, keys: Collection[ServiceKey]) -> list[Service | Server]:
        """Give what the kernel has under these services already."""

    def ready(self) -> bool:
        """Say whether all that was asked for is carried out or refused."""

    def close(self) -> None:
        """Let go; the table stays as it is."""


def name_for(wish: str, reactor: Reactor, namespace: str | None = None) -> str:
    """Give the plane's name that a wish comes to on this kernel; `auto` takes IPVS if it can."""
    if wish != AUTO:
        return wish
    from keepalived.linux.ipvs import IpvsPlane

    plane = IpvsPlane(reactor, namespace)
    has_ipvs = plane.available()
    plane.close()
    return IPVS if has_ipvs else NFTABLES


def choose(wish: str, reactor: Reactor, namespace: str | None = None) -> Plane | str:
    """Give the plane for a wish (`auto`, `ipvs`, `nftables`), or the sentence why there is none."""
    if wish in (AUTO, IPVS):
        from keepalived.linux.ipvs import IpvsPlane

        ipvs = IpvsPlane(reactor, namespace)
        if ipvs.available():
            return ipvs
        ipvs.close()
        if wish == IPVS:
            return (
                "the kernel has no IPVS and none could be loaded: load the module ip_vs, "
                "or let the plane be nftables"
            )
    from keepalived.linux.nft_process import NFT_MISSING, find_nft
    from keepalived.linux.nftables import NftPlane

    return NFT_MISSING if find_nft() is None else NftPlane(reactor, namespace=namespace)
