"""The sections of `-d` about virtual routers and their groups.

Rule: as in `classic_dump`; the state shown is that of the first moment.
"""

from __future__ import annotations

from keepalived.annotations import TypeVar
from keepalived.config.globals import Globals
from keepalived.config.inherit import group_with_globals, with_globals
from keepalived.config.root import Config
from keepalived.core.vrrp.config import SyncGroup, VrrpInstance
from keepalived.core.vrrp.dialect import family_of, group_of
from keepalived.lang.net_values import AddressLine
from keepalived.lang.option_values import Tracked, Weight
from keepalived.records import replace
from keepalived.status.classic_claim_dump import (
    FIRST_PREFERENCE,
    address_text,
    route_text,
    rule_texts,
)
from keepalived.status.classic_link_dump import address_of
from keepalived.status.classic_pieces import (
    Surroundings,
    enabled,
    script,
    short,
    tracked,
    true,
    yes,
)
from keepalived.wire.addresses import Family

_PROOFS = {"PASS": "SIMPLE_PASSWORD", "AH": "IPSEC_AH"}
_TRACKERS = (
    ("track_interface", "Tracked interfaces", ""),
    ("track_script", "Tracked scripts", ""),
    ("track_file", "Tracked files", ","),
    ("track_process", "Tracked processes", ","),
    ("track_bfd", "Tracked BFDs", ":"),
)
T = TypeVar("T")
Weights = dict[str, dict[str, Weight]]
"""What entries without a weight of their own count, by the kind of list and by name."""


def router_lines(config: Config, around: Surroundings) -> list[str]:
    """Give the section of the instances."""
    settings = config.globals or Globals()  # type: ignore[call-arg]
    groups = {name: group for group in config.sync_groups for name in group.members}
    usual, preference = weights(config), FIRST_PREFERENCE
    for line in config.static_rules:
        _, preference = rule_texts((line,), preference)
    owners = owning(config)
    lines = ["------< VRRP Topology >------"]
    for instance in config.instances:
        whole = with_globals(instance, config.globals)
        group = groups.get(instance.name)
        lines += _head(whole, group, owners, around)
        lines += _times(instance, whole, settings)
        lines += _says(whole, settings, around)
        lines += _holds(whole, settings)
        texts, preference = rule_texts(instance.virtual_rules, preference)
        lines += ["   Virtual Rules :", *(f"     {each}" for each in texts)] if texts else []
        lines += _tracks(whole, usual, whole.priority == 255)
        lines += _tells(whole, group, settings, around)
    return lines


def group_lines(config: Config, around: Surroundings) -> list[str]:
    """Give the section of the groups; nothing where there are none."""
    lines = ["------< VRRP Sync groups >------"] if config.sync_groups else []
    usual = weights(config)
    for each in config.sync_groups:
        group = group_with_globals(each, config.globals)
        lines += [
            f" VRRP Sync Group = {group.name}, BACKUP",
            "   Num member fault 0, num member init 0",
            "   VRRP member instances :",
            *(f"     {name}" for name in group.members),
        ]
        lines += ["   sync group tracking weight set"] if group.sync_group_tracking_weight else []
        lines.append(f"   Using smtp notification = {yes(group.smtp_alert)}")
        if group.notify_priority_changes:
            lines.append("   Notify priority changes = yes")
        bare = any(each.priority == 255 for each in config.instances if each.name in group.members)
        for line in _tracks(group, usual, bare):
            lines.append(line.replace("Tracked processes", "Tracked process"))
        for state in ("backup", "master", "fault", "stop"):
            command = getattr(group, f"notify_{state}")
            lines += script(f"   {state.title()} state transition script", command, around)
        lines += script("   Generic state transition script", group.notify, around)
    return lines


def owning(config: Config) -> set[str]:
    """Give the instances that are to lead at once: in a group all must be owners."""
    owners = {
        each.name for each in config.instances if each.priority == 255 or each.state == "MASTER"
    }
    priorities = {each.name: each.priority for each in config.instances}
    for group in config.sync_groups:
        if any(priorities.get(name) != 255 for name in group.members):
            owners.difference_update(group.members)
    return owners


def weights(config: Config) -> Weights:
    """Give what a tracked thing counts where an entry does not say."""
    return {
        "track_script": {each.name: each.weight for each in config.scripts},
        "track_file": {each.name: each.weight for each in config.track_files},
        "track_process": {each.name: each.weight for each in config.processes},
        "track_bfd": {each.name: each.weight for each in config.bfd_instances},
    }


def _head(
    whole: VrrpInstance, group: SyncGroup | None, owners: set[str], around: Surroundings
) -> list[str]:
    six = family_of(whole) is Family.INET6
    source: object = whole.unicast_src_ip or whole.mcast_src_ip
    if whole.use_ipvlan is not None and whole.use_ipvlan.address:
        source = whole.use_ipvlan.address.partition("/")[0]
    alone = whole.unicast_fault_no_peer and not whole.unicast_peers
    text = f"{source} (from configuration)" if source is not None else ""
    if not text:
        text = address_of(whole.interface, 6 if six else 4, around)
        text = text or ("(none)" if around.links else "")
    return [
        f" VRRP Instance = {whole.name}",
        f"   VRRP Version = {_version(whole)}",
        *([f"   Sync group = {group.name}"] if group else []),
        *(["   Using Native IPv6"] if six else []),
        *_flags(whole),
        f"   Wantstate = {'MASTER' if whole.name in owners else 'BACKUP'}",
        f"   Number of config faults = {int(alone)}",
        *_stand(whole),
        *(["   VRRP interface tracking disabled"] if whole.dont_track_primary else []),
        *(["   Skip checking advert IP addresses"] if whole.skip_check_adv_addr else []),
        *(["   Enforcing strict VRRP compliance"] if whole.strict_mode else []),
        *([f"   Using src_ip = {text}"] if text else []),
        *([] if whole.unicast_peers else [_group(whole, six, around)]),
    ]


def _version(instance: VrrpInstance) -> int:
    return 3 if family_of(instance) is Family.INET6 else instance.version or 2


def _flags(instance: VrrpInstance) -> list[str]:
    unicast = bool(instance.unicast_peers)
    lines = ["     Using unicast"] if unicast else []
    if instance.unicast_fault_no_peer:
        if not unicast:
            lines.append("     Unicast config option specified but using multicast")
        lines.append("     If unicast go to fault state if no peers")
    flagged = (
        *(instance.mcast_src_ip, instance.nopreempt, instance.dont_track_primary),
        *(instance.skip_check_adv_addr, instance.promote_secondaries, instance.use_vmac),
        *(instance.use_ipvlan, instance.use_vmac_addr, (instance.garp_extra_if or (0, 0))[1]),
    )
    return ["   Flags:", *lines] if lines or any(flagged) else ["   Flags: none"]


def _stand(instance: VrrpInstance) -> list[str]:
    """Say what the instance stands on: its link, or one of its own above it."""
    lines, base = [], " xmit base i/f" if instance.vmac_xmit_base else ""
    own = vmac_name(instance)
    if instance.use_vmac is not None:
        sends = true(instance.vmac_xmit_base)
        lines.append(f"   Use VMAC, i/f name {own}, is_up = true, xmit_base = {sends}")
        if instance.use_vmac.mac:
            lines.append(f"     MAC = {instance.use_vmac.mac}")
    if instance.use_vmac_addr:
        lines.append("   Use VMAC for VIPs on other interfaces")
    if instance.use_vmac is not None:
        base = f",{base}" if base else ""
        lines.append(f"   Interface = {own}, vmac on {instance.interface}{base}")
    elif instance.use_ipvlan is not None:
        name = instance.use_ipvlan.name or own
        lines.append(f"   Interface = {name}, ipvlan on {instance.interface}")
    else:
        lines.append(f"   Interface = {instance.interface}")
    return lines


def vmac_name(instance: VrrpInstance, prefix: str = "vrrp") -> str:
    """Give the name of the instance's own link."""
    if instance.use_vmac is not None and instance.use_vmac.name:
        return instance.use_vmac.name
    return f"{prefix}.{instance.virtual_router_id}"


def _group(instance: VrrpInstance, six: bool, around: Surroundings) -> str:
    """Name the group; of IPv6 with the link's number, for it is valid there only."""
    group = group_of(instance)
    if not six:
        return f"   Multicast address {group}"
    index = next((each.index for each in around.links if each.name == instance.interface), 0)
    return f"   Multicast address {group}, ifindex {index}"


def _times(own: VrrpInstance, instance: VrrpInstance, settings: Globals) -> list[str]:
    strict = bool(instance.strict_mode)
    few = settings.vrrp_min_garp
    delay = _seconds(instance.garp_master_delay_us, 0 if few else 5)
    repeat = _first(instance.garp_master_repeat, 1 if few else 5)
    again = _first(own.garp_master_refresh_repeat, settings.vrrp_garp_master_refresh_repeat)
    again = (0 if few else 1) if again is None else again
    # What an instance itself says of its announcements does not count for these.
    global_delay = _seconds(settings.vrrp_garp_master_delay_us, 0 if few else 5)
    global_repeat = _first(settings.vrrp_garp_master_repeat, 1 if few else 5)
    lower_delay = 0 if strict else _seconds(instance.garp_lower_prio_delay_us, global_delay)
    lower_repeat = 0 if strict else _first(instance.garp_lower_prio_repeat, global_repeat)
    lines = [
        f"   Gratuitous ARP delay = {delay}",
        f"   Gratuitous ARP repeat = {repeat}",
        f"   Gratuitous ARP refresh = {_seconds(instance.garp_master_refresh_us, 0)}",
        f"   Gratuitous ARP refresh repeat = {again}",
        f"   Gratuitous ARP lower priority delay = {lower_delay}",
        f"   Gratuitous ARP lower priority repeat = {lower_repeat}",
        f"   Down timer adverts = {_first(instance.down_timer_adverts, 3)}",
    ]
    vmac = instance.use_vmac is not None or instance.use_vmac_addr
    if instance.garp_extra_if is not None and vmac:
        lines += [
            f"   Gratuitous ARP for each secondary VMAC = {instance.garp_extra_if[0]}",
            "   Next gratuitous ARP for such secondary ="
            " 0.000000 (Thu Jan  1 00:00:00 1970.000000)",
        ]
    silent = strict or bool(instance.lower_prio_no_advert)
    more = not strict and bool(instance.higher_prio_send_advert)
    return [
        *lines,
        f"   Send advert after receive lower priority advert = {true(not silent)}",
        f"   Send advert after receive higher priority advert = {true(more)}",
    ]


def _says(instance: VrrpInstance, settings: Globals, around: Surroundings) -> list[str]:
    version, proof = _version(instance), instance.authentication
    strict = instance.strict_mode and instance.priority != 255
    accept = not (instance.no_accept or strict)
    interval = f"{instance.advert_int_us // 1_000_000} sec"
    if version == 3:
        interval = f"{instance.advert_int_us // 1_000} milli-sec"
    delay_us = 0 if instance.priority == 255 else instance.preempt_delay_us
    return [
        f"   Virtual Router ID = {instance.virtual_router_id}",
        f"   Priority = {instance.priority}",
        f"   Advert interval = {interval}",
        f"   Accept = {enabled(accept)}",
        f"   Preempt = {enabled(not instance.nopreempt)}",
        *([f"   Preempt delay = {short(delay_us)} secs"] if delay_us else []),
        f"   Promote_secondaries = {enabled(instance.promote_secondaries)}",
        *([f"   Authentication type = {_proof(instance)}"] if version == 2 else []),
        *([f"   Password = {proof.auth_pass}"] if proof and _proof(instance)[0] == "S" else []),
        *_sizes(instance),
    ]


def _proof(instance: VrrpInstance) -> str:
    proof = instance.authentication
    return _PROOFS[proof.auth_type] if proof is not None else "none"


def _sizes(instance: VrrpInstance) -> list[str]:
    size, debug = instance.kernel_rx_buf_size, instance.debug
    lines = [f"   Kernel rx buffer size = {size}"] if size else []
    return lines + ([f"   Debug level = {debug}"] if debug else [])


def _holds(instance: VrrpInstance, settings: Globals) -> list[str]:
    lines: list[str] = []
    if instance.virtual_ipaddress:
        lines.append(f"   Virtual IP ({len(instance.virtual_ipaddress)}):")
        lines += [_vip(line, instance) for line in instance.virtual_ipaddress]
    if instance.virtual_ipaddress_excluded:
        lines.append("   Virtual IP Excluded :")
        lines += [_vip(line, instance) for line in instance.virtual_ipaddress_excluded]
    if instance.unicast_peers:
        lines += _peers(instance)
    lines.append("   No sockets allocated")
    if instance.virtual_routes:
        lines.append("   Virtual Routes :")
        lines += [f"     {route_text(each)}" for each in instance.virtual_routes]
    return lines


def _peers(instance: VrrpInstance) -> list[str]:
    old = {None: "no", "": "compatibility", "never": "never"}[instance.old_unicast_checksum]
    lines = []
    if family_of(instance) is Family.INET:
        lines.append(f"   Unicast TTL = {instance.unicast_ttl}")
    lines.append(f"   Check unicast src : {yes(instance.check_unicast_src)}")
    lines.append("   Unicast Peer :")
    for peer in instance.unicast_peers:
        least = 0 if peer.min_ttl is None else peer.min_ttl
        most = 255 if peer.max_ttl is None else peer.max_ttl
        lines.append(f"     {peer.address} min_ttl {least} max_ttl {most}")
    return [*lines, f"   Unicast checksum compatibility = {old}"]


def _vip(line: AddressLine, instance: VrrpInstance) -> str:
    link = line.dev or instance.interface
    name = vmac_name(instance)
    if link == instance.interface and instance.use_vmac is not None:
        link = f"{name}@{link}"
    elif line.vmac is not None or (instance.use_vmac_addr and link != instance.interface):
        link = f"vrrp.{instance.virtual_router_id}@{link}"
    return f"     {address_text(line, link)}"


def _tracks(thing: VrrpInstance | SyncGroup, usual: Weights, bare: bool) -> list[str]:
    lines: list[str] = []
    for field, title, sign in _TRACKERS:
        entries = getattr(thing, field)
        if bare:
            entries = tuple(
                replace(each, weight=unweighted(each, field, usual)) for each in entries
            )
        lines += tracked(title, entries, usual.get(field, {}), sign)
    return lines


def unweighted(entry: Tracked, field: str, usual: Weights) -> Weight:
    """Give what is left of a weight where an owner's priority never changes: its direction."""
    found = entry.weight or usual.get(field, {}).get(entry.name, Weight(0))
    return replace(found, number=0)


def _tells(
    instance: VrrpInstance, group: SyncGroup | None, settings: Globals, around: Surroundings
) -> list[str]:
    deleted = instance.notify_deleted
    lines = [
        f"   Using smtp notification = {yes(instance.smtp_alert)}",
        f"   Notify deleted = {'Deleted' if deleted is not None else 'Fault'}",
    ]
    for state in ("backup", "master", "fault", "stop", "deleted"):
        command = getattr(instance, f"notify_{state}")
        lines += script(f"   {state.title()} state transition script", command, around)
    lines += script("   Generic state transition script", instance.notify, around)
    label = "   Master rx lower pri state transition script"
    lines += script(label, instance.notify_master_rx_lower_pri, around)
    changes = instance.notify_priority_changes
    if changes is None and group is not None:
        changes = group.notify_priority_changes
    if changes is None:
        changes = settings.vrrp_notify_priority_changes
    return [*lines, f"   Notify priority changes = {true(changes)}"]


def _first(value: int | None, otherwise: T) -> int | T:
    return otherwise if value is None else value


def _seconds(value_us: int | None, otherwise: int) -> int:
    return otherwise if value_us is None else value_us // 1_000_000
