"""What virtual routers and their groups must have, and what two of them must not share.

Rule: each function takes blocks and a report, and gives the blocks that stand.
"""

from __future__ import annotations

from collections.abc import Iterable

from keepalived.config.election_rules import settle_election
from keepalived.config.family_rules import settle_family
from keepalived.config.proof_rules import settle_proof
from keepalived.config.report import Report
from keepalived.core.vrrp.config import SyncGroup, VrrpInstance
from keepalived.lang.lexer import Line
from keepalived.lang.net_values import AddressLine
from keepalived.lang.values import seconds_text
from keepalived.records import replace
from keepalived.wire.addresses import Address

OWNER_PRIORITY = 255
LISTS = ("virtual_ipaddress", "virtual_ipaddress_excluded")


def settle_instances(
    instances: tuple[VrrpInstance, ...], report: Report, version: int = 2, strict: bool = False
) -> tuple[VrrpInstance, ...]:
    """Give the instances that stand, completed.

    `version` and `strict` are of those that do not say theirs.
    """
    kept: list[VrrpInstance] = []
    names: set[str] = set()
    routers: dict[tuple[str, int, int], list[VrrpInstance]] = {}
    for instance in instances:
        if instance.name in names:
            report.error(
                instance,
                f"vrrp_instance {instance.name} is there already; this one is left out",
                "give it another name",
            )
            continue
        names.add(instance.name)
        settled = _instance(instance, report, version)
        if settled is None:
            continue
        settled = settle_family(settled, report)
        is_strict = strict if instance.strict_mode is None else instance.strict_mode
        settled = settle_election(settled, report, is_strict)
        if not settled.interface and not settled.unicast_peers:
            what = f"{settled.name}: interface is missing, and no unicast_peer is left"
            report.fatal(instance, what, "name the interface")
            continue
        key = (settled.interface, settled.virtual_router_id, _family(settled))
        rivals = routers.setdefault(key, [])
        rival = next((each for each in rivals if _hear_each_other(each, settled)), None)
        if rival is not None:
            report.fatal(
                instance,
                f"{rival.name} and {instance.name} both use virtual_router_id {key[1]} on {key[0]}",
                "give every router of a link its own",
                "virtual_router_id",
            )
        rivals.append(settled)
        kept.append(settled)
    _tell_shared_addresses(kept, report)
    return tuple(kept)


def _tell_shared_addresses(instances: Iterable[VrrpInstance], report: Report) -> None:
    """Tell of an address that two routers hold: led by two directors it would answer twice."""
    held: dict[tuple[Address, str], str] = {}
    for instance in instances:
        for name in LISTS:
            for line in getattr(instance, name):
                key = (line.address, line.dev or instance.interface)
                other = held.setdefault(key, instance.name)
                if other != instance.name:
                    what = f"{instance.name}: {line.address} is {other}'s already"
                    what += "; where they lead on different directors, both answer"
                    at = _last_line(report, instance, name, line.address)
                    report.remark_at(at, instance, what, "leave it to one of them")


def _last_line(report: Report, instance: VrrpInstance, name: str, address: Address) -> Line | None:
    """Find the last line of a list that begins with an address."""
    wanted, found = str(address), None
    for body in report.bodies(instance, name):
        for line in body:
            if line.words[0].partition("/")[0] == wanted:
                found = line
    return found or report.keyword_line(instance, name)


def _family(instance: VrrpInstance) -> int:
    """Give the family that an instance is of: its first address's."""
    if instance.virtual_ipaddress:
        return instance.virtual_ipaddress[0].address.version
    return 6 if instance.native_ipv6 else 4


def _hear_each_other(one: VrrpInstance, other: VrrpInstance) -> bool:
    """Say whether two routers of one number get each other's adverts."""
    if one.mcast_dst_ip != other.mcast_dst_ip or bool(one.unicast_peers) != bool(
        other.unicast_peers
    ):
        return False
    peers = {peer.address for peer in one.unicast_peers}
    return not peers or any(peer.address in peers for peer in other.unicast_peers)


def _instance(instance: VrrpInstance, report: Report, version: int) -> VrrpInstance | None:
    name = instance.name
    alone = bool(instance.unicast_peers)
    for keyword, value in (
        ("virtual_router_id", instance.virtual_router_id),
        ("interface", instance.interface or alone),
    ):
        if not value and not report.deepened(instance, keyword):
            report.fatal(instance, f"{name}: {keyword} is missing", "add it")
    if not instance.virtual_router_id or not (instance.interface or alone):
        return None
    if instance.interface == "lo":
        report.fatal(
            instance,
            f"{name}: a loopback interface cannot be used for VRRP",
            "name the link that the routers share",
            "interface",
        )
    version = instance.version or (3 if _family(instance) == 6 else version)
    instance = _numbers(settle_proof(instance, report, version), report, version)
    return _addresses(instance, report, version)


def _numbers(instance: VrrpInstance, report: Report, version: int) -> VrrpInstance:
    """Settle the priority, and the interval as the version can say it."""
    if instance.state == "MASTER" and not report.given(instance, "priority"):
        # Upstream takes a master of no priority for the owner of the addresses.
        instance = replace(instance, priority=max(OWNER_PRIORITY, instance.priority))
    step_us, most = (1_000_000, 255) if version == 2 else (10_000, 4095)
    steps = min(most, max(1, (instance.advert_int_us + step_us // 2) // step_us))
    if steps * step_us != instance.advert_int_us:
        unit, edge = ("whole seconds", "1..255") if version == 2 else ("hundredths", "up to 40.95")
        report.error(
            instance,
            f"{instance.name}: advert_int counts {unit} in VRRP version {version}:"
            f" {seconds_text(steps * step_us)} is used",
            f"give {unit}, {edge}",
            "advert_int",
        )
        instance = replace(instance, advert_int_us=steps * step_us)
    return instance


def _addresses(instance: VrrpInstance, report: Report, version: int) -> VrrpInstance:
    """Settle the two lists: one family in the first, no address twice in either."""
    family = _family(instance)
    seen: set[tuple[Address, str]] = set()
    first: list[AddressLine] = []
    for line in instance.virtual_ipaddress:
        if line.address.version != family:
            report.error_at(
                report.line_in(instance, "virtual_ipaddress", str(line.address)),
                instance,
                f"{instance.name}: {line.address} is not of the family of the first address;"
                " it is left out",
                "put it in virtual_ipaddress_excluded",
            )
        elif _fresh(line, seen, instance, report, "virtual_ipaddress"):
            first.append(line)
    others = tuple(
        line
        for line in instance.virtual_ipaddress_excluded
        if _fresh(line, seen, instance, report, "virtual_ipaddress_excluded")
    )
    nothing = not instance.virtual_ipaddress and not instance.no_virtual_ipaddress
    if nothing and not report.given(instance, "virtual_ipaddress"):
        say = report.error if version == 2 else report.fatal
        say(instance, f"{instance.name}: there is no virtual_ipaddress", "add one")
    if len(first) > 255:
        report.error(
            instance,
            f"{instance.name}: an advert names 255 addresses; the others are excluded",
            "put them in virtual_ipaddress_excluded",
            "virtual_ipaddress",
        )
        others = (*first[255:], *others)
    return replace(
        instance, virtual_ipaddress=tuple(first[:255]), virtual_ipaddress_excluded=others
    )


def _fresh(
    line: AddressLine,
    seen: set[tuple[Address, str]],
    instance: VrrpInstance,
    report: Report,
    name: str,
) -> bool:
    key = (line.address, line.dev)
    if key in seen:
        at = _last_line(report, instance, name, line.address)
        what = f"{instance.name}: {line.address} is given twice"
        report.remark_at(at, instance, what, "remove one of them")
        return False
    seen.add(key)
    return True


def settle_groups(
    groups: tuple[SyncGroup, ...],
    written: tuple[VrrpInstance, ...],
    instances: tuple[VrrpInstance, ...],
    report: Report,
) -> tuple[SyncGroup, ...]:
    """Give the groups that stand, with those members that do.

    `written` are the instances of the file; what was left out of them has its own fault.
    """
    names = {instance.name for instance in written}
    standing = {instance.name for instance in instances}
    owners: dict[str, str] = {}
    kept: dict[str, SyncGroup] = {}
    for group in groups:
        if group.name in kept:
            report.error(
                group,
                f"vrrp_sync_group {group.name} is there already; this one is left out",
                "give it another name",
            )
            continue
        members = tuple(
            each
            for each in dict.fromkeys(group.members)
            if _member(each, group, names, owners, report) and each in standing
        )
        owners.update((each, group.name) for each in members)
        if not group.members:
            report.error(group, f"{group.name} has no members and is left out", "name some")
        if not members:
            continue
        if len(set(group.members)) == 1:
            report.error(group, f"{group.name} has only one member", "name the others", "group")
        kept[group.name] = replace(group, members=members)
    return tuple(kept.values())


def _member(
    name: str, group: SyncGroup, names: set[str], owners: dict[str, str], report: Report
) -> bool:
    line = report.line_in(group, "group", name)
    if name not in names:
        report.error_at(
            line,
            group,
            f"{group.name}: there is no vrrp_instance {name}",
            f"the instances are {', '.join(sorted(names)) or 'none'}",
        )
        return False
    if name in owners:
        report.error_at(
            line,
            group,
            f"{name} is in {owners[name]} already and cannot be in {group.name} too",
            "leave it in one group",
        )
        return False
    return True
