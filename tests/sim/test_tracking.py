"""What is tracked decides who leads, in the simulated world: exact times, and no address twice."""

from __future__ import annotations

from typing import Any

import pytest

from keepalived.core.track.config import TrackFile, TrackProcess, VrrpScript
from keepalived.core.vrrp.config import RouterConfig
from keepalived.core.vrrp.debounce import Delays
from keepalived.lang.option_values import Tracked, Weight
from keepalived.lang.values import Command
from keepalived.port.facts import Link
from keepalived.records import replace
from keepalived.sim.host import SimHost
from keepalived.sim.scenario import alone, case_ten, directors, masters, states
from keepalived.sim.world import World

SECOND = 1_000_000
CHECK = "/bin/check"


def tracking(config: RouterConfig, name: str = "VI_1", **lists: Any) -> RouterConfig:
    """Let an instance of a configuration watch things; what they are is always the same."""
    instances = tuple(
        replace(each, **lists) if each.name == name else each for each in config.instances
    )
    named = {entry.name for each in instances for entry in each.track_script}
    return replace(
        config,
        instances=instances,
        scripts=tuple(VrrpScript(name=each, script=Command((CHECK,))) for each in sorted(named)),
        files=(TrackFile(name="f", file="/run/f"),) if "track_file" in lists else (),
        processes=(TrackProcess(name="p", process=("tool",)),) if "track_process" in lists else (),
    )


def chk(weight: int = 0) -> dict[str, Any]:
    return {"track_script": (Tracked("chk", Weight(weight)),)}


def two(one: RouterConfig, other: RouterConfig) -> tuple[World, SimHost, SimHost]:
    world = World(1)
    first, second = directors(world, one, other)
    first.start()
    second.start()
    world.run_until(10 * SECOND)
    return world, first, second


def test_a_script_that_fails_gives_the_address_to_the_peer_within_the_skew() -> None:
    world, first, _ = two(tracking(alone(150), **chk()), alone(100))
    assert masters(world, "VI_1") == ["d1"]
    first.set_script(CHECK, 1)
    at = world.now
    world.run_for(2 * SECOND)
    assert states(first)["VI_1"] == "FAULT"
    assert masters(world, "VI_1") == ["d2"]
    failed = world.timeline.first("VRRP_Script(chk) failed", "d1", since=at)
    led = world.timeline.first("(VI_1) Entering MASTER", "d2", since=at)
    assert failed is not None and led is not None
    assert 609_375 < led - failed < 610_000
    assert not first.kernel.virtual_addresses()
    first.set_script(CHECK, 0)
    world.run_for(6 * SECOND)
    assert masters(world, "VI_1") == ["d1"]


@pytest.mark.parametrize(
    ("lists", "bad", "good"),
    [
        (chk(-60), lambda h: h.set_script(CHECK, 1), lambda h: h.set_script(CHECK, 0)),
        (
            {"track_file": (Tracked("f", Weight(-6)),)},
            lambda h: h.set_file("/run/f", "10\n"),
            lambda h: h.set_file("/run/f", None),
        ),
        (
            {"track_process": (Tracked("p", Weight(60, True)),)},
            lambda h: h.set_processes(("/bin/tool",)),
            lambda h: h.set_processes(),
        ),
        (
            {"track_interface": (Tracked("eth1", Weight(-60)),)},
            lambda h: h.set_link("eth1", False),
            lambda h: h.set_link("eth1", True),
        ),
    ],
    ids=["script", "file", "process", "interface"],
)
def test_a_weight_moves_the_lead_and_brings_it_back(lists: Any, bad: Any, good: Any) -> None:
    world, first, _ = two(tracking(alone(150), **lists), alone(100))
    assert masters(world, "VI_1") == ["d1"]
    bad(first)
    world.run_for(6 * SECOND)
    assert masters(world, "VI_1") == ["d2"]
    assert states(first)["VI_1"] == "BACKUP"
    good(first)
    world.run_for(6 * SECOND)
    assert masters(world, "VI_1") == ["d1"]


def test_a_weight_that_does_not_change_the_order_changes_no_master() -> None:
    world, first, second = two(tracking(alone(150), **chk(-20)), alone(100))
    before = second.sent[-1:] or None
    first.set_script(CHECK, 1)
    world.run_for(10 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert (second.sent[-1:] or None) == before
    shown = first.snapshot()["instances"]
    assert isinstance(shown, list)
    assert shown[0]["priority"] == 130
    assert shown[0]["priority_terms"] == [["script chk", -20]]


def test_a_backup_whose_priority_rises_waits_the_shorter_time() -> None:
    world = World(1)
    (host,) = directors(world, tracking(alone(100), **chk(100)))
    host.start()
    world.run_until(5 * SECOND)
    assert world.timeline.first("(VI_1) Changing effective priority from 100 to 200") == 1000
    # 3 s and the skew of 200; what had passed of the wait counts.
    assert world.timeline.first("(VI_1) Entering MASTER") == 3_000_000 + 56 * SECOND // 256


def test_a_group_is_at_fault_when_what_one_member_tracks_is() -> None:
    world, first, second = two(tracking(case_ten(True), "VI_2", **chk()), case_ten(False))
    names = [name for name, state in states(first).items() if state == "MASTER"]
    assert "VI_2" in names
    mates = [n for n in names if n in ("VI_1", "VI_2")]
    first.set_script(CHECK, 1)
    world.run_for(6 * SECOND)
    assert {states(first)[name] for name in mates} == {"FAULT"}
    assert all(masters(world, name) == ["d2"] for name in mates)
    assert all(states(second)[name] == "MASTER" for name in mates)
    first.set_script(CHECK, 0)
    world.run_for(8 * SECOND)
    assert all(masters(world, name) == ["d1"] for name in mates)


def test_nobody_is_told_of_those_that_wait_for_a_first_result() -> None:
    world = World(1)
    (host,) = directors(world, tracking(case_ten(True), "VI_2", **chk()))
    host.start()
    held_out = {name for name, state in states(host).items() if state == "FAULT"}
    assert held_out == {"VI_1", "VI_2"}, "the whole group of the one that waits"
    world.run_until(5 * SECOND)
    assert world.timeline.first("Entering FAULT") is None
    assert set(states(host).values()) == {"MASTER"}


def test_an_owner_leads_at_once_when_its_script_has_succeeded() -> None:
    world = World(1)
    (host,) = directors(world, tracking(alone(255, "MASTER"), **chk()))
    host.start()
    assert states(host)["VI_1"] == "FAULT"
    world.run_until(2000)
    assert states(host)["VI_1"] == "MASTER"


def test_a_script_that_fails_at_its_first_run_is_told_as_a_fault() -> None:
    world = World(1)
    (host,) = directors(world, tracking(alone(100), **chk()))
    host.set_script(CHECK, 3)
    host.start()
    world.run_until(SECOND // 2)
    assert states(host)["VI_1"] == "FAULT"
    assert world.timeline.first("(VI_1) Entering FAULT STATE") == 1000


def test_a_reload_that_brings_a_script_does_not_stop_a_master() -> None:
    world, first, _ = two(alone(150), alone(100))
    first.reconfigure(tracking(alone(150), **chk()))
    world.run_for(3 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert world.timeline.first("FAULT") is None


def test_a_reload_that_brings_a_script_that_fails_is_a_fault_after_its_first_run() -> None:
    world, first, _ = two(alone(150), alone(100))
    first.set_script(CHECK, 1)
    first.reconfigure(tracking(alone(150), **chk()))
    world.run_for(2 * SECOND)
    assert masters(world, "VI_1") == ["d2"]


def test_a_reload_keeps_the_results_and_takes_the_new_weight_at_once() -> None:
    world, first, _ = two(tracking(alone(150), **chk(-20)), alone(100))
    first.set_script(CHECK, 1)
    world.run_for(2 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    first.reconfigure(tracking(alone(150), **chk(-60)))
    shown = first.snapshot()["instances"]
    assert isinstance(shown, list) and shown[0]["priority"] == 90
    world.run_for(6 * SECOND)
    assert masters(world, "VI_1") == ["d2"]


def test_a_tracked_link_that_is_not_there_is_a_fault_until_it_comes() -> None:
    world = World(1)
    config = tracking(alone(100), track_interface=(Tracked("eth7"),))
    (host,) = directors(world, config)
    world.segment("spare")
    host.start()
    world.run_until(6 * SECOND)
    assert states(host)["VI_1"] == "FAULT"
    host.plugs["eth7"] = "spare"
    host.return_link(Link(9, "eth7"))
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d1"]


def test_a_process_that_replaces_another_leads_on_before_its_scripts_have_a_result() -> None:
    world, first, _ = two(tracking(alone(150), **chk()), alone(100))
    first.crash(parent_lives=True)
    world.run_for(SECOND // 10)
    first.start()
    assert states(first)["VI_1"] == "MASTER"
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert world.timeline.first("(VI_1) Entering MASTER", "d2") is None


def test_a_process_that_replaces_another_does_not_lead_on_when_what_it_tracks_is_down() -> None:
    lists: dict[str, Any] = {"track_interface": (Tracked("eth1"),)}
    world, first, _ = two(tracking(alone(150), **lists), alone(100))
    first.crash(parent_lives=True)
    first.set_link("eth1", False)
    world.run_for(SECOND // 10)
    first.start()
    world.run_for(5 * SECOND)
    assert states(first)["VI_1"] == "FAULT"
    assert masters(world, "VI_1") == ["d2"]
    assert not first.kernel.virtual_addresses()


def test_a_tracked_link_that_is_down_for_less_than_its_delay_was_never_down() -> None:
    config = tracking(alone(150), track_interface=(Tracked("eth1"),))
    delayed = replace(config, delays={"eth1": Delays(2 * SECOND, SECOND)})
    world, first, _ = two(delayed, alone(100))
    first.set_link("eth1", False)
    world.run_for(1_500_000)
    first.set_link("eth1", True)
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert world.timeline.first("(VI_1) Entering FAULT", "d1") is None
    first.set_link("eth1", False)
    at = world.now
    world.run_for(3 * SECOND)
    assert world.timeline.first("(VI_1) Entering FAULT", "d1") == at + 2 * SECOND


def test_a_process_that_replaces_another_says_its_old_priority_until_its_scripts_have_results() -> (
    None
):
    world, first, _ = two(tracking(alone(90), **chk(30)), alone(100))
    assert masters(world, "VI_1") == ["d1"]
    died = world.now
    first.crash(parent_lives=True)
    # Its first advert is overdue, and leaves before any script has run.
    world.run_for(2_300_000)
    first.start()
    world.run_for(5 * SECOND)
    assert masters(world, "VI_1") == ["d1"]
    assert world.timeline.first("(VI_1) Entering MASTER", "d2", since=died) is None
    shown = first.snapshot()["instances"]
    assert isinstance(shown, list) and shown[0]["priority"] == 120
