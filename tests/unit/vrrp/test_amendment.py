"""A reload of few instances: only they hear of it, and it comes to the same as adopting all."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.vrrp.rooms import Bench, config, instance, line, link, pair, second, with_password

from keepalived.core.vrrp import router, tracking
from keepalived.core.vrrp.amendment import amended
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.lang.option_values import Tracked
from keepalived.port.events import LinkSeen, Reconfigured, Woken


def changed(chance: random.Random, one: VrrpInstance, grouped: bool) -> VrrpInstance:
    vip = one.virtual_ipaddress[0]
    more: tuple[dict[str, Any], ...] = (
        {"priority": chance.choice((90, 120, 255))},
        {"virtual_ipaddress": (vip, line(f"10.0.0.{chance.randrange(101, 110)}"))},
        {"virtual_ipaddress": (line("10.0.0.99"),)},
        {"advert_int_us": 2_000_000},
        {"name": one.name if grouped else "RENAMED"},
        {"virtual_router_id": 77},
        {"interface": "eth1"},
        {"nopreempt": True},
        {"promote_secondaries": True},
        {"dont_track_primary": True},
        {"track_interface": (Tracked("eth1", None),)},
        {"authentication": with_password(one, "x").authentication},
        {},
    )
    return replace(one, **chance.choice(more))


@pytest.mark.parametrize("seed", range(120))
def test_a_reload_of_few_comes_to_the_same_as_adopting_all(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for whole in (False, True):
        chance = random.Random(seed)
        if whole:
            monkeypatch.setattr(router, "amended", lambda before, after: None)
            monkeypatch.setattr(tracking, "amended", lambda before, after: None)
        third = instance("VI_3", virtual_router_id=53, virtual_ipaddress=(line("10.0.0.120"),))
        having: RouterConfig = replace(
            pair() if chance.random() < 0.3 else config(instance(), second()), mail=False
        )
        having = replace(having, instances=(*having.instances, third))
        bench = Bench(having)
        bench = bench.lead() if chance.random() < 0.6 else bench.start()
        told: list[Any] = []
        for _ in range(4):
            instances = list(having.instances)
            for _ in range(chance.choice((0, 1, 1, 2))):
                place = chance.randrange(len(instances))
                instances[place] = changed(chance, instances[place], bool(having.groups))
            having = replace(having, instances=tuple(instances))
            bench.give(Reconfigured(having), after=chance.randrange(1_000_000))
            told.append((list(bench.operations), bench.host.deadline(), bench.snapshot))
            if chance.random() < 0.3:
                bench.give(LinkSeen(link("eth1", running=chance.random() < 0.5)))
                told.append(list(bench.operations))
            due = bench.host.deadline()
            if due is not None:
                bench.give(Woken(), after=max(0, due - bench.now))
                told.append((list(bench.operations), bench.snapshot))
        seen.append(told)
    assert seen[0] == seen[1]


def test_of_few_that_changed_the_places_are_known() -> None:
    before = config(instance(), second())
    after = config(instance(), second(priority=120))
    assert amended(before, after) == (1,)
    assert amended(before, before) == ()
    assert amended(before, config(instance())) is None
    assert amended(before, config(instance(), second(), mail=True)) is None
    assert amended(before, config(instance(), second(virtual_router_id=9))) is None
