"""What global_defs must not say, and what counts instead.

Rule: takes the block and a report, gives the block completed.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.config.globals import Globals
from keepalived.config.report import Report
from keepalived.records import replace


def settle_globals(settings: Globals, report: Report) -> Globals:
    """Give the globals with what must be more than 0 put right."""
    changes: dict[str, Any] = {}
    for word, field, least, counts in (
        ("smtp_connect_timeout", settings.smtp_connect_timeout_us, 1_000_000, "1"),
        ("vrrp_garp_master_repeat", settings.vrrp_garp_master_repeat, 1, "1"),
        ("vrrp_garp_master_refresh_repeat", settings.vrrp_garp_master_refresh_repeat, 1, "1"),
    ):
        if field == 0:
            what = f"{word} must be more than 0; {counts} counts"
            report.error(settings, what, "give a number from 1", word)
            changes[f"{word}_us" if least > 1 else word] = least
    for word, given in (
        ("vrrp_iptables", settings.vrrp_iptables),
        ("vrrp_ipsets", settings.vrrp_ipsets),
    ):
        if given is not None:
            what = f"{word}: nftables drops what must not pass; iptables is left alone"
            report.remark(settings, what, "say nftables, or nothing", word)
    return replace(settings, **changes) if changes else settings
