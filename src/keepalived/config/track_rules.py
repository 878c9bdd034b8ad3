"""What is watched: what the blocks must have, and that every list names something there is.

Rule: what is watched stands before those that watch it; an entry that names nothing is dropped.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.config.report import Report
from keepalived.config.root import Config
from keepalived.core.vrrp.config import SyncGroup, VrrpInstance
from keepalived.lang.option_values import Tracked
from keepalived.records import replace

OWNER_PRIORITY = 255
LISTS = {
    "track_script": "vrrp_script",
    "track_file": "track_file",
    "track_process": "vrrp_track_process",
    "track_bfd": "bfd_instance",
}
"""Which list names blocks of which kind."""


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
    _weights(config, report)
    return config


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
    for name in ("track_interface", *LISTS):
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


def _weights(config: Config, report: Report) -> None:
    """Tell of weights that cannot count: in a group that does not allow them, and of an owner."""
    weights = {each.name: each.weight.number for each in config.scripts}
    groups: dict[str, SyncGroup] = {
        member: group for group in config.sync_groups for member in group.members
    }
    for instance in config.instances:
        group = groups.get(instance.name)
        grouped = group is not None and not group.sync_group_tracking_weight
        owner = instance.priority == OWNER_PRIORITY
        if not grouped and not owner:
            continue
        why = "a member of a sync group" if grouped else "the owner of its addresses"
        for name in ("track_interface", "track_script"):
            for entry in getattr(instance, name):
                own = entry.weight.number if entry.weight is not None else None
                weight = weights.get(entry.name, 0) if own is None and "script" in name else own
                if weight:
                    what = (
                        f"{instance.name}: the weight of {entry.name} does not count: it is {why}"
                    )
                    report.error(instance, what, "remove the weight", name)
