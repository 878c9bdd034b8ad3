"""The sections of `-d` about what is watched, what is static, and what is paced.

Rule: as in `classic_dump`; a section without entries is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from keepalived.config.globals import Globals
from keepalived.config.root import Config
from keepalived.core.bfd.config import BfdInstance
from keepalived.core.track.config import TrackFile, TrackProcess, VrrpScript
from keepalived.core.vrrp.config import GarpGroup
from keepalived.lang.option_values import Weight
from keepalived.records import replace
from keepalived.status.classic_claim_dump import (
    FIRST_PREFERENCE,
    address_text,
    route_text,
    rule_texts,
)
from keepalived.status.classic_pieces import (
    Surroundings,
    arguments,
    decimal,
    short,
    true,
    weight,
)

_NEVER = "0.000000 (Thu Jan  1 00:00:00.000000)"


def static_lines(config: Config) -> list[str]:
    """Give the sections of paced links, of static objects and of their groups."""
    settings = config.globals or Globals()  # type: ignore[call-arg]
    lines = _pace(config, settings)
    link = settings.default_interface or "eth0"
    if config.static_addresses:
        lines.append("------< Static Addresses >------")
        for line in config.static_addresses:
            lines.append(f"     {address_text(line, line.dev or link, static=True)}")
    if config.static_routes:
        lines.append("------< Static Routes >------")
        lines += [f"     {route_text(each, static=True)}" for each in config.static_routes]
    if config.static_rules:
        lines.append("------< Static Rules >------")
        texts, _ = rule_texts(config.static_rules, FIRST_PREFERENCE)
        lines += [f"     {each}" for each in texts]
    if config.track_groups:
        lines.append("------< Static Track groups >------")
        for group in config.track_groups:
            lines += [f" Static Track Group = {group.name}", "   VRRP member instances :"]
            lines += [f"     {name}" for name in group.members]
    return lines


def _pace(config: Config, settings: Globals) -> list[str]:
    lines: list[str] = []
    if settings.vrrp_garp_interval_us or settings.vrrp_gna_interval_us:
        links = list(dict.fromkeys(each.interface for each in config.instances))
        lines += _paced(0, settings.vrrp_garp_interval_us, settings.vrrp_gna_interval_us, links)
    for number, group in enumerate(config.garp_groups, 1):
        lines += _paced(number, group.garp_interval_us, group.gna_interval_us, _names(group))
    return ["------< Gratuitous ARP delays >------", *lines] if lines else []


def _names(group: GarpGroup) -> list[str]:
    return [each for each in (group.interface, *group.interfaces) if each]


def _paced(number: int, arp_us: int, neighbour_us: int, links: list[str]) -> list[str]:
    lines = [f"------< GARP delay group {number} >------"]
    for title, value_us in (("GARP", arp_us), ("GNA", neighbour_us)):
        if value_us:
            lines += [f" {title} interval = {short(value_us)}", f" {title} next time {_NEVER}"]
    return [*lines, " Interfaces", *(f"  {link}" for link in links)]


def watched_lines(config: Config, around: Surroundings) -> list[str]:
    """Give the sections of scripts, files, processes and sessions that are watched."""
    lines: list[str] = []
    sections = (
        ("VRRP Scripts", "track_script", config.scripts),
        ("VRRP Track files", "track_file", config.track_files),
        ("VRRP Track processes", "track_process", config.processes),
        ("VRRP Track BFDs", "track_bfd", config.bfd_instances),
    )
    for title, field, things in sections:
        lines += [f"------< {title} >------"] if things else []
        for thing in things:
            found = list(_followers(config, field, thing.name, thing.weight))
            lines += _thing(thing, found, around)
    return lines


def _thing(
    thing: VrrpScript | TrackFile | TrackProcess | BfdInstance,
    followers: list[tuple[str, Weight | None]],
    around: Surroundings,
) -> list[str]:
    if isinstance(thing, VrrpScript):
        return [*_script(thing, around), *_tracking(followers, thing.weight), "   State = idle"]
    if isinstance(thing, TrackFile):
        return _file(thing, followers)
    if isinstance(thing, TrackProcess):
        return [*_process(thing), *_tracking(followers, thing.weight)]
    return [
        f" VRRP Track BFD = {thing.name}",
        f"   Weight = {weight(thing.weight)}",
        "   Bfd is down",
        "   Tracking VRRP instances :",
        *_tracking(followers, thing.weight),
    ]


def _followers(
    config: Config, field: str, name: str, usual: Weight
) -> Iterable[tuple[str, Weight | None]]:
    """Give the instances that track a thing, by themselves or through their group."""
    groups = {member: group for group in config.sync_groups for member in group.members}
    for instance in config.instances:
        group = groups.get(instance.name)
        # What the group tracks counts in the place of what its member says of the same thing.
        entries = {each.name: each for each in getattr(instance, field)}
        bare = instance.priority == 255
        shared = {each.name: each for each in getattr(group, field)} if group is not None else {}
        entries |= shared
        if name in shared:
            bare = any(
                each.priority == 255 for each in config.instances if groups.get(each.name) is group
            )
        if name in entries:
            own = entries[name].weight
            yield instance.name, replace(own or usual, number=0) if bare else own


def _tracking(followers: list[tuple[str, Weight | None]], usual: Weight) -> list[str]:
    lines = ["   Tracking instances :"] if followers else []
    return lines + [f"     {name}, weight {weight(own or usual)}" for name, own in followers]


def _script(thing: VrrpScript, around: Surroundings) -> list[str]:
    command = thing.script
    argv = arguments(command, around) if command is not None else ""
    owner = around.owner
    if thing.user is not None:
        owner = around.ids(thing.user.user, thing.user.group.lstrip(":"))
    elif command is not None and command.user:
        owner = around.ids(command.user, command.group)
    timeout_us = 0 if thing.timeout_us is None else thing.timeout_us
    return [
        f" VRRP Script = {thing.name}",
        f"   Command = {argv}",
        f"   Interval = {short(thing.interval_us)} sec",
        f"   Timeout = {short(timeout_us)} sec",
        f"   Weight = {weight(thing.weight)}",
        f"   Rise = {thing.rise}",
        f"   Fall = {thing.fall}",
        "   Result = 0",
        "   Insecure = no",
        f"   Init state = {'FAILED' if thing.init_fail else 'INIT'}",
        "   Status = BAD",
        f"   Script uid:gid = {owner}",
        "   VRRP instances :",
    ]


def _file(thing: TrackFile, followers: list[tuple[str, Weight | None]]) -> list[str]:
    status = thing.init_file.number if thing.init_file is not None else 0
    return [
        f" Track file = {thing.name}",
        f"   File = {thing.file}",
        f"   Status = {status}",
        f"   Weight = {weight(thing.weight)}",
        *_tracking(followers, thing.weight),
    ]


def _process(thing: TrackProcess) -> list[str]:
    terminate_us = thing.terminate_delay_us or thing.delay_us
    fork_us = thing.fork_delay_us or thing.delay_us
    whole = thing.full_command or len(thing.process) > 1 or thing.param_match is not None
    lines = [f" VRRP Track process = {thing.name}", f"   Process = {(*thing.process, '')[0]}"]
    if len(thing.process) > 1:
        lines.append(f"   Parameters = {' '.join(thing.process[1:])}")
    if thing.param_match is not None and thing.param_match != "exact":
        lines.append(f"   Param match = {thing.param_match}")
    lines.append(f"   Min processes = {thing.quorum}")
    if thing.quorum_max is not None:
        lines.append(f"   Max processes = {thing.quorum_max}")
    return [
        *lines,
        "   Current processes = 0",
        "   Have quorum = false",
        f"   Weight = {weight(thing.weight)}",
        *([f"   Terminate delay = {decimal(terminate_us)}s"] if terminate_us else []),
        *([f"   Fork delay = {decimal(fork_us)}s"] if fork_us else []),
        f"   Full command = {true(whole)}",
    ]


def session_lines(config: Config) -> list[str]:
    """Give the section of the process that watches paths: its sessions."""
    lines = ["------< BFD Topology >------"]
    for each in config.bfd_instances:
        both = each.vrrp == each.checker
        lines += [
            f" BFD Instance = {each.name}",
            f"   Neighbor IP = {each.neighbor_ip}",
            *([f"   Source IP = {each.source_ip}"] if each.source_ip is not None else []),
            f"   Required min RX interval = {each.min_rx_us} us",
            f"   Desired min TX interval = {each.min_tx_us} us",
            f"   Desired idle TX interval = {each.idle_tx_us} us",
            f"   Detection multiplier = {each.multiplier}",
            f"   TTL = {each.ttl or (64 if each.max_hops else 255)}",
            f"   max_hops = {each.max_hops}",
            f"   passive = {true(each.passive)}",
            f"   send event to VRRP process = {'Yes' if both or each.vrrp else 'No'}",
            f"   send event to checker process = {'Yes' if both or each.checker else 'No'}",
        ]
    return lines
