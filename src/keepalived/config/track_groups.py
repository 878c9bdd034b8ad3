"""Track groups: which instances are at fault while a static address, route or rule is missing.

Rule: what the file says of them; whether one is missing, the tracker finds out.
"""

from __future__ import annotations

from collections.abc import Iterator

from keepalived.config.report import Report
from keepalived.config.root import Config
from keepalived.config.settled import DEFAULT_LINK
from keepalived.core.claims.address import address_of
from keepalived.core.claims.held_route import route_of
from keepalived.core.claims.held_rule import Preferences, rules_of
from keepalived.core.track.config import TrackGroup
from keepalived.core.vrrp.config import Needed, RouterConfig
from keepalived.lang.net_values import AddressLine
from keepalived.lang.pieces import option
from keepalived.port.names import Names
from keepalived.port.resources import Resource
from keepalived.port.routing import HeldRoute
from keepalived.records import replace

LISTS = (
    ("static_addresses", "static_ipaddress"),
    ("static_routes", "static_routes"),
    ("static_rules", "static_rules"),
)


def settle_track_groups(config: Config, report: Report) -> Config:
    """Report groups without members, and lines that name a group there is not."""
    kept = []
    for group in config.track_groups:
        if group.members:
            kept.append(group)
        else:
            what = f"track_group {group.name} has no members and is left out"
            report.error_told(report.end_of(group), group, what, "name some instances")
    names = {group.name for group in kept}
    for field, block in LISTS:
        for line in getattr(config, field):
            name = _group_of(line)
            if name and name not in names:
                what = f"{block}: there is no track_group {name}"
                remedy = f"there are {', '.join(sorted(names)) or 'none'}"
                report.error_at(None, TrackGroup(name=name), what, remedy)
    return (
        replace(config, track_groups=tuple(kept))
        if len(kept) != len(config.track_groups)
        else config
    )


def with_needed(router: RouterConfig, config: Config, names: Names) -> RouterConfig:
    """Give a view that says which static things are needed, and by which instances."""
    members = {group.name: group.members for group in config.track_groups}
    if not members:
        return router
    needed = [
        Needed(resource.key, text, getattr(resource, "link", ""), members[group])
        for group, text, resource in _tracked(config, names)
        if group in members
    ]
    return replace(router, needed=tuple(needed))


def _tracked(config: Config, names: Names) -> Iterator[tuple[str, str, Resource]]:
    """Give the static things that are in a group: its name, what they are in words, and they."""
    settings = config.globals
    usual = (settings.default_interface if settings else "") or DEFAULT_LINK
    for line in config.static_addresses:
        if line.track_group:
            held = address_of(line, line.dev or usual)
            yield line.track_group, f"address {held.address} on {held.link}", held
    for route in config.static_routes:
        if group := _group_of(route):
            way = any(name in ("via", "dev", "vrf") for name, _ in route.options)
            made = route_of(route, names, "" if way else usual)
            if isinstance(made, HeldRoute):
                yield group, f"route to {route.to}", made
    preferences = Preferences()
    for number, rule in enumerate(config.static_rules, 1):
        # Rules without a preference take theirs in turn, so that all have to be made.
        rules, _ = rules_of((rule,), names, preferences)
        for each in rules if _group_of(rule) else ():
            yield _group_of(rule), f"rule {number}", each


def _group_of(line: object) -> str:
    if isinstance(line, AddressLine):
        return line.track_group
    return str(option(getattr(line, "options", ()), "track_group") or "")
