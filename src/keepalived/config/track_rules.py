"""What is watched: what the blocks must have, and that every list names something there is.

Rule: what is watched stands before those that watch it; an entry that names nothing is dropped.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.config.report import Report
from keepalived.config.root import Config
from keepalived.core.vrrp.config import SyncGroup, VrrpInstance
from keepalived.lang.option_values import Tracked, Weight
from keepalived.records import replace

OWNER_PRIORITY = 255
LISTS = {
    "track_script": "vrrp_script",
    "track_file": "track_file",
    "track_process": "vrrp_track_process",
    "track_bfd": "bfd_instance",
}
"""Which list names blocks of which kind."""
LISTED = ("track_interface", *LISTS)
UNTOLD = frozenset(("track_process", "track_bfd"))
"""Lists whose weights keepalived drops without a word."""


def settle_tracking(config: Config, report: Report) -> Config:
    """Give the file with the blocks that stand, and lists that name only such."""
    written = config
    config = replace(
        config,
        scripts=_complete(config.scripts, "script", report),
        track_files=_complete(config.track_files, "file", report),
        processes=_complete(config.processes, "process", report),
        bfd_instances=_complete(config.bfd_instances, "neighbor_ip", report),
    )
    known = {
        "track_script": {each.name for each in config.scripts},
        "track_file": {each.name for each in config.track_files},
        "track_process": {each.name for each in config.processes},
        "track_bfd": {e.name for e in written.bfd_instances if e.vrrp or not e.checker},
    }
    instances = tuple(_lists(each, known, report) for each in config.instances)
    groups = tuple(_lists(each, known, report) for each in config.sync_groups)
    config = replace(config, instances=instances, sync_groups=groups)
    return replace(config, instances=_weighed(config, report))


def _complete(blocks: tuple[Any, ...], needed: str, report: Report) -> tuple[Any, ...]:
    """Drop the blocks that lack what they are for, and those whose name is taken."""
    kept: dict[str, Any] = {}
    for block in blocks:
        name = block.name
        if not getattr(block, needed):
            if not report.given(block, needed, needed.replace("neighbor", "neighbour")):
                what = f"{name}: {needed} is missing; the block is left out"
                report.error_told(report.end_of(block), block, what, f"add {needed}")
        elif name in kept:
            what = f"{name} is there already; this one is left out"
            report.error_told(report.line_of(block), block, what, "give it another name")
        else:
            kept[name] = block
    return tuple(kept.values())


def _lists(block: Any, known: dict[str, set[str]], report: Report) -> Any:
    """Drop the entries of an instance or a group that name nothing, or the same again."""
    changes: dict[str, tuple[Tracked, ...]] = {}
    for name in LISTED:
        kept: dict[str, Tracked] = {}
        entries = getattr(block, name)
        for at, entry in enumerate(entries):
            nth = sum(1 for each in entries[:at] if each.name == entry.name)
            line = report.nth_line_in(block, name, nth, entry.name)
            if entry.name in kept:
                what = f"{block.name}: {name} names {entry.name} twice"
                report.error_told(line, block, what, "remove one")
            elif name in LISTS and entry.name not in known[name]:
                what = f"{block.name}: there is no {LISTS[name]} {entry.name}"
                remedy = f"there are {', '.join(sorted(known[name])) or 'none'}"
                report.error_told(line, block, what, remedy)
            else:
                kept[entry.name] = entry
        if len(kept) != len(entries):
            changes[name] = tuple(kept.values())
    own = isinstance(block, VrrpInstance) and block.interface
    watched = changes.get("track_interface", block.track_interface)
    for entry in watched:
        if own and entry.name == block.interface and not block.dont_track_primary:
            what = f"{block.name}: its own link {entry.name} is watched anyway"
            report.error(block, what, "leave it out of track_interface", "track_interface")
            changes["track_interface"] = tuple(e for e in watched if e is not entry)
    return replace(block, **changes) if changes else block


def _weighed(config: Config, report: Report) -> tuple[VrrpInstance, ...]:
    """Drop weights that cannot count: of members of a group that does not allow them, of an owner.

    What the group watches counts for all its members alike, so that it keeps its weights.
    """
    weights = default_weights(config)
    groups: dict[str, SyncGroup] = {
        member: group for group in config.sync_groups for member in group.members
    }
    found: list[VrrpInstance] = []
    for instance in config.instances:
        group = groups.get(instance.name)
        changes: dict[str, Any] = {}
        if group is not None:
            changes = _doubled(instance, group, report)
        why = _weightless(instance, group)
        for name in LISTED if why else ():
            entries = changes.get(name, getattr(instance, name))
            counted = [each for each in entries if not weight_of(each, weights, name).number]
            for entry in entries:
                if entry not in counted:
                    what = f"{instance.name}: {entry.name} is left out of {name}: {why}"
                    tell = report.remark if name in UNTOLD else report.error
                    tell(instance, what, "remove the weight, or the entry", name)
                    changes[name] = tuple(counted)
        found.append(replace(instance, **changes) if changes else instance)
    return tuple(found)


def _weightless(instance: VrrpInstance, group: SyncGroup | None) -> str:
    """Say why an instance's weights cannot count; nothing where they do."""
    if instance.priority == OWNER_PRIORITY:
        return "the priority of the owner of its addresses never changes"
    if group is not None and not group.sync_group_tracking_weight:
        return f"a member of {group.name} has no weights of its own (sync_group_tracking_weight)"
    return ""


def _doubled(instance: VrrpInstance, group: SyncGroup, report: Report) -> dict[str, Any]:
    """Drop what an instance watches that its group watches for it."""
    changes: dict[str, Any] = {}
    for name in LISTED:
        theirs = {each.name for each in getattr(group, name)}
        own = getattr(instance, name)
        kept = tuple(each for each in own if each.name not in theirs)
        for each in own:
            if each.name in theirs:
                what = f"{instance.name}: its group {group.name} watches {each.name} already"
                tell = report.error if name == "track_interface" else report.remark
                tell(instance, what, f"leave it out of this {name}", name)
                changes[name] = kept
    return changes


def default_weights(config: Config) -> dict[str, dict[str, Weight]]:
    """Give the weights that count where a list names none, by list and by name."""
    return {
        "track_interface": {},
        "track_script": {each.name: each.weight for each in config.scripts},
        "track_file": {each.name: each.weight for each in config.track_files},
        "track_process": {each.name: each.weight for each in config.processes},
        "track_bfd": {each.name: each.weight for each in config.bfd_instances},
    }


def weight_of(entry: Tracked, weights: dict[str, dict[str, Weight]], name: str) -> Weight:
    """Give the weight that counts for an entry of a list."""
    return entry.weight or weights[name].get(entry.name, Weight(0))
