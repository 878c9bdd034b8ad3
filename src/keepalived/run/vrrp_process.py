"""The VRRP child: the router's brain on rtnetlink, raw sockets and scripts.

Rule: the standard library alone, and of that only what an advert needs.
"""

from __future__ import annotations

import contextlib

from keepalived.config.root import Config
from keepalived.config.views import router_config
from keepalived.core.host import Host
from keepalived.core.notify.call import Notified, script_for
from keepalived.core.vrrp.router import Router
from keepalived.linux.endpoints import Endpoints
from keepalived.linux.facts import host_name
from keepalived.linux.kernel import Kernel
from keepalived.linux.monitor import Monitor
from keepalived.linux.port import LinuxWorld
from keepalived.linux.scripts import Scripts
from keepalived.port.resources import HeldAddress
from keepalived.run.kinds import Built, Tools


def build(config: Config, tools: Tools) -> Built:
    """Build it; links and addresses have been posted."""
    loop = tools.loop
    # By default the kernel may ring 50 microseconds late, to spare wakings.
    with contextlib.suppress(OSError), open("/proc/self/timerslack_ns", "w") as slack:
        slack.write("1")
    router = router_config(config, host_name())
    monitor = Monitor(loop)
    failed = monitor.start()
    # Addresses of ours that a previous life left: those that this configuration knows.
    known = {
        (line.dev or instance.interface, line.address)
        for instance in router.instances
        for line in (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded)
    }
    found = [held for held in monitor.leftovers() if (held.link, held.address) in known]
    scripts = Scripts(loop)
    telling: tuple[Notified, ...] = (*router.instances, *router.groups)
    for notified in telling:
        for state in ("MASTER", "BACKUP", "FAULT"):
            command = script_for(notified, state)
            if command is not None:
                scripts.expect(command.user, command.group)
    world = LinuxWorld(
        log=tools.log,
        tell=tools.tell,
        addresses=Kernel(loop, monitor),
        endpoints=Endpoints(loop, monitor),
        scripts=scripts,
    )
    if tools.options.keep_addresses:
        world.kept_at_stop = (HeldAddress,)
    return Built(Host(Router(router), found), world, failed=failed)
