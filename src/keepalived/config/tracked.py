"""What the VRRP process watches: lists with the weights that count, a group's in its members'.

Rule: what nobody names is not watched; no machine ever looks up a weight.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.config.root import Config
from keepalived.config.track_rules import LISTED, default_weights, weight_of
from keepalived.core.vrrp.config import RouterConfig
from keepalived.lang.option_values import Tracked
from keepalived.records import replace


def with_tracked(router: RouterConfig, config: Config) -> RouterConfig:
    """Give a view whose instances say themselves all that they watch, and with which weight."""
    weights = default_weights(config)
    groups = {name: group for group in router.groups for name in group.members}
    named: dict[str, set[str]] = {name: set() for name in LISTED}
    instances = []
    for instance in router.instances:
        changes: dict[str, Any] = {}
        for name in LISTED:
            group = groups.get(instance.name)
            entries = (*getattr(instance, name), *(getattr(group, name) if group else ()))
            if entries:
                changes[name] = tuple(
                    Tracked(each.name, weight_of(each, weights, name)) for each in entries
                )
                named[name] |= {each.name for each in entries}
        instances.append(replace(instance, **changes) if changes else instance)
    return replace(
        router,
        instances=tuple(instances),
        scripts=tuple(each for each in config.scripts if each.name in named["track_script"]),
        files=tuple(each for each in config.track_files if each.name in named["track_file"]),
        processes=tuple(each for each in config.processes if each.name in named["track_process"]),
    )
