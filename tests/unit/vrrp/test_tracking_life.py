"""What is tracked over a reload, a stop, and in the status."""

from __future__ import annotations

from tests.unit.vrrp.tracking_stage import SECOND, Stage, script, scripted, watcher

from keepalived.core.track.config import TrackFile
from keepalived.core.vrrp.config import RouterConfig
from keepalived.core.vrrp.priority import Burden, Term
from keepalived.lang.option_values import Tracked
from keepalived.lang.values import Command
from keepalived.port.effects import Hold, KillScript
from keepalived.port.events import (
    Ending,
    Reconfigured,
    ScriptEnded,
    Stopping,
)


def test_a_reload_keeps_results_and_ends_what_nobody_watches() -> None:
    stage = Stage(scripted(-10))
    stage.run(1)
    stage.wake(1)
    under_way = stage.runs[-1].name
    stage.give(Reconfigured(scripted(-40)))
    assert stage.burden().terms == (Term("script chk", -40),)
    assert not [each for each in stage.last if isinstance(each, KillScript)]
    stage.give(Reconfigured(RouterConfig("R", (watcher(),))))
    assert KillScript(under_way) in stage.last
    assert stage.burden() == Burden()
    assert stage.tracking.deadline() is None


def test_a_script_whose_text_changed_keeps_its_health_until_the_new_one_has_a_result() -> None:
    stage = Stage(scripted(fall=5))
    stage.run(0)
    stage.give(Reconfigured(scripted(fall=5, script=Command(("/bin/other",)))))
    assert stage.burden() == Burden()
    stage.run(1)
    assert stage.runs[-1].argv == ("/bin/other",)
    assert stage.burden().faults == ("script chk exited with status 1",)


def test_a_result_of_the_text_before_counts_no_longer() -> None:
    stage = Stage(scripted())
    stage.run(0)
    stage.wake(1)
    old = stage.runs[-1].name
    stage.give(Reconfigured(scripted(script=Command(("/bin/other",)))))
    assert KillScript(old) in stage.last
    stage.give(ScriptEnded(old, Ending.SIGNALLED, 15))
    assert stage.burden() == Burden()


def test_a_stop_ends_the_runs_and_lets_the_watches_go() -> None:
    config = RouterConfig(
        "R",
        (watcher(track_script=(Tracked("chk"),), track_file=(Tracked("f"),)),),
        scripts=(script(),),
        files=(TrackFile(name="f", file="/run/f"),),
    )
    stage = Stage(config)
    stage.wake()
    stage.give(Stopping())
    assert KillScript(stage.runs[0].name) in stage.last
    assert stage.last[-1] == Hold("(tracking)", ())
    assert stage.tracking.deadline() is None


def test_what_is_watched_is_shown_with_its_time() -> None:
    stage = Stage(scripted(-5))
    stage.run(1)
    stage.now += 3 * SECOND
    assert stage.tracking.snapshot(stage.now) == [
        {
            "kind": "script",
            "name": "chk",
            "state": "down",
            "detail": "exited with status 1",
            "for_us": 3 * SECOND,
            "instances": ["VI"],
        }
    ]
