"""What the words about elections say against one another, and what strict mode leaves of them.

Rule: what does not go together is reset with a message; what comes out can be run as it stands.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.config.report import Report
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.dialect import OWNER_PRIORITY
from keepalived.records import replace


def settle_election(instance: VrrpInstance, report: Report, strict: bool) -> VrrpInstance:
    """Give the instance with words that go together."""
    if strict:
        instance = _strict(instance, report)
    changes: dict[str, Any] = {}
    name, owner = instance.name, instance.priority == OWNER_PRIORITY
    if instance.nopreempt and (owner or instance.state == "MASTER"):
        because = "priority 255" if owner else "state MASTER"
        what = f"{name}: nopreempt does not go with {because}; it is left out"
        report.error(instance, what, "remove one of the two", "nopreempt")
        changes["nopreempt"] = False
    if instance.preempt_delay_us and (instance.nopreempt or instance.state == "MASTER"):
        because = "nopreempt" if instance.nopreempt else "state MASTER"
        what = f"{name}: preempt_delay does not go with {because}; it is left out"
        report.error(instance, what, "remove one of the two", "preempt_delay")
        changes["preempt_delay_us"] = 0
    if _signed(instance) and instance.state == "MASTER" and not owner:
        what = f"{name}: with auth_type AH it cannot start as MASTER; it starts as BACKUP"
        report.odd(instance, what, "say state BACKUP", "state")
        changes["state"] = "BACKUP"
    return replace(instance, **changes) if changes else instance


def _signed(instance: VrrpInstance) -> bool:
    return instance.authentication is not None and instance.authentication.auth_type == "AH"


def _strict(instance: VrrpInstance, report: Report) -> VrrpInstance:
    """Hold an instance to the letter of the RFCs."""
    owner = instance.priority == OWNER_PRIORITY
    changes: dict[str, Any] = {
        "lower_prio_no_advert": True,
        "higher_prio_send_advert": False,
        "garp_lower_prio_repeat": 0,
        "owner_ignore_adverts": True,
        "no_accept": not owner,
        "accept": False,
    }

    def reset(word: str, what: str, **more: Any) -> None:
        report.error(instance, f"{instance.name}: strict mode {what}", "remove it", word)
        changes.update(more)

    if instance.state == "MASTER" and not owner:
        reset("state", "starts only the owner (priority 255) as MASTER", state="BACKUP")
    elif owner:
        changes["state"] = "MASTER"
    if instance.authentication is not None:
        reset("authentication", "has no authentication; it is left out", authentication=None)
    if instance.unicast_peers:
        reset("unicast_peer", "has no unicast; adverts go by multicast", unicast_peers=())
    if instance.preempt_delay_us:
        reset("preempt_delay", "has no preempt_delay; it is left out", preempt_delay_us=0)
    if instance.down_timer_adverts not in (None, 3):
        reset("down_timer_adverts", "counts 3 silent intervals", down_timer_adverts=3)
    if instance.vmac_xmit_base:
        reset("vmac_xmit_base", "sends from the virtual MAC itself", vmac_xmit_base=False)
    if instance.accept and not owner:
        reset("accept", "takes packets to the addresses as their owner only")
    if instance.garp_lower_prio_repeat:
        reset("garp_lower_prio_repeat", "does not announce again at a lesser master")
    if instance.higher_prio_send_advert:
        reset("higher_prio_send_advert", "gives way without another advert")
    if instance.lower_prio_no_advert is False:
        reset("lower_prio_no_advert", "does not answer a lesser master")
    if instance.auth_hmac is not None and instance.auth_hmac.mode != "enforce":
        reset(
            "auth_hmac",
            "takes signed adverts only",
            auth_hmac=replace(instance.auth_hmac, mode="enforce"),
        )
    return replace(instance, **changes)
