"""Which instance the load balancer's connection synchronisation follows, and how it is done.

Rule: without an instance both threads run for as long as the daemon does.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.config.root import Config
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.port.resources import Resource
from keepalived.port.sync import SyncDaemon
from keepalived.records import replace


def with_sync(router: RouterConfig, config: Config) -> RouterConfig:
    """Give the router with the synchronisation that the file asks for."""
    given: dict[str, Any] = {}
    if config.globals is not None:
        given = dict(config.globals.lvs_sync_daemon)
    whom = given.get("inst", "")
    instances = tuple(_instance(each, given, whom) for each in router.instances)
    router = replace(router, instances=instances)
    if given and not whom:
        both: tuple[Resource, ...] = tuple(_sync(given, 0, leads) for leads in (True, False))
        router = replace(router, statics=(*router.statics, *both))
    return router


def _instance(instance: VrrpInstance, given: dict[str, Any], whom: str) -> VrrpInstance:
    if given and instance.name == whom:
        sync = _sync(given, instance.virtual_router_id, False)
    elif not given and instance.lvs_sync_daemon_interface:
        link, number = instance.lvs_sync_daemon_interface, instance.virtual_router_id
        sync = SyncDaemon(leads=False, link=link, number=number)
    else:
        return instance
    return replace(instance, holdings=replace(instance.holdings, sync=sync))


def _sync(given: dict[str, Any], number: int, leads: bool) -> SyncDaemon:
    return SyncDaemon(
        leads=leads,
        link=given["interface"],
        number=given.get("id", number),
        packet_bytes=given.get("maxlen"),
        port=given.get("port", 0),
        ttl=given.get("ttl", 0),
        group=given.get("group"),
    )
