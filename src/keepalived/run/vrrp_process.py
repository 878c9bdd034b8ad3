"""The VRRP child: the router's brain on rtnetlink, raw sockets and scripts.

Rule: the standard library alone, and of that only what an advert needs.
"""

from __future__ import annotations

import contextlib
import os

from keepalived.config.root import Config
from keepalived.core.host import Host
from keepalived.core.notify.call import Notified, scripts_of
from keepalived.core.vrrp.claims import lines_of, link_of
from keepalived.core.vrrp.config import RouterConfig
from keepalived.core.vrrp.dialect import OWNER_PRIORITY
from keepalived.core.vrrp.holdings import Holdings
from keepalived.core.vrrp.router import Router
from keepalived.linux.barriers import Barriers, Firewall
from keepalived.linux.clock import WallClock
from keepalived.linux.conflicts import Conflicts
from keepalived.linux.endpoints import Endpoints
from keepalived.linux.facts import host_name, kernel_marks
from keepalived.linux.fifos import Fifos
from keepalived.linux.kernel import Kernel
from keepalived.linux.monitor import Monitor
from keepalived.linux.port import LinuxWorld
from keepalived.linux.scripts import Scripts
from keepalived.linux.settings import Settings
from keepalived.linux.sync_daemons import SyncDaemons
from keepalived.linux.watches import Watches
from keepalived.port.events import Kept
from keepalived.port.resources import HeldAddress, Resource
from keepalived.port.routing import HeldRoute, HeldRule
from keepalived.run.here import router_here
from keepalived.run.kinds import Built, Tools
from keepalived.run.netlink_buffers import size_netlink_buffers
from keepalived.run.owners import policy
from keepalived.run.rehearsal import Rehearsal


def build(config: Config, tools: Tools) -> Built:
    """Build it; links and addresses have been posted."""
    loop = tools.loop
    size_netlink_buffers(config, "vrrp")
    # By default the kernel may ring 50 microseconds late, to spare wakings.
    with contextlib.suppress(OSError), open("/proc/self/timerslack_ns", "w") as slack:
        slack.write("1")
    router = router_here(config, host_name())
    clock = WallClock(loop)
    clock.look()
    loop.on_turn = clock.look
    loop.on_near = Rehearsal().run
    monitor = Monitor(loop)
    failed = monitor.start()
    kernel = Kernel(loop, monitor)
    found = _left_by_a_previous_life(router, monitor, kernel)
    scripts = Scripts(loop, policy(config, tools.log))
    telling: tuple[Notified, ...] = (*router.instances, *router.groups)
    for notified in telling:
        for command in scripts_of(notified):
            scripts.expect(command.user, command.group)
    for watched in router.scripts:
        owner = watched.user
        scripts.expect(owner.user if owner else "", owner.group if owner else "")
    if tools.lives is not None:
        loop.post(Kept(tools.lives.kept()))
    barriers = Barriers(loop, monitor, _firewall(config))
    barriers.tidy()
    world = LinuxWorld(
        log=tools.log,
        tell=tools.tell,
        addresses=kernel,
        settings=Settings(loop),
        barriers=barriers,
        endpoints=Endpoints(loop, monitor),
        scripts=scripts,
        lives=tools.lives,
        watches=Watches(loop, tools.log),
        pipes=Fifos(loop, tools.log, tools.lives),
        syncing=SyncDaemons(loop),
        conflicts=Conflicts(loop, monitor),
    )
    if tools.options.keep_addresses:
        world.kept_at_stop = (HeldAddress,)
    return Built(Host(Router(router), found), world, settled=scripts.seen_out, failed=failed)


def _firewall(config: Config) -> Firewall:
    said = config.globals
    if said is None:
        return Firewall()
    table = said.nftables or Firewall().table
    number, counts = said.nftables_ifindex, said.nftables_counters
    return Firewall(table, said.nftables_priority, number, counts)


def _left_by_a_previous_life(
    router: RouterConfig, monitor: Monitor, kernel: Kernel
) -> list[Resource]:
    """Give what this configuration knows and a crash left behind: addresses, routes and rules.

    Links of our own are found again when they are asked for.
    """
    lines = [(each, line) for each in router.instances for line in lines_of(each)]
    known = {(link_of(each, line), line.address) for each, line in lines}
    # Without marks an owner's addresses may be the link's own.
    unmarked = {
        (link_of(each, line), line.address, line.prefix)
        for each, line in lines
        if each.priority != OWNER_PRIORITY
    }
    found = monitor.leftovers(() if kernel_marks(os.uname().release) else unmarked)
    paths = [path for each in router.instances for path in _paths(each.holdings)]
    paths += [each for each in router.statics if isinstance(each, HeldRoute | HeldRule)]
    return [
        *(held for held in found if (held.link, held.address) in known),
        *kernel.standing(paths),
    ]


def _paths(holdings: Holdings) -> tuple[HeldRoute | HeldRule, ...]:
    return (*holdings.routes, *holdings.rules)
