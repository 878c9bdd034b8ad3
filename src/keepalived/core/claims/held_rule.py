"""The rules that lines ask for, in the kernel's numbers, each with a preference.

Rule: a function of the lines and the host's names.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.claims.numbers import (
    Unknown,
    family_in,
    named,
    network_of,
    realms_of,
    service_of,
)
from keepalived.core.claims.rule import RuleLine
from keepalived.port.names import Names, number
from keepalived.port.routing import HeldRule
from keepalived.wire.addresses import Family
from keepalived.wire.netlink.routes import Network
from keepalived.wire.netlink.rules import Rule

FIRST_PREFERENCE = 16384
"""What the first rule without a preference of its own gets, in each family; then downwards."""
_ACTIONS = {"table": 1, "goto": 2, "nop": 3, "blackhole": 6, "unreachable": 7, "prohibit": 8}
_TYPES = {"unicast": 1, **_ACTIONS}


class Preferences:
    """The preferences that rules without one get, counted downwards in each family."""

    def __init__(self) -> None:
        self._next = {Family.INET: FIRST_PREFERENCE, Family.INET6: FIRST_PREFERENCE}

    def take(self, family: Family) -> int:
        """Give the next one."""
        self._next[family] -= 1
        return self._next[family] + 1


def rules_of(
    lines: Sequence[RuleLine], names: Names, preferences: Preferences
) -> tuple[tuple[HeldRule, ...], tuple[str, ...]]:
    """Give the rules, and what this host does not know about others."""
    rules: list[HeldRule] = []
    problems: list[str] = []
    for line in lines:
        said = dict(line.options)
        for family in _families(said):
            try:
                rules.append(_rule(said, family, names, preferences))
            except Unknown as problem:
                problems.append(f"rule: {problem}")
    return tuple(rules), tuple(problems)


def _families(said: dict[str, object]) -> tuple[Family, ...]:
    if "inet6" in said:
        return (Family.INET6,)
    if "inet" in said:
        return (Family.INET,)
    for name in ("from", "to"):
        found = family_in(said.get(name, ""))
        if found is not None:
            return (found,)
    return (Family.INET,)


def _rule(
    said: dict[str, object], family: Family, names: Names, preferences: Preferences
) -> HeldRule:
    action = next((kind for word, kind in _ACTIONS.items() if word in said), 0)
    if "l3mdev" in said:
        action = 1
    elif "type" in said:
        found = number(_TYPES, str(said["type"]), 255)
        if found is None:
            raise Unknown(f"there is no type '{said['type']}' of rules")
        action = found
    preference = _count(said, "preference")
    mark, _, mask = str(said.get("fwmark", "")).partition("/")
    group = said.get("suppress_ifgroup")
    payload = said.get("ipproto")
    rule = Rule(
        family=family,
        preference=preferences.take(family) if preference is None else preference,
        action=action,
        table=named(names.tables, said["table"], "table") if "table" in said else 0,
        goto=_count(said, "goto"),
        negated="not" in said,
        origin=_network(said.get("from"), family),
        target=_network(said.get("to"), family),
        tos=service_of(names, said["tos"]) if "tos" in said else 0,
        mark=int(mark, 0) if mark else None,
        mark_mask=int(mask, 0) if mask else None,
        realms=realms_of(names, said["realms"]) if "realms" in said else 0,
        incoming=str(said.get("iif", "")),
        outgoing=str(said.get("oif", "")),
        shortest_prefix=_count(said, "suppress_prefixlength"),
        link_group=None if group is None else named(names.groups, group, "group of links"),
        users=_range(said, "uidrange"),
        tunnel=_count(said, "tunnel-id"),
        by_vrf="l3mdev" in said,
        protocol=named(names.protocols, said.get("protocol", 18), "protocol", 255),
        payload=None if payload is None else named(names.payloads, payload, "protocol", 255),
        source_ports=_range(said, "sport"),
        target_ports=_range(said, "dport"),
    )
    return HeldRule(rule, "no_track" not in said)


def _network(word: object, family: Family) -> Network | None:
    if word is None:
        return None
    network = network_of(str(word), family)
    return network if network[1] else None


def _count(said: dict[str, object], name: str) -> int | None:
    value = said.get(name)
    assert value is None or isinstance(value, int)
    return value


def _range(said: dict[str, object], name: str) -> tuple[int, int] | None:
    value = said.get(name)
    assert value is None or isinstance(value, tuple)
    return value
