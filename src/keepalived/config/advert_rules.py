"""What the words about adverts say against one another: unicast, virtual MACs, announcements.

Rule: reports only; what a machine makes of such words is its own affair.
"""

from __future__ import annotations

from keepalived.config.report import Report
from keepalived.config.root import Config
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.timing import MOST_ROUNDS

UNICAST = ("unicast_src_ip", "unicast_peer", "check_unicast_src")
ROUNDS = ("garp_master_repeat", "garp_master_refresh_repeat", "garp_lower_prio_repeat")
AT_LEAST_ONE = ("garp_master_repeat", "garp_master_refresh_repeat")


def refuse_adverts(config: Config, report: Report) -> None:
    """Report words about adverts that cannot count as they stand."""
    links: dict[str, str] = {}
    for instance in config.instances:
        _unicast(instance, report)
        _virtual_link(instance, links, report)
        for name in AT_LEAST_ONE:
            if getattr(instance, name) == 0:
                what = f"{instance.name}: {name} must be more than 0; 1 counts"
                line = report.keyword_line(instance, name)
                report.error_told(line, instance, what, "give 1 or more")
        for name in ROUNDS:
            if (getattr(instance, name) or 0) > MOST_ROUNDS:
                what = f"{instance.name}: {name}: no more than {MOST_ROUNDS} announcements in a row"
                report.remark(instance, what, "give fewer", name)
    settings = config.globals
    if settings is not None:
        for line in report.again(settings, "lvs_sync_daemon"):
            what = "lvs_sync_daemon is given already; the first one counts"
            report.error_told(line, settings, what, "remove one")


def _unicast(instance: VrrpInstance, report: Report) -> None:
    alone = report.given(instance, "unicast_src_ip", "unicast_peer")
    if alone and instance.use_vmac and not instance.vmac_xmit_base:
        what = f"{instance.name}: unicast from a virtual MAC needs vmac_xmit_base"
        line = report.end_of(instance, "use_vmac")
        report.error_told(line, instance, what, "add vmac_xmit_base")
    if instance.unicast_peers:
        return
    if report.given(instance, *UNICAST):
        what = f"{instance.name}: words of unicast without unicast_peer; adverts go by multicast"
        report.error(instance, what, "name the peers, or remove the word", *UNICAST)
    if report.given(instance, "unicast_ttl"):
        what = f"{instance.name}: unicast_ttl does nothing without unicast_peer"
        report.error_told(report.end_of(instance, "unicast_ttl"), instance, what, "remove it")


def _virtual_link(instance: VrrpInstance, links: dict[str, str], report: Report) -> None:
    if instance.use_vmac is None:
        return
    name = instance.use_vmac.name
    if name and name in links:
        what = f"{instance.name}: {links[name]} has a virtual MAC link of the name {name} already"
        line = report.keyword_line(instance, "use_vmac")
        report.error_told(line, instance, what, "give each its own")
    elif name:
        links[name] = instance.name
    if instance.promote_secondaries:
        what = f"{instance.name}: a virtual MAC link has promote_secondaries anyway"
        report.error(instance, what, "remove the word", "promote_secondaries")
