"""What a configuration comes to on a host: its own links get names, its routes and rules numbers.

Rule: pure; the host's names and links are handed in. What the host does not know is left out and
told by the router when it starts.
"""

from __future__ import annotations

from collections.abc import Collection

from keepalived.config.globals import Globals
from keepalived.config.root import Config
from keepalived.config.statics import LinkDelays
from keepalived.core.claims.address import address_of
from keepalived.core.claims.held_route import route_of
from keepalived.core.claims.held_rule import Preferences, rules_of
from keepalived.core.claims.route import RouteLine
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.core.vrrp.debounce import Delays
from keepalived.core.vrrp.dialect import interval_of
from keepalived.core.vrrp.own_links import Namer, settle_links
from keepalived.core.vrrp.timing import ADVERTS_MISSED
from keepalived.lang.place import NOWHERE
from keepalived.port.facts import Link
from keepalived.port.names import Names
from keepalived.port.resources import Resource, Setting
from keepalived.port.routing import HeldRoute
from keepalived.records import replace

DEFAULT_LINK = "eth0"
_ADVERT_BYTES = 20 + 8 + 8 + 24 + 28
"""Of an advert without its addresses, with whatever may be around it."""
_USUAL_MTU = 1500


def settled(
    router: RouterConfig, config: Config, names: Names, links: Collection[Link]
) -> RouterConfig:
    """Give what the router runs on on this host."""
    settings = config.globals or Globals(notification_email=(), place=NOWHERE)
    usual = settings.default_interface or DEFAULT_LINK
    preferences = Preferences()
    statics: list[Resource] = [
        address_of(line, line.dev or usual) for line in config.static_addresses
    ]
    routes, unknown = _routes(config.static_routes, names, usual)
    rules, unknown_rules = rules_of(config.static_rules, names, preferences)
    statics += [replace(each, tracked=True) for each in routes]
    statics += [replace(each, tracked=True) for each in rules]
    if settings.disable_local_igmp:
        statics.append(Setting("igmp_link_local_mcast_reports", 0))
    namer = Namer(links, names)
    prefixes = (settings.vmac_prefix, settings.vmac_addr_prefix)
    instances = tuple(
        _instance(settle_links(each, namer, usual, *prefixes), settings, names, preferences, links)
        for each in router.instances
    )
    return replace(
        router,
        instances=instances,
        statics=tuple(statics),
        unknown=(*unknown, *unknown_rules),
        delays={each.name: _delays(each, instances) for each in config.interface_up_down_delays},
    )


def _delays(said: LinkDelays, instances: Collection[VrrpInstance]) -> Delays:
    """Give a link's delays; down must count before a peer takes over for want of adverts."""
    most_us = min(
        (
            ((each.down_timer_adverts or ADVERTS_MISSED) - 1) * interval_of(each)
            for each in instances
            if each.interface == said.name
        ),
        default=said.down_us,
    )
    return Delays(min(said.down_us, most_us), said.up_us)


def _instance(
    instance: VrrpInstance,
    settings: Globals,
    names: Names,
    preferences: Preferences,
    links: Collection[Link],
) -> VrrpInstance:
    size = instance.kernel_rx_buf_size or _receive_bytes(instance, settings, links)
    if size != instance.kernel_rx_buf_size:
        instance = replace(instance, kernel_rx_buf_size=size)
    if not instance.virtual_routes and not instance.virtual_rules:
        return instance
    own = instance.holdings.own
    usual = own.link if own and own.mac else instance.interface
    routes, unknown = _routes(instance.virtual_routes, names, usual)
    rules, unknown_rules = rules_of(instance.virtual_rules, names, preferences)
    holdings = replace(
        instance.holdings, routes=routes, rules=rules, unknown=(*unknown, *unknown_rules)
    )
    return replace(instance, holdings=holdings)


def _routes(
    lines: Collection[RouteLine], names: Names, usual: str
) -> tuple[tuple[HeldRoute, ...], tuple[str, ...]]:
    made = [route_of(line, names, "" if _finds_its_way(line) else usual) for line in lines]
    routes = tuple(each for each in made if isinstance(each, HeldRoute))
    return routes, tuple(each for each in made if isinstance(each, str))


def _finds_its_way(line: RouteLine) -> bool:
    """Say whether the kernel can tell the link of a route: by its gateway."""
    return any(name in ("via", "dev", "vrf") for name, _ in line.options)


def _receive_bytes(instance: VrrpInstance, settings: Globals, links: Collection[Link]) -> int:
    """Give the size of the receive buffer that the global policy asks for; 0 is the system's."""
    policy, times = settings.vrrp_rx_bufs_policy, settings.vrrp_rx_bufs_multiplier
    if policy == "MTU":
        mtu = next((each.mtu for each in links if each.name == instance.interface), _USUAL_MTU)
        return mtu * times
    if policy == "ADVERT":
        width = 16 if any(each.address.version == 6 for each in instance.virtual_ipaddress) else 4
        return (_ADVERT_BYTES + width * len(instance.virtual_ipaddress)) * times
    return int(policy) if policy else 0
