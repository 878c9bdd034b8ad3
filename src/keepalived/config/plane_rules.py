"""What a file asks for that its plane cannot do, and what the plane does in the place of a wish.

Rule: what cannot be done is a fault at load; what stands in for something else is said in words.
"""

from __future__ import annotations

from keepalived.config.root import Config
from keepalived.config.service_rules import title
from keepalived.core.lvs.config import VirtualServer
from keepalived.lang.fault import Fault, fatal
from keepalived.port.planes import NFT_SCHEDULERS
from keepalived.wire.addresses import family_of

_REMEDY = "or load the kernel module ip_vs and let lvs_plane be ipvs or auto"


def plane_faults(config: Config, plane: str) -> tuple[Fault, ...]:
    """Give a fault for everything that this plane cannot do; IPVS can do all that is read."""
    if plane == "ipvs":
        return ()
    return tuple(fault for service in config.services for fault in _nftables_faults(service))


def plane_remarks(config: Config, plane: str) -> tuple[str, ...]:
    """Say once for each scheduler what is done in its place, and by which services it is asked."""
    if plane == "ipvs":
        return ()
    asked: dict[str, list[str]] = {}
    for service in config.services:
        if NFT_SCHEDULERS.get(service.lb_algo, service.lb_algo) != service.lb_algo:
            asked.setdefault(service.lb_algo, []).append(title(service))
    return tuple(
        f"the nftables plane cannot count connections: {NFT_SCHEDULERS[scheduler]} stands in"
        f" for {scheduler} of {_shortened(services)}"
        for scheduler, services in asked.items()
    )


def _nftables_faults(service: VirtualServer) -> list[Fault]:
    name = title(service)
    faults = []
    if service.lb_algo not in NFT_SCHEDULERS:
        able = ", ".join(NFT_SCHEDULERS)
        faults.append(
            fatal(
                service.place,
                f"{name}: the nftables plane cannot do lb_algo {service.lb_algo}",
                f"write one of {able}, {_REMEDY}",
            )
        )
    if service.lb_kind != "NAT":
        faults.append(
            fatal(
                service.place,
                f"{name}: the nftables plane cannot do lb_kind {service.lb_kind}",
                f"write lb_kind NAT, {_REMEDY}",
            )
        )
    faults += _family_faults(service, name)
    return faults


def _family_faults(service: VirtualServer, name: str) -> list[Fault]:
    at = [(server.at.address, server.place) for server in service.servers]
    if service.sorry_server is not None:
        at.append((service.sorry_server.address, service.place))
    if not at:
        return []
    family = family_of(service.head.address or at[0][0])
    if {type(address) for address, _ in at} == {type(service.head.address)}:
        return []
    return [
        fatal(
            place,
            f"{name}: the nftables plane cannot lead to {address} of the other family",
            f"name servers of the service's own family, {_REMEDY}",
        )
        for address, place in at
        if family_of(address) is not family
    ]


def _shortened(services: list[str]) -> str:
    if len(services) <= 3:
        return ", ".join(services)
    return f"{', '.join(services[:2])} and {len(services) - 2} more"
