"""What a file asks of the host's scheduler for each process, and what counts where it says nothing.

Rule: an advert must leave on time on a busy host, too. Whoever sends adverts is a little more
urgent than ordinary processes unless the file says how urgent it is to be.
"""

from __future__ import annotations

from keepalived.config.root import Config
from keepalived.linux.limits import Scheduling

LOWEST = 1
"""The default: before all that is ordinary, behind all that somebody made real-time."""


def scheduling(config: Config, kind: str) -> Scheduling:
    """Give the terms of a kind of process: vrrp, checker or bfd."""
    said = config.globals
    if said is None:
        return Scheduling(realtime=0 if kind == "checker" else LOWEST)
    match kind:
        case "vrrp":
            nice, realtime = said.vrrp_priority, said.vrrp_rt_priority
            limit_us, locked = said.vrrp_rlimit_rttime_us, said.vrrp_no_swap
            processors, otherwise = said.vrrp_cpu_affinity, LOWEST
        case "bfd":
            nice, realtime = said.bfd_priority, said.bfd_rt_priority
            limit_us, locked = said.bfd_rlimit_rttime_us, said.bfd_no_swap
            processors, otherwise = said.bfd_cpu_affinity, LOWEST
        case _:
            nice, realtime = said.checker_priority, said.checker_rt_priority
            limit_us, locked = said.checker_rlimit_rttime_us, said.checker_no_swap
            processors, otherwise = said.checker_cpu_affinity, 0
    asked = realtime is not None
    if realtime is None:
        realtime = 0 if nice else otherwise
    return Scheduling(
        nice,
        realtime,
        asked,
        limit_us,
        locked,
        processors,
        max(0, said.max_auto_priority),
        said.min_auto_priority_delay_us,
    )
