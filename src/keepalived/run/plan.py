"""What a reload would change: both files are run dry, on machines that touch nothing.

Rule: the machines themselves say what is held and what is kept; nothing here knows their rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address

from keepalived.annotations import Any
from keepalived.config.root import Config
from keepalived.config.views import director_config, router_config
from keepalived.core.host import Host
from keepalived.core.lvs.director import Director
from keepalived.core.vrrp.router import Router
from keepalived.lang.pieces import option
from keepalived.lang.words import Kind, block_of
from keepalived.port.events import AddressSeen, Event, LinkSeen, Reconfigured, Started, Told, Woken
from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import (
    HeldAddress,
    HeldLink,
    Install,
    Masquerade,
    Resource,
    Server,
    Service,
    ServiceKey,
)
from keepalived.port.routing import HeldRoute, HeldRule
from keepalived.port.words import BfdSaid
from keepalived.records import dataclass
from keepalived.wire.netlink.routes import Network, Way

OWN_LINK = 10_000
"""The number of every link that the rehearsal makes; nobody looks at it."""
MOST_WAKINGS = 16
"""For each instance: by then every one of them leads, for nobody else is heard."""
Spot = tuple[str, int]
"""The link and the number of a virtual router."""
_KINDS = {3: "nop", 6: "blackhole", 7: "unreachable", 8: "prohibit", 9: "throw"}
_PROTOCOLS = {6: "tcp", 17: "udp", 132: "sctp"}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a plan."""

    sign: str
    """`+` comes, `-` goes, `~` changes, `!` goes and comes back anew, `=` stays."""
    kind: str
    """`instance`, `sync group`, `address`, `service`, `server` …"""
    name: str
    detail: str = ""


class _LowestDice:
    """No chance: a rehearsal is the same each time."""

    def below(self, limit: int) -> int:
        """Give 0."""
        return 0


def plan(old: Config, new: Config, host_name: str) -> list[Step]:
    """Give what a director that leads all its instances would change by a reload."""
    router = Host(Router(router_config(old, host_name)))
    for event in _ground(old, new):
        router.step(0, event)
    _step(router, 0, Started())
    now = _until_quiet(router, 0, len(old.instances))
    led, before = _states(router, now), router.ledger.held()
    _step(router, now, Reconfigured(router_config(new, host_name)))
    goes_on = _states(router, now)
    _until_quiet(router, now, len(new.instances))
    steps = list(_instances(old, new, led, goes_on))
    steps += _blocks("sync group", old.sync_groups, new.sync_groups)
    steps += _blocks("BFD session", old.bfd_instances, new.bfd_instances)
    steps += _difference(before, router.ledger.held())
    director = Host(Director(director_config(old, host_name), _LowestDice()))
    for event in _sessions(old, new):
        director.step(0, event)
    director.step(0, Started())
    before = director.ledger.held()
    director.step(0, Reconfigured(director_config(new, host_name)))
    return [*steps, *_difference(before, director.ledger.held()), *_checks(old, new)]


def _step(host: Host, now: int, event: Event) -> None:
    """Take a step in a world that makes the links that are asked for."""
    for operation in host.step(now, event):
        if isinstance(operation, Install) and isinstance(operation.resource, HeldLink):
            made = operation.resource
            host.step(now, LinkSeen(Link(OWN_LINK, made.link, made.mac or bytes(6))))


def _ground(old: Config, new: Config) -> Iterator[Event]:
    """Make every link that the files name, up and with an address of each family."""
    names: dict[str, None] = {}
    for each in (*old.instances, *new.instances):
        lines = (*each.virtual_ipaddress, *each.virtual_ipaddress_excluded)
        ways = [str(option(route.options, "dev") or "") for route in each.virtual_routes]
        devices = [each.interface, *(line.dev for line in lines), *ways]
        names.update(dict.fromkeys(filter(None, devices)))
    for index, name in enumerate(names, 1):
        yield LinkSeen(Link(index, name, bytes(6)))
        yield AddressSeen(LinkAddress(name, IPv4Address(0xC6120000 + index), 15))
        yield AddressSeen(LinkAddress(name, IPv6Address((0xFE80 << 112) + index), 64))
    yield from _sessions(old, new)


def _sessions(old: Config, new: Config) -> Iterator[Event]:
    """Let every BFD session be up."""
    for each in (*old.bfd_instances, *new.bfd_instances):
        yield Told(BfdSaid(each.name, True))


def _until_quiet(host: Host, now: int, instances: int) -> int:
    """Let time pass until every instance that can lead does; give the instant."""
    for _ in range(MOST_WAKINGS * instances):
        due = host.deadline()
        if due is None or "BACKUP" not in _states(host, now).values():
            break
        now = max(now, due)
        host.step(now, Woken())
    return now


def _states(host: Host, now: int) -> dict[Spot, str]:
    """Give the state of each instance, by its link and number."""
    shown: Any = host.snapshot(now)["instances"]
    return {(each["interface"], each["virtual_router_id"]): each["state"] for each in shown}


def _instances(
    old: Config, new: Config, led: dict[Spot, str], goes_on: dict[Spot, str]
) -> Iterator[Step]:
    """Tell which virtual routers are kept: those that still lead right after the reload."""
    before = {(each.interface, each.virtual_router_id): each for each in old.instances}
    names = {each.name: each for each in old.instances}
    for each in new.instances:
        spot = (each.interface, each.virtual_router_id)
        was = before.pop(spot, None)
        if was is None:
            namesake = names.get(each.name)
            said = f"begins anew: {_differences(namesake, each)}" if namesake else "begins"
            yield Step("!" if namesake else "+", "instance", each.name, said)
        elif led.get(spot) != goes_on.get(spot):
            state = f"{led.get(spot)} -> {goes_on.get(spot)}"
            yield Step("!", "instance", each.name, f"{state}: {_differences(was, each)}")
        else:
            said = _differences(was, each)
            yield Step("~" if said else "=", "instance", each.name, said or "goes on as it is")
    coming = {each.name for each in new.instances}
    for each in before.values():
        if each.name not in coming:
            yield Step("-", "instance", each.name, "ends")


def _differences(old: Any, new: Any) -> str:
    """Name what two blocks of one class say differently."""
    found = []
    for row in block_of(type(new)).rows:
        was, comes = getattr(old, row.field), getattr(new, row.field)
        if was == comes:
            continue
        plain = row.kind is Kind.KEYWORD and row.value is not None
        if plain and was is not None and comes is not None:
            assert row.value is not None
            found.append(f"{row.name} {row.value.write(was)} -> {row.value.write(comes)}")
        else:
            found.append(row.name or "its name")
    return ", ".join(found)


def _blocks(kind: str, old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[Step]:
    before = {each.name: each for each in old}
    for each in new:
        was = before.pop(each.name, None)
        if was is None:
            yield Step("+", kind, each.name)
        elif was != each:
            yield Step("~", kind, each.name, _differences(was, each))
    for name in before:
        yield Step("-", kind, name)


def _checks(old: Config, new: Config) -> Iterator[Step]:
    """Tell whose checks change; what changes in the table is told already."""
    before = {
        (service.head, server.at): server for service in old.services for server in service.servers
    }
    for service in new.services:
        for server in service.servers:
            was = before.get((service.head, server.at))
            if was is not None and was.checks != server.checks:
                name = f"{_spot(server.at.address, server.at.port)} of {_head(service.head)}"
                yield Step("~", "checks", name, "those that are the same keep their state")


def _head(head: Any) -> str:
    if head.address is None:
        return f"mark {head.mark}" if head.mark else f"group {getattr(head, 'group', '')}"
    return _spot(head.address, head.port)


def _difference(before: Iterable[Resource], after: Iterable[Resource]) -> Iterator[Step]:
    """Tell what comes, goes and changes between two sets of what is held."""
    held = {each.key: each for each in before}
    for each in after:
        was = held.pop(each.key, None)
        if was == each or (told := _told(each)) is None:
            continue
        kind, name, detail = told
        if was is None:
            yield Step("+", kind, name, detail)
        else:
            earlier = _told(was)
            assert earlier is not None
            yield Step("~", kind, name, f"{earlier[2]} -> {detail}")
    for each in held.values():
        if (told := _told(each)) is not None:
            yield Step("-", *told)


def _told(resource: Resource) -> tuple[str, str, str] | None:
    """Give kind, name and condition of a resource; None for what serves the daemon alone."""
    if isinstance(resource, HeldAddress):
        return "address", f"{resource.address}/{resource.prefix}", f"on {resource.link}"
    if isinstance(resource, Service):
        detail = resource.scheduler
        if resource.persistence_s:
            detail += f", persistent for {resource.persistence_s} s"
        return "service", _service(resource.service), detail
    if isinstance(resource, Server):
        name = f"{_spot(resource.address, resource.port)} of {_service(resource.service)}"
        return "server", name, f"weight {resource.weight}, {resource.forwarding.value}"
    if isinstance(resource, Masquerade):
        return "masquerading", f"of {resource.network}", ""
    if isinstance(resource, HeldLink):
        return "link", resource.link, f"{resource.kind.value} on {resource.parent}"
    if isinstance(resource, HeldRoute):
        return _route(resource)
    if isinstance(resource, HeldRule):
        rule = resource.rule
        ends = f"from {_network(rule.origin) if rule.origin else 'all'}"
        ends += f" to {_network(rule.target)}" if rule.target else ""
        return "rule", f"{rule.preference}: {ends}", _action(rule.action, rule.table, rule.goto)
    return None


def _route(held: HeldRoute) -> tuple[str, str, str]:
    route = held.route
    table = f"vrf {held.vrf}" if held.vrf else f"table {route.table}"
    kind = _KINDS.get(route.kind, "")
    ways = [_way(each) for each in (route.hops or (route.way,))]
    detail = " ".join(filter(None, (kind, " and ".join(filter(None, ways)))))
    name = f"{_network(route.destination)} in {table}"
    if route.metric is not None:
        name += f" with metric {route.metric}"
    return "route", name, detail


def _network(network: Network) -> str:
    return f"{network[0]}/{network[1]}"


def _way(way: Way) -> str:
    parts = (
        f"via {way.gateway}" if way.gateway is not None else "",
        f"on {way.link}" if way.link else "",
    )
    return " ".join(filter(None, parts))


def _action(action: int, table: int, goto: int | None) -> str:
    if goto is not None:
        return f"goes on with {goto}"
    return _KINDS.get(action, f"looks in table {table}")


def _service(key: ServiceKey) -> str:
    if key.address is None:
        return f"mark {key.mark}"
    return f"{_PROTOCOLS.get(key.protocol, key.protocol)} {_spot(key.address, key.port)}"


def _spot(address: object, port: int) -> str:
    shown = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    return f"{shown}:{port}"
