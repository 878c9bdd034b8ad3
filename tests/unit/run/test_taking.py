"""What a child is told at a reload, and that it comes to what the parent has."""

from __future__ import annotations

from keepalived.config.load import load_text
from keepalived.config.root import Config
from keepalived.config.views import director_config
from keepalived.core.lvs.config import DirectorConfig
from keepalived.linux.facts import host_name
from keepalived.records import replace
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
    taking = Taking(CHECKER, before)
    first = replace(before, services=(one, two, new, newer, four, six))
    told = news("checker", before, first)
    assert told["order"] == [[0, 2], [2], [3, 4], [5, 6]]
    view = taking.take(told)
    assert isinstance(view, DirectorConfig)
    assert view == director_config(first, host_name())
    assert taking.config.services == first.services
    second = replace(first, services=(six, new, five, one))
    told = news("checker", first, second)
    assert told["order"] == [[5, 6], [2, 3], [1], [0, 1]]
    again = taking.take(told)
    assert isinstance(again, DirectorConfig)
    assert again == director_config(second, host_name())
    # What a service lends its checks has been given to them once: they are the same objects.
    assert again.services[0] is view.services[5] and again.services[3] is view.services[0]


def test_a_child_whose_part_did_not_change_reads_nothing() -> None:
    before, after = config(service(1)), config(service(2))
    assert news("vrrp", before, after) == {}
    taking = Taking(VRRP, before)
    assert taking.take({}) == VRRP.view(before, host_name())
    assert "text" in news("vrrp", before, replace(after, instances=()))
    assert news("bfd", before, replace(after, instances=())) == {}
