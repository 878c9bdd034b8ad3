"""The route that a line asks for, in the kernel's numbers.

Rule: a function of the line and the host's names.
"""

from __future__ import annotations

from keepalived.core.claims.numbers import (
    Unknown,
    family_in,
    named,
    network_of,
    realms_of,
    service_of,
)
from keepalived.core.claims.route import RouteLine
from keepalived.core.claims.tunnel import tunnel_of
from keepalived.lang.pieces import Options
from keepalived.port.names import Names
from keepalived.port.routing import HeldRoute, Placing
from keepalived.wire.addresses import Address, Family, parse_address
from keepalived.wire.netlink.addresses import PROTOCOL_KEEPALIVED
from keepalived.wire.netlink.routes import Route, Way

_KINDS = {
    "unicast": 1,
    "local": 2,
    "broadcast": 3,
    "anycast": 4,
    "multicast": 5,
    "blackhole": 6,
    "unreachable": 7,
    "prohibit": 8,
    "throw": 9,
    "nat": 10,
}
_SCOPE_HOST, _SCOPE_LINK = 254, 253
_METRICS = {
    "mtu": 2,
    "window": 3,
    "rtt": 4,
    "rttvar": 5,
    "ssthresh": 6,
    "cwnd": 7,
    "advmss": 8,
    "reordering": 9,
    "hoplimit": 10,
    "initcwnd": 11,
    "features": 12,
    "rto_min": 13,
    "initrwnd": 14,
    "quickack": 15,
    "congctl": 16,
    "fastopen_no_cookie": 17,
}
"""The kernel's numbers of a path's properties."""
_UNITS = {"rtt": 8, "rttvar": 4, "rto_min": 1}
"""How many parts of a millisecond the kernel counts in."""
_PREFERENCES = {"low": 3, "medium": 0, "high": 1}
_FEATURE_ECN = 1


def route_of(line: RouteLine, names: Names, default_link: str = "") -> HeldRoute | str:
    """Give the route, or what this host does not know about it."""
    try:
        return _route(line, names, default_link)
    except Unknown as problem:
        return f"route to {line.to}: {problem}"


def _route(line: RouteLine, names: Names, default_link: str) -> HeldRoute:
    said = dict(line.options)
    family = _family(line, said)
    way = _hop(line.options, names)
    if not way.link and default_link and _KINDS[line.kind] == 1 and not line.nexthops:
        way = Way(default_link, way.gateway, 1, way.on_link, way.realms, way.tunnel)
    kind = _KINDS[line.kind]
    vrf = str(said.get("vrf", ""))
    table = named(names.tables, said["table"], "table") if "table" in said else 254
    if kind in (2, 3, 4, 10) and "table" not in said:
        table = 255
    metrics, locked = _metrics(said)
    origin = said.get("from")
    source = said.get("src")
    preference, carries = said.get("pref"), said.get("ttl-propagate")
    protocol = named(names.protocols, said.get("protocol", PROTOCOL_KEEPALIVED), "protocol", 255)
    placing = next((each for each in Placing if each.value in said), Placing.PREPEND)
    metric, expires = said.get("metric"), said.get("expires")
    assert metric is None or isinstance(metric, int)
    assert expires is None or isinstance(expires, int)
    route = Route(
        family=family,
        destination=network_of(line.to, family),
        kind=kind,
        table=table,
        protocol=protocol,
        scope=_scope(said, kind, family, names),
        tos=service_of(names, said["tos"]) if "tos" in said else 0,
        metric=metric,
        origin=network_of(str(origin), family) if origin else None,
        source=_address(source) if source else None,
        way=way if not line.nexthops else Way(way.link),
        hops=tuple(_hop(each, names) for each in line.nexthops),
        metrics=metrics,
        locked=locked,
        expires_s=expires,
        preference=_PREFERENCES[str(preference)] if preference else None,
        carries_ttl=None if carries is None else carries == "enabled",
    )
    tracked = bool(way.link) and protocol == PROTOCOL_KEEPALIVED and "no_track" not in said
    return HeldRoute(route, vrf, placing, tracked)


def _family(line: RouteLine, said: dict[str, object]) -> Family:
    if "inet6" in said or line.to == "default6":
        return Family.INET6
    if "inet" in said:
        return Family.INET
    found = family_in(line.to)
    for name in ("via", "src"):
        if found is None and name in said:
            found = family_in(_pair(said[name])[1])
    for hop in line.nexthops:
        via = dict(hop).get("via")
        if found is None and via is not None:
            found = family_in(_pair(via)[1])
    return found or Family.INET


def _scope(said: dict[str, object], kind: int, family: Family, names: Names) -> int:
    """Give the scope: as `ip` has it, but for unicast, which is global as upstream has it."""
    if "scope" in said:
        return named(names.scopes, said["scope"], "scope", 255)
    if family is Family.INET6:
        return 0
    if kind in (2, 10):
        return _SCOPE_HOST
    if kind in (3, 4, 5):
        return _SCOPE_LINK
    return 0


def _pair(value: object) -> tuple[str, str]:
    assert isinstance(value, tuple)
    return value


def _address(value: object) -> Address:
    address = parse_address(_pair(value)[1])
    assert address is not None, "the line was checked"
    return address


def _hop(options: Options, names: Names) -> Way:
    said = dict(options)
    weight, encap = said.get("weight", 1), said.get("encap")
    assert isinstance(weight, int)
    assert encap is None or isinstance(encap, tuple)
    return Way(
        link=str(said.get("dev", "")),
        gateway=_address(said["via"]) if "via" in said else None,
        weight=weight,
        on_link="onlink" in said,
        realms=realms_of(names, said["realms"]) if "realms" in said else 0,
        tunnel=tunnel_of(encap) if encap else None,
        destination=_address(said["as"]) if "as" in said else None,
    )


def _metrics(said: dict[str, object]) -> tuple[tuple[tuple[int, int | str], ...], int]:
    found: list[tuple[int, int | str]] = []
    locked = 0
    for name, kind in sorted(_METRICS.items(), key=lambda pair: pair[1]):
        if name not in said:
            continue
        value = said[name]
        if isinstance(value, tuple):
            value, lock = value
            locked |= 1 << kind if lock else 0
        if name == "features":
            value = _FEATURE_ECN
        elif name != "congctl":
            value = _amount(name, str(value))
        assert isinstance(value, (int, str))
        found.append((kind, value))
    return tuple(found), locked


def _amount(name: str, text: str) -> int:
    """Give a number; times may have `s` or `ms` behind them, without it is the kernel's unit."""
    for unit, milliseconds in (("ms", 1), ("s", 1000)):
        if text.endswith(unit):
            return int(text.removesuffix(unit)) * milliseconds * _UNITS.get(name, 1)
    return int(text)
