"""What blocks take over from those around them: instances from the globals, servers from services.

Rule: gives blocks that say everything themselves, so that no machine ever reads a global.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from keepalived.annotations import Any, TypeVar
from keepalived.config.globals import Globals
from keepalived.core.checks.http import HttpGet
from keepalived.core.checks.kinds import Check
from keepalived.core.checks.misc import MiscCheck
from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.core.vrrp.config import SyncGroup, VrrpInstance
from keepalived.core.vrrp.dialect import family_of
from keepalived.records import replace
from keepalived.wire.addresses import Address, Family

T = TypeVar("T")
LENT = ("connect_timeout_us", "retry", "delay_before_retry_us", "warmup_us", "delay_loop_us")
"""Fields that a service lends its servers, and they their checks."""
_terms = attrgetter(*LENT[:-1])
_NO_TERMS = (None,) * len(LENT[:-1])


def with_globals(instance: VrrpInstance, settings: Globals | None) -> VrrpInstance:
    """Give an instance that needs no globals; what it does not say itself is theirs."""
    if settings is None:
        return instance
    few = settings.vrrp_min_garp
    theirs: dict[str, Any] = {
        "version": _version(instance, settings),
        "strict_mode": settings.vrrp_strict or None,
        "check_unicast_src": settings.vrrp_check_unicast_src or None,
        "skip_check_adv_addr": settings.vrrp_skip_check_adv_addr or None,
        "v3_checksum_as_v2": settings.v3_checksum_as_v2 or None,
        "down_timer_adverts": _unless(settings.vrrp_down_timer_adverts, 3),
        "mcast_dst_ip": _group(instance, settings),
        "lower_prio_no_advert": settings.vrrp_lower_prio_no_advert,
        "higher_prio_send_advert": settings.vrrp_higher_prio_send_advert or None,
        "owner_ignore_adverts": settings.vrrp_owner_ignore_adverts,
        "garp_master_repeat": _or_few(settings.vrrp_garp_master_repeat, few, 1),
        "garp_master_delay_us": _or_few(settings.vrrp_garp_master_delay_us, few, 0),
        "garp_master_refresh_us": settings.vrrp_garp_master_refresh_us,
        "garp_master_refresh_repeat": _or_few(settings.vrrp_garp_master_refresh_repeat, few, 1),
        "garp_lower_prio_delay_us": settings.vrrp_garp_lower_prio_delay_us,
        "garp_lower_prio_repeat": settings.vrrp_garp_lower_prio_repeat,
        "garp_extra_if": settings.vrrp_garp_extra_if,
        "smtp_alert": _mail_of_routers(settings),
    }
    taken = {
        name: value
        for name, value in theirs.items()
        if value is not None and getattr(instance, name) is None
    }
    return replace(instance, **taken) if taken else instance


def _group(instance: VrrpInstance, settings: Globals) -> Address | None:
    v6 = family_of(instance) is Family.INET6
    return settings.vrrp_mcast_group6 if v6 else settings.vrrp_mcast_group4


def _version(instance: VrrpInstance, settings: Globals) -> int | None:
    """Give the global version for an instance of IPv4; IPv6 is of version 3 unless it says so."""
    v6 = family_of(instance) is Family.INET6
    return settings.vrrp_version if settings.vrrp_version == 3 and not v6 else None


def with_group(instance: VrrpInstance, groups: Sequence[SyncGroup]) -> VrrpInstance:
    """Give an instance that says itself what its group says for its members."""
    group = next((each for each in groups if instance.name in each.members), None)
    if group is None or instance.notify_priority_changes is not None:
        return instance
    if group.notify_priority_changes is None:
        return instance
    return replace(instance, notify_priority_changes=group.notify_priority_changes)


def group_with_globals(group: SyncGroup, settings: Globals | None) -> SyncGroup:
    """Give a group that needs no globals."""
    if settings is None or group.smtp_alert is not None:
        return group
    return replace(group, smtp_alert=_mail_of_routers(settings))


def lent(service: VirtualServer) -> VirtualServer:
    """Give a service whose servers and checks say themselves what it lends them."""
    if not _lends(service) and not any(_lends(server) for server in service.servers):
        return service
    servers = tuple(_server(server, service) for server in service.servers)
    return replace(service, servers=servers)


def _unless(value: T, usual: T) -> T | None:
    """Give a value; None where it is the usual one."""
    return None if value == usual else value


def _or_few(given: int | None, few: bool, number: int) -> int | None:
    """Give what is said, else the number where few announcements are wanted."""
    return number if given is None and few else given


def _mail_of_routers(settings: Globals) -> bool | None:
    own = settings.smtp_alert_vrrp
    return settings.smtp_alert if own is None else own


def _lends(thing: VirtualServer | RealServer) -> bool:
    """Say whether a block has anything to lend; a service always has its delay_loop."""
    if isinstance(thing, RealServer) and (thing.delay_loop_us or thing.virtualhost):
        return True
    return _terms(thing) != _NO_TERMS


def _server(server: RealServer, service: VirtualServer) -> RealServer:
    own = {name: getattr(server, name) for name in LENT}
    terms = {
        name: getattr(service, name) if own[name] is None else own[name]
        for name in LENT
        if name != "delay_loop_us" or own[name] is not None
    }
    checks = tuple(_check(check, terms, server.virtualhost) for check in server.checks)
    return replace(server, checks=checks)


def _check(check: Check, terms: dict[str, Any], host: str) -> Check:
    taken = {
        name: value
        for name, value in terms.items()
        if value is not None and getattr(check, name, value) is None
    }
    if isinstance(check, MiscCheck):
        taken.pop("connect_timeout_us", None)
    if isinstance(check, HttpGet) and host and not check.virtualhost:
        taken["virtualhost"] = host
    return replace(check, **taken) if taken else check
