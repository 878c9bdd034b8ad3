"""What the VRRP process runs on, on this very host: with its names, its links and its keys.

Rule: facts are read anew each time, for a reload may come long after the start.
"""

from __future__ import annotations

from keepalived.config.root import Config
from keepalived.config.views import router_config
from keepalived.core.vrrp.config import RouterConfig
from keepalived.core.vrrp.holdings import NOTHING
from keepalived.linux.facts import read_links, read_names
from keepalived.port.names import Names
from keepalived.run.keys import with_keys


def router_here(config: Config, host_name: str) -> RouterConfig:
    """Give what the router runs on."""
    settings = config.globals
    names = Names()
    if _names_something(config):
        usr = settings.iproute_usr_dir if settings else ""
        names = read_names(usr, settings.iproute_etc_dir if settings else "")
    return with_keys(router_config(config, host_name, names, read_links()))


def stands_alone(config: Config, router: RouterConfig) -> bool:
    """Say whether what each instance runs on follows from itself and the globals alone.

    Then neither another one nor this host's names, links and key files have a say in it.
    """
    settings = config.globals
    watched = config.scripts or config.track_files or config.processes
    if watched or config.interface_up_down_delays or (settings and settings.vrrp_rx_bufs_policy):
        return False
    return all(each.auth_hmac is None and each.holdings is NOTHING for each in router.instances)


def _names_something(config: Config) -> bool:
    """Say whether there is a route, a rule or a link of our own, which may name tables and groups.

    Without one the files of names need not be read.
    """
    if config.static_routes or config.static_rules:
        return True
    return any(
        each.virtual_routes or each.virtual_rules or each.use_vmac or each.use_ipvlan
        for each in config.instances
    )
