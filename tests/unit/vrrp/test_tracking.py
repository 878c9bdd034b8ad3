"""What instances watch: scripts, files, processes, links and sessions, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.unit.vrrp.tracking_stage import SECOND, Stage, script, scripted, sum_of, watcher

from keepalived.core.track.config import TrackFile, TrackProcess
from keepalived.core.track.lines import InitFile
from keepalived.core.vrrp.config import RouterConfig, SyncGroup
from keepalived.core.vrrp.priority import Burden, Term
from keepalived.lang.option_values import Owner, Tracked, Weight
from keepalived.port.effects import Effect, Hold, MakeFile
from keepalived.port.events import (
    Ending,
    LinkGone,
    LinkSeen,
    Reconfigured,
    ScriptEnded,
    Told,
    WatchSaw,
    Woken,
)
from keepalived.port.facts import Link
from keepalived.port.resources import FileWatch, ProcessWatch
from keepalived.port.words import BfdSaid
from keepalived.records import replace


def test_a_script_holds_its_instance_out_until_its_first_result() -> None:
    stage = Stage(scripted())
    assert stage.burden() == Burden(pending=("script chk",))
    stage.run(0)
    assert stage.burden() == Burden()
    assert stage.notes == ["VRRP_Script(chk) succeeded"]


def test_one_failure_is_enough_at_first_and_names_the_script() -> None:
    stage = Stage(scripted(fall=3))
    stage.run(4)
    assert stage.burden().faults == ("script chk exited with status 4",)
    assert stage.notes[-1] == "VRRP_Script(chk) failed (exited with status 4)"


def test_later_results_count_after_rise_and_fall_of_them_in_a_row() -> None:
    stage = Stage(scripted(-10, rise=2, fall=3))
    seen = []
    for status in (0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0):
        stage.run(status)
        seen.append(sum_of(stage.burden()))
    assert seen == [0, 0, 0, 0, 0, 0, -10, -10, -10, -10, 0]


def test_init_fail_begins_as_failed_and_asks_for_all_of_rise() -> None:
    stage = Stage(scripted(init_fail=True, rise=2))
    assert stage.burden().faults == ("script chk init_fail",)
    stage.run(0)
    assert stage.burden().faults
    stage.run(0)
    assert not stage.burden().faults


def test_a_script_starts_at_once_and_then_at_its_interval() -> None:
    stage = Stage(scripted(interval_us=2 * SECOND))
    starts = []
    for _ in range(3):
        before = len(stage.runs)
        stage.run(0)
        assert len(stage.runs) == before + 1
        starts.append(stage.now)
    assert starts == [0, 2 * SECOND, 4 * SECOND]


def test_a_script_that_still_runs_is_skipped() -> None:
    stage = Stage(scripted(timeout_us=5 * SECOND))
    stage.wake(3.5)
    assert len(stage.runs) == 1
    assert stage.notes == [
        "Track script chk is already running, expect idle - skipping run",
    ]
    stage.give(ScriptEnded(stage.runs[0].name, Ending.EXITED))
    stage.wake(1)
    assert len(stage.runs) == 2


def test_a_script_that_takes_too_long_fails_at_that_moment_whatever_it_says_later() -> None:
    stage = Stage(scripted(interval_us=3 * SECOND, timeout_us=SECOND))
    assert stage.runs == []
    stage.wake(1)
    assert stage.runs[0].timeout_us == SECOND
    assert stage.burden().faults == ("script chk timed_out",)
    stage.give(ScriptEnded(stage.runs[0].name, Ending.EXITED, 0))
    assert stage.burden().faults == ("script chk timed_out",)
    assert "VRRP_Script(chk) timed_out" in stage.notes


def test_a_script_that_never_could_be_run_counts_for_nothing_until_it_can() -> None:
    stage = Stage(scripted())
    stage.run(2, Ending.NOT_STARTED)
    stage.run(2, Ending.NOT_STARTED)
    assert stage.burden() == Burden()
    (line,) = stage.notes
    assert line.startswith("Disabling track script chk since not found/accessible")
    stage.run(1)
    assert stage.burden().faults == ("script chk exited with status 1",)


def test_a_script_that_ran_and_cannot_be_run_any_more_has_failed() -> None:
    stage = Stage(scripted())
    stage.run(0)
    stage.run(2, Ending.NOT_STARTED)
    assert stage.burden().faults == ("script chk could not be started: error 2",)


def test_after_a_long_stall_a_script_starts_once() -> None:
    stage = Stage(scripted())
    stage.run(0)
    stage.now = 60 * SECOND + 1
    stage.give(Woken())
    assert len(stage.runs) == 2
    assert stage.tracking.deadline() == 61 * SECOND


def test_a_script_runs_as_its_user() -> None:
    stage = Stage(scripted(user=Owner("nobody", ":nogroup")))
    stage.wake()
    assert (stage.runs[0].user, stage.runs[0].group) == ("nobody", ":nogroup")


def test_a_group_is_held_out_as_long_as_one_of_it_waits_for_a_result() -> None:
    members = (watcher("A", track_script=(Tracked("chk"),)), watcher("B"))
    group = SyncGroup(name="G", members=("A", "B"))
    stage = Stage(RouterConfig("R", members, (group,), scripts=(script(),)))
    assert stage.burden("B").pending == ("script chk",)
    assert stage.tracking.moved() == ("A", "B")
    stage.run(1)
    assert stage.burden("B") == Burden()
    assert stage.burden("A").faults
    assert stage.tracking.moved() == ("A", "B")


def test_a_hundred_scripts_do_not_start_in_one_instant() -> None:
    names = [f"s{number}" for number in range(100)]
    config = RouterConfig(
        "R",
        (watcher(track_script=tuple(Tracked(name, Weight(1)) for name in names)),),
        scripts=tuple(script(name) for name in names),
    )
    stage = Stage(config)
    stage.wake()
    assert len(stage.runs) == 1
    stage.wake(0.5)
    assert len(stage.runs) == 100
    for run in stage.runs:
        stage.give(ScriptEnded(run.name, Ending.EXITED))
    stage.now += 10 * SECOND
    stage.give(Woken())
    assert len(stage.runs) == 101, "nor after a stall"


def test_a_script_that_two_instances_watch_runs_once_and_moves_both() -> None:
    first = watcher("A", track_script=(Tracked("chk", Weight(-5)),))
    second = watcher("B", track_script=(Tracked("chk", Weight(7, True)),))
    stage = Stage(RouterConfig("R", (first, second), scripts=(script(),)))
    stage.run(1)
    assert len(stage.runs) == 1
    assert stage.tracking.moved() == ("A", "B")
    assert stage.burden("A").terms == (Term("script chk", -5),)
    stage.run(0)
    assert stage.tracking.moved() == ("A", "B")
    assert stage.burden("B").terms == (Term("script chk", -7),)
    assert stage.tracking.moved() == ()


def filed(weight: int = 1, **more: Any) -> RouterConfig:
    file = replace(TrackFile(name="f", file="/run/f"), **more)
    entry = Tracked("f", Weight(weight))
    return RouterConfig("R", (watcher(track_file=(entry,)),), files=(file,))


def watches(effects: Sequence[Effect]) -> tuple[object, ...]:
    return tuple(each for hold in effects if isinstance(hold, Hold) for each in hold.resources)


def test_a_file_is_watched_and_its_number_counts_times_the_weight() -> None:
    stage = Stage(filed(3))
    assert watches(stage.last) == (FileWatch("/run/f"),)
    stage.give(WatchSaw(FileWatch("/run/f"), "5\n"))
    assert stage.burden().terms == (Term("file f", 15),)
    stage.give(WatchSaw(FileWatch("/run/f"), None))
    assert stage.burden() == Burden()


def test_what_is_no_number_leaves_the_last_one() -> None:
    stage = Stage(filed())
    stage.give(WatchSaw(FileWatch("/run/f"), "5"))
    stage.give(WatchSaw(FileWatch("/run/f"), "five\n"))
    assert stage.burden().terms == (Term("file f", 5),)
    assert stage.notes == ["Invalid number five read from /run/f - ignoring; a whole number is due"]


def test_a_file_without_a_weight_is_a_fault_unless_it_says_0() -> None:
    stage = Stage(filed(0))
    assert stage.burden().pending == ("file f",)
    stage.give(WatchSaw(FileWatch("/run/f"), "1"))
    assert stage.burden().faults == ("file f says 1",)
    stage.give(WatchSaw(FileWatch("/run/f"), "0"))
    assert stage.burden() == Burden()


def test_a_file_is_made_at_the_start_and_overwritten_then_only() -> None:
    config = filed(init_file=InitFile(4, True))
    stage = Stage(config)
    assert MakeFile("/run/f", "4\n", True) in stage.last
    places = [type(each) for each in stage.last]
    assert places.index(MakeFile) < places.index(Hold), "it is there before it is looked at"
    stage.give(Reconfigured(config))
    assert MakeFile("/run/f", "4\n", False) in stage.last


def ran(**more: Any) -> RouterConfig:
    process = replace(TrackProcess(name="p", process=("nginx",)), **more)
    return RouterConfig(
        "R", (watcher(track_process=(Tracked("p", Weight(-20)),)),), processes=(process,)
    )


def test_processes_that_are_too_few_or_too_many_count_as_down() -> None:
    stage = Stage(ran(quorum=2, quorum_max=3))
    seen = []
    for count in (2, 1, 3, 4, 0):
        stage.give(WatchSaw(ProcessWatch(("nginx",)), count))
        seen.append(sum_of(stage.burden()))
    assert seen == [0, -20, 0, -20, -20]
    assert stage.notes[0] == "Quorum lost for tracked process p (1 running)"


def test_quorum_max_0_means_that_it_must_not_run() -> None:
    stage = Stage(ran(quorum_max=0))
    stage.give(WatchSaw(ProcessWatch(("nginx",)), 0))
    assert sum_of(stage.burden()) == 0
    stage.give(WatchSaw(ProcessWatch(("nginx",)), 1))
    assert sum_of(stage.burden()) == -20


def test_a_process_that_comes_back_within_terminate_delay_never_left() -> None:
    stage = Stage(ran(terminate_delay_us=2 * SECOND, fork_delay_us=SECOND))
    nginx = ProcessWatch(("nginx",))
    stage.give(WatchSaw(nginx, 1))
    stage.give(WatchSaw(nginx, 0))
    stage.wake(1.9)
    stage.give(WatchSaw(nginx, 1))
    stage.wake(5)
    assert (sum_of(stage.burden()), stage.notes) == (0, [])
    stage.give(WatchSaw(nginx, 0))
    stage.wake(2)
    assert sum_of(stage.burden()) == -20
    stage.give(WatchSaw(nginx, 1))
    assert sum_of(stage.burden()) == -20
    stage.wake(1)
    assert sum_of(stage.burden()) == 0


def test_a_link_bars_or_weighs() -> None:
    lists = (Tracked("eth1"), Tracked("eth2", Weight(-30)), Tracked("eth3", Weight(5)))
    stage = Stage(RouterConfig("R", (watcher(track_interface=lists),)))
    assert stage.burden() == Burden((Term("interface eth2", -30),), ("interface eth1 is down",))
    for number in (1, 2, 3):
        stage.give(LinkSeen(Link(number, f"eth{number}")))
    assert stage.burden() == Burden((Term("interface eth3", 5),))
    stage.give(LinkSeen(Link(2, "eth2", running=False)))
    stage.give(LinkGone("eth3"))
    assert stage.burden() == Burden((Term("interface eth2", -30),))


def test_a_bfd_session_that_is_down_bars_with_its_reason() -> None:
    stage = Stage(RouterConfig("R", (watcher(track_bfd=(Tracked("peer"),)),)))
    assert stage.burden().pending == ("bfd peer",)
    stage.give(Told(BfdSaid("peer", False, "silence")))
    assert stage.burden().faults == ("bfd peer is down (silence)",)
    stage.give(Told(BfdSaid("peer", True)))
    assert stage.burden() == Burden()


def test_links_that_come_and_go_and_that_nobody_watches_are_forgotten() -> None:
    stage = Stage(scripted())
    for number in range(100):
        stage.give(LinkSeen(Link(number + 10, f"veth{number}", bytes(6))))
        stage.give(LinkGone(f"veth{number}"))
    assert len(stage.tracking._links) == 0
