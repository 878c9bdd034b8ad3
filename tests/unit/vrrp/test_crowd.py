"""A start of very many instances: nobody's first advert waits for the others' addresses."""

from __future__ import annotations

import pytest
from tests.unit.vrrp.rooms import Bench, config, instance, line

from keepalived.core import host
from keepalived.port.effects import Note, Operation, Send
from keepalived.port.events import Started
from keepalived.port.resources import FrameEndpoint, HeldAddress, Install, VrrpEndpoint


def owners() -> Bench:
    instances = [
        instance(
            f"VI_{number}",
            virtual_router_id=number,
            state="MASTER",
            priority=255,
            virtual_ipaddress=(line(f"10.0.0.{100 + number}"),),
        )
        for number in range(1, 4)
    ]
    bench = Bench(config(*instances))
    bench.give(Started())
    return bench


def ranks(operations: list[Operation]) -> list[int]:
    found = []
    for each in operations:
        if isinstance(each, Send):
            found.append(3 if isinstance(each.endpoint, FrameEndpoint) else 1)
        elif isinstance(each, Install) and isinstance(each.resource, VrrpEndpoint):
            found.append(0)
        elif isinstance(each, Install) and isinstance(each.resource, HeldAddress):
            found.append(2)
    return found


def test_adverts_of_a_crowd_leave_before_addresses_and_announcements(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = owners().operations
    assert ranks(few) != sorted(ranks(few))
    monkeypatch.setattr(host, "CROWD", 3)
    many = owners().operations
    assert ranks(many) == sorted(ranks(many))
    assert len(many) == len(few) and all(each in few for each in many)
    for kind in (Note, Send, Install):
        for rank in range(4):
            kept = [
                [e for e in some if isinstance(e, kind) and ranks([e]) == [rank]]
                for some in (few, many)
            ]
            assert kept[0] == kept[1]
