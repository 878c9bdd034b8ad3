"""A thousand services of ten servers as nftables rules: how long a transaction takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import ip_address

import pytest
from tests.netns.kernel_bench import inside
from tests.netns.nft_world import Loop, run, tables

from keepalived.linux.nftables import NftPlane
from keepalived.port.resources import Change, Install, Remove, Replace, Server, Service, ServiceKey
from keepalived.wire.addresses import Family

pytestmark = pytest.mark.netns


def _table(persistence_s: int, services: int = 1000) -> list[Service | Server]:
    resources: list[Service | Server] = []
    for number in range(services):
        key = ServiceKey(Family.INET, 6, ip_address(f"10.7.{number // 250}.{number % 250}"), 80)
        resources.append(Service(key, "wrr", persistence_s))
        resources += [Server(key, ip_address(f"10.1.0.{n}"), 80, 1 + n % 2) for n in range(1, 11)]
    return resources


def _timed(what: str, act: Callable[[], None]) -> float:
    before = time.monotonic()
    act()
    took = (time.monotonic() - before) * 1000
    print(f"  {what}: {took:.0f} ms")
    return took


# Persistence takes a set for each server, and the kernel's time for sets grows with their square.
@pytest.mark.parametrize(("services", "persistence_s"), [(1000, 0), (200, 50)])
def test_many_services_of_ten_servers(alone: str, services: int, persistence_s: int) -> None:
    loop = Loop()
    plane = NftPlane(loop)

    def apply(*changes: Change) -> None:
        plane.apply(changes)
        loop.until(plane.ready, 120)

    print(f"\n{services} services of 10 servers, persistence {persistence_s} s:")
    table = _table(persistence_s, services)
    last = table[-1]
    assert isinstance(last, Server)
    heavier = Server(last.service, last.address, last.port, 7)
    with inside(alone):
        took = _timed("all at once", lambda: apply(*map(Install, table)))
        _timed("another weight", lambda: apply(Replace(last, heavier)))
        _timed("one server out", lambda: apply(Remove(heavier)))
        _timed("one server in", lambda: apply(Install(last)))
        gone = _timed("all away", lambda: apply(*map(Remove, reversed(table))))
    assert loop.events == []
    assert tables(alone) == []
    assert took < 10_000
    assert gone < 5_000
    plane.close()


def test_a_stop_does_not_wait_for_a_table_that_is_still_being_loaded(alone: str) -> None:
    loop = Loop()
    plane = NftPlane(loop)
    table = _table(50)
    with inside(alone):
        plane.apply([*map(Install, table)])
        end = time.monotonic() + 1.5
        while time.monotonic() < end and not plane.ready():
            loop.turn()
        assert not plane.ready(), "loaded too soon for this test"

        def stop() -> None:
            plane.apply([*map(Remove, reversed(table))])
            loop.until(plane.ready)

        assert _timed("a stop in the middle of loading", stop) < 4000
    assert tables(alone) == []
    assert loop.events == []
    plane.close()


def test_changes_that_come_while_nft_runs_go_together_in_one_more_run(alone: str) -> None:
    loop = Loop()
    plane = NftPlane(loop)
    runs = 0
    start = plane._process.start

    def counted(script: str, done: Callable[[str | None], None]) -> None:
        nonlocal runs
        runs += 1
        start(script, done)

    plane._process.start = counted  # type: ignore[method-assign]
    table = _table(0)[:110]
    with inside(alone):
        for resource in table:
            plane.apply([Install(resource)])
        loop.until(plane.ready)
        assert runs == 2
        shown = run("nft list ruleset")
    assert shown.count("chain tcp-") == 10
    assert loop.events == []
    plane.close()
