"""The checker child: the director's brain on the chosen plane, the prober and scripts.

Rule: what it holds in the load balancer is found again after a crash by its services' keys.
"""

from __future__ import annotations

from keepalived.config.plane_rules import plane_remarks
from keepalived.config.root import Config
from keepalived.config.views import director_config
from keepalived.core.host import Host
from keepalived.core.lvs.director import Director
from keepalived.core.lvs.table import service_key
from keepalived.linux.clock import SystemDice
from keepalived.linux.facts import host_name
from keepalived.linux.fifos import Fifos
from keepalived.linux.masquerade import Masquerading
from keepalived.linux.planes import choose
from keepalived.linux.port import LinuxWorld
from keepalived.linux.probes import Probes
from keepalived.linux.scripts import Scripts
from keepalived.linux.watches import Watches
from keepalived.port.effects import Severity
from keepalived.port.resources import Server, Service
from keepalived.run.kinds import Built, Tools
from keepalived.run.netlink_buffers import size_netlink_buffers
from keepalived.run.owners import policy


def build(config: Config, tools: Tools) -> Built:
    """Build it on the plane that the parent chose."""
    loop = tools.loop
    size_netlink_buffers(config, "lvs")
    _allow_sockets(config)
    director = director_config(config, host_name())
    plane = choose(tools.plane, loop, config.net_namespace_ipvs)
    masquerading = Masquerading(loop)
    masquerading.tidy()
    scripts = Scripts(loop, policy(config, tools.log))
    watches = Watches(loop, tools.log)
    world = LinuxWorld(
        log=tools.log,
        tell=tools.tell,
        plane=None if isinstance(plane, str) else plane,
        masquerading=masquerading,
        talks=Probes(loop),
        scripts=scripts,
        watches=watches,
        pipes=Fifos(loop, tools.log),
    )
    if isinstance(plane, str):
        return Built(Host(Director(director, SystemDice())), world, failed=plane)
    remarks = plane_remarks(config, plane.name)
    tools.log(Severity.INFO, f"The load balancer is {plane.name}")
    for remark in remarks:
        tools.log(Severity.WARNING, remark)
    if tools.options.keep_table:
        world.kept_at_stop = (Service, Server)
    found = plane.found([service_key(service) for service in director.services])
    return Built(
        Host(Director(director, SystemDice()), found),
        world,
        settled=lambda: plane.ready() and masquerading.ready() and scripts.seen_out(),
        facts=lambda: {"plane": plane.name, "remarks": list(remarks)},
        close=scripts.close,
    )


def _allow_sockets(config: Config) -> None:
    """Raise the soft limit of open files, which is 1024 by default, to what checks may need."""
    import resource

    needed = 1024 + 2 * sum(len(service.servers) for service in config.services)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        needed = min(needed, hard)
    if soft != resource.RLIM_INFINITY and needed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
