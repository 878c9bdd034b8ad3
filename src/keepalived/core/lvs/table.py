"""What the load balancer's table should hold for one service: a function of its state.

Rule: pure, and the only place that makes services, servers and masquerading for the director.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.port.resources import (
    Forwarding,
    Masquerade,
    Resource,
    Server,
    Service,
    ServiceKey,
)
from keepalived.wire.addresses import Family, family_of

TCP, UDP = 6, 17
DEFAULT_PERSISTENCE_S = 360


def service_key(service: VirtualServer) -> ServiceKey:
    """Give what a service is; a mark's family is that of its servers."""
    address = service.head.address
    if address is None:
        family = family_of(service.servers[0].at.address) if service.servers else Family.INET
        return ServiceKey(family, mark=service.head.mark)
    protocol = TCP if service.protocol == "TCP" else UDP
    return ServiceKey(family_of(address), protocol, address, service.head.port)


def persistence_s(service: VirtualServer) -> int:
    """Give the time that a client stays; a granularity or a service of all ports asks for some."""
    if service.persistence_timeout_s is not None:
        return service.persistence_timeout_s
    every_port = service.head.address is not None and service.head.port == 0
    granular = service.persistence_granularity is not None
    return DEFAULT_PERSISTENCE_S if every_port or granular else 0


def server_port(service: VirtualServer, port: int) -> int:
    """Give a server's port: its own, else the service's."""
    return port or service.head.port


def desired(service: VirtualServer, live: Iterable[RealServer], sorry: bool) -> list[Resource]:
    """Give all that should be held for a service whose `live` servers are to serve, or `sorry`."""
    key = service_key(service)
    forwarding = Forwarding(service.lb_kind)
    granularity = service.persistence_granularity
    table: list[Resource] = [
        Service(
            key,
            service.lb_algo,
            persistence_s(service),
            -1 if granularity is None else granularity,
        )
    ]
    table.extend(masquerades(service))
    table.extend(
        Server(key, s.at.address, server_port(service, s.at.port), s.weight, forwarding)
        for s in live
    )
    if sorry and service.sorry_server is not None:
        at = service.sorry_server
        table.append(
            Server(key, at.address, server_port(service, at.port), 1, forwarding),
        )
    return table


def masquerades(service: VirtualServer) -> list[Masquerade]:
    """Give the networks of the servers whose own connections leave with our address."""
    if service.nat_mask is None or service.lb_kind != "NAT":
        return []
    mask = service.nat_mask
    networks = {
        ip_network((s.at.address, min(mask, family_of(s.at.address).bits)), strict=False): None
        for s in service.servers
    }
    return [Masquerade(network) for network in networks]
