"""Ready-made worlds: directors side by side on two wires, and the guide's four instances.

Rule: one constructor a thing, with defaults, so that what a test says is what matters to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address

from keepalived.annotations import Any
from keepalived.core.vrrp.config import RouterConfig, SyncGroup, VrrpInstance
from keepalived.lang.net_values import AddressLine
from keepalived.port.facts import Link, LinkAddress
from keepalived.sim.host import SimHost
from keepalived.sim.world import World
from keepalived.wire.addresses import parse_address

LINKS = ("eth0", "eth1")


def line(text: str, prefix: int = 0) -> AddressLine:
    """Give an address line; without a prefix it is the address alone."""
    address = parse_address(text)
    assert address is not None, text
    return AddressLine(address, prefix or address.max_prefixlen)


def instance(
    name: str = "VI_1",
    router_id: int = 51,
    priority: int = 100,
    link: str = "eth0",
    addresses: Iterable[str] = ("192.168.200.10",),
    state: str = "BACKUP",
    **more: Any,
) -> VrrpInstance:
    """Give an instance; `more` are further fields."""
    return VrrpInstance(
        name=name,
        state=state,
        interface=link,
        virtual_router_id=router_id,
        priority=priority,
        virtual_ipaddress=tuple(line(each) for each in addresses),
        **more,
    )


def alone(priority: int = 100, state: str = "BACKUP") -> RouterConfig:
    """Give a configuration with one instance and no group."""
    return RouterConfig("LVS_MAIN", (instance(priority=priority, state=state),))


def case_ten(main: bool, lower: int = 100, upper: int = 150) -> RouterConfig:
    """Give the guide's case study X for director 1 (`main`) or its mirror, director 2.

    Four instances on two links in two groups; each director leads one group at first.
    """
    ours, theirs = (upper, lower) if main else (lower, upper)
    instances = (
        instance("VI_1", 51, ours, "eth0", ("192.168.200.10", "192.168.200.11")),
        instance("VI_2", 52, ours, "eth1", ("192.168.100.10",)),
        instance("VI_3", 53, theirs, "eth0", ("192.168.200.12", "192.168.200.13")),
        instance("VI_4", 54, theirs, "eth1", ("192.168.100.11",)),
    )
    groups = (
        SyncGroup(name="VG1", members=("VI_1", "VI_2")),
        SyncGroup(name="VG2", members=("VI_3", "VI_4")),
    )
    return RouterConfig("LVS_MAIN", instances, groups)


def directors(world: World, *configs: RouterConfig) -> list[SimHost]:
    """Place directors d1, d2, … on the wires `outside` (eth0) and `inside` (eth1)."""
    world.segment("outside")
    world.segment("inside")
    placed = []
    for number, config in enumerate(configs, 1):
        host = world.host(f"d{number}", config)
        for index, (name, wire) in enumerate(zip(LINKS, ("outside", "inside"), strict=True)):
            mac = bytes((2, 0, 0, 0, index, number))
            address = IPv4Address(f"192.168.{200 - 100 * index}.{4 + number}")
            local = IPv6Address(f"fe80::{index}:{4 + number}")
            own = (LinkAddress(name, address, 24), LinkAddress(name, local, 64))
            host.plug(Link(2 + index, name, mac), wire, *own)
        placed.append(host)
    return placed


def masters(world: World, name: str) -> list[str]:
    """Name the hosts whose instance of this name leads now."""
    return [host.name for host in world.hosts.values() if states(host).get(name) == "MASTER"]


def states(host: SimHost) -> dict[str, str]:
    """Give the state of each instance of a running host, by name."""
    if not host.running:
        return {}
    listed = host.snapshot()["instances"]
    assert isinstance(listed, list)
    return {each["name"]: each["state"] for each in listed}


def handing_over(host: SimHost) -> set[str]:
    """Name the instances of a running host that are about to hand over."""
    listed = host.snapshot()["instances"] if host.running else []
    assert isinstance(listed, list)
    shown = [(each["name"], each["handover"] or {}) for each in listed]
    return {name for name, handover in shown if handover.get("state") == "under way"}


def watch(world: World, every_us: int, look: Callable[[], None]) -> None:
    """Look again and again, as long as the world runs."""

    def again() -> None:
        look()
        world.at(world.now + every_us, again)

    world.at(world.now, again)
