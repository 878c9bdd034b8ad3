"""What a child is told at a reload, and that it comes to what the parent has."""

from __future__ import annotations

import random

import pytest

from keepalived.config.load import load_text
from keepalived.config.root import Config
from keepalived.config.views import director_config
from keepalived.core.lvs.config import DirectorConfig
from keepalived.core.vrrp.config import RouterConfig
from keepalived.linux.facts import host_name
from keepalived.records import replace
from keepalived.run import taking
from keepalived.run.kinds import CHECKER, VRRP
from keepalived.run.taking import Taking, news

ROUTER = (
    "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\npriority 100\n"
    "virtual_ipaddress {\n10.9.0.1\n}\n}\n"
)


def service(number: int, weight: int = 1) -> str:
    text = f"virtual_server 10.0.0.{number} 80 {{\nprotocol TCP\nlb_algo rr\nlb_kind NAT\nretry 2\n"
    return text + f"real_server 10.1.0.1 80 {{\nweight {weight}\nTCP_CHECK {{\n}}\n}}\n}}\n"


def config(*services: str) -> Config:
    loaded = load_text(ROUTER + "".join(services))
    assert not [fault for fault in loaded.faults if fault.status], loaded.faults
    return loaded.config


def test_a_child_keeps_its_services_but_for_those_that_are_new() -> None:
    before = config(*map(service, range(1, 7)))
    one, two, _, four, five, six = before.services
    new, newer = config(service(8), service(9, 3)).services
    child = Taking(CHECKER, before)
    first = replace(before, services=(one, two, new, newer, four, six))
    told = news("checker", before, first)
    assert told["order"] == [[0, 2], [2], [3, 4], [5, 6]]
    view = child.take(told)
    assert isinstance(view, DirectorConfig)
    assert view == director_config(first, host_name())
    assert child.config.services == first.services
    second = replace(first, services=(six, new, five, one))
    told = news("checker", first, second)
    assert told["order"] == [[5, 6], [2, 3], [1], [0, 1]]
    again = child.take(told)
    assert isinstance(again, DirectorConfig)
    assert again == director_config(second, host_name())
    # What a service lends its checks has been given to them once: they are the same objects.
    assert again.services[0] is view.services[5] and again.services[3] is view.services[0]


def test_a_rehearsed_reload_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "MANY", 1)
    before = config(*map(service, range(1, 4)))
    director = director_config(before, host_name())
    child = Taking(CHECKER, before)
    child.rehearse()
    assert child.config == before
    view = child.take(news("checker", before, before))
    assert isinstance(view, DirectorConfig)
    assert view == director
    assert all(a is b for a, b in zip(view.services, director.services, strict=True))


def test_a_child_whose_part_did_not_change_reads_nothing() -> None:
    before, after = config(service(1)), config(service(2))
    assert news("vrrp", before, after) == {}
    child = Taking(VRRP, before)
    assert child.take({}) == VRRP.view(before, host_name())
    assert "text" in news("vrrp", before, replace(after, instances=()))
    assert news("bfd", before, replace(after, instances=())) == {}


def routers(*instances: str, before: str = "") -> Config:
    loaded = load_text(before + "".join(instances))
    assert not [fault for fault in loaded.faults if fault.status], loaded.faults
    return loaded.config


def router(number: int, *more: str) -> str:
    text = ROUTER.replace("id 1", f"id {number}").replace("priority 100\n", "")
    return text.replace("V {", "\n".join((f"V{number} {{", *more)))


@pytest.mark.parametrize(
    "before",
    [
        "",
        "global_defs {\nvrrp_garp_master_repeat 2\nvrrp_strict\n}\n",
        "global_defs {\nvrrp_rx_bufs_policy MTU\n}\n",
        "global_defs {\nvrrp_version 3\nlvs_sync_daemon eth0 V3\n}\n",
        "vrrp_script S {\nscript /bin/true\n}\n",
        "vrrp_sync_group G {\ngroup {\nV1\nV2\n}\nglobal_tracking\n}\n",
        "static_routes {\n10.7.0.0/16 via 10.9.0.7 track_group T\n}\n"
        "track_group T {\ngroup {\nV1\n}\n}\n",
    ],
)
@pytest.mark.parametrize("rehearsed", [False, True])
def test_a_child_keeps_its_instances_but_for_those_that_changed(
    before: str, rehearsed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MANY", 2)
    texts = {number: router(number) for number in range(1, 9)}
    had = routers(*texts.values(), before=before)
    child = Taking(VRRP, had)
    if rehearsed:
        child.rehearse()
    chance = random.Random(repr((before, rehearsed)))
    kinds = (
        "priority 90",
        "nopreempt",
        "use_vmac",
        "advert_int 2",
        "track_interface {\neth1\n}",
        "",
    )
    fewest = 0
    for _ in range(25):
        for _ in range(chance.choice((0, 1, 2))):
            number = chance.choice(list(texts))
            texts[number] = router(number, chance.choice(kinds), "priority 100")
        if chance.random() < 0.4:
            texts.pop(chance.choice([9, *range(3, 9)]), None)
            number = chance.choice(range(3, 10))
            texts[number] = router(number)
        after = routers(*texts.values(), before=before)
        told = news("vrrp", had, after)
        fewest += "instances" in told
        assert child.take(told) == VRRP.view(after, host_name())
        assert child.config.instances == after.instances
        had = after
    assert fewest


def test_an_instance_that_did_not_change_stays_the_same_object(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(taking, "MANY", 2)
    had = routers(*map(router, range(1, 9)), before="global_defs {\nvrrp_strict\n}\n")
    child = Taking(VRRP, had)
    child.rehearse()
    views = []
    for priority in (80, 70):
        changed = [router(4, f"priority {priority}") if n == 4 else router(n) for n in range(1, 9)]
        after = routers(*changed, before="global_defs {\nvrrp_strict\n}\n")
        views.append(child.take(news("vrrp", had, after)))
        had = after
    one, two = views
    assert isinstance(one, RouterConfig) and isinstance(two, RouterConfig)
    kept = [a is b for a, b in zip(one.instances, two.instances, strict=True)]
    assert kept == [number != 4 for number in range(1, 9)]
    assert two.instances[3].priority == 70
