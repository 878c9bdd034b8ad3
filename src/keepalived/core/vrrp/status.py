"""What the VRRP half shows of itself: plain data, ready to be written as JSON.

Rule: a picture of the machines at one moment; times are spans in microseconds, ending now.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.vrrp.claims import link_of
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.dialect import version_of
from keepalived.core.vrrp.handover import Handovers
from keepalived.core.vrrp.machine import Machine
from keepalived.core.vrrp.settling import SettledGroup
from keepalived.core.vrrp.state import State
from keepalived.core.vrrp.timing import SECOND_US
from keepalived.lang.net_values import AddressLine
from keepalived.port.brain import Snapshot


def members_status(
    now: int, machines: Sequence[Machine], groups: Sequence[SettledGroup], handovers: Handovers
) -> Snapshot:
    """Show instances, groups, and how the latest handover that was asked for began."""
    named = {id(each): group.name for group in groups for each in group.members}
    return {
        "instances": [
            instance_status(each, now, named[id(each)], handovers.shown(each, now))
            for each in machines
        ],
        "groups": [
            group_status(each.name, each.state, [m.config.name for m in each.members])
            for each in groups
            if each.config is not None
        ],
        "handover": handovers.answer,
    }


def instance_status(machine: Machine, now: int, group: str, handover: Snapshot | None) -> Snapshot:
    """Show one instance."""
    config = machine.config
    deadline = machine.deadline()
    return {
        "name": config.name,
        "state": machine.state.value,
        "for_us": now - machine.since,
        "why": machine.why.sentence,
        "detail": machine.detail,
        "reference": machine.why.section,
        "wants_lead": machine.wants_lead,
        "interface": config.interface,
        "virtual_router_id": config.virtual_router_id,
        "priority": machine.priority,
        "base_priority": config.priority,
        "priority_terms": [[term.name, term.weight] for term in machine.fitness.burden.terms],
        "version": version_of(config),
        "advert_int_s": _seconds(machine.beacon.interval_us),
        "source": str(machine.footing.source) if machine.footing.source else None,
        "master": _master(machine),
        "addresses": [_address(config, line) for line in config.virtual_ipaddress],
        "excluded": [_address(config, line) for line in config.virtual_ipaddress_excluded],
        "group": group or None,
        "handover": handover,
        "next_in_us": None if deadline is None else max(0, deadline - now),
        "counters": machine.counters.plain(),
    }


def group_status(name: str, state: State, members: Sequence[str]) -> Snapshot:
    """Show one group."""
    return {"name": name, "state": state.value, "members": list(members)}


def _master(machine: Machine) -> Snapshot | None:
    if machine.state is State.MASTER and machine.footing.source is not None:
        return {"address": str(machine.footing.source), "priority": machine.priority}
    master = machine.election.master
    if machine.state is not State.BACKUP or master is None:
        return None
    return {"address": str(master.source), "priority": master.priority}


def _seconds(us: int) -> int | float:
    return us / SECOND_US if us % SECOND_US else us // SECOND_US


def _address(config: VrrpInstance, line: AddressLine) -> Snapshot:
    return {
        "address": str(line.address),
        "prefix": line.prefix,
        "interface": link_of(config, line),
        "label": line.label,
    }
