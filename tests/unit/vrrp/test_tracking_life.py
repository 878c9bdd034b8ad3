"""What is tracked over a reload, a stop, and in the status."""

from __future__ import annotations

from ipaddress import IPv4Address

from tests.unit.vrrp.tracking_stage import SECOND, Stage, script, scripted, watcher

from keepalived.core.track.config import TrackFile
from keepalived.core.vrrp.config import Needed, RouterConfig
from keepalived.core.vrrp.priority import Burden, Term
from keepalived.lang.option_values import Tracked
from keepalived.lang.values import Command
from keepalived.port.effects import Hold, KillScript
from keepalived.port.events import (
    Ending,
    LinkSeen,
    Reconfigured,
    Refused,
    ScriptEnded,
    Stopping,
)
from keepalived.port.facts import Link
from keepalived.port.resources import HeldAddress, Install


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
    assert stage.tracking.snapshot(stage.now) == [], "an operator may ask while it hands over"


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


def test_a_static_thing_that_cannot_be_put_in_place_bars_the_instances_of_its_group() -> None:
    held = HeldAddress("eth9", IPv4Address("10.9.0.1"), 24)
    needed = Needed(held.key, "address 10.9.0.1 on eth9", "eth9", ("A",))
    stage = Stage(RouterConfig("R", (watcher("A"), watcher("B")), needed=(needed,)))
    assert stage.burden("A").faults == ("interface eth9 is down",)
    stage.give(LinkSeen(Link(9, "eth9")))
    assert stage.burden("A") == Burden()
    stage.give(Refused(Install(held), 19, "No such device"))
    assert stage.burden("A").faults == (
        "static address 10.9.0.1 on eth9 is missing (No such device)",
    )
    assert stage.burden("B") == Burden()
    stage.wake(1)
    stage.give(Refused(Install(held), 19, "No such device"))
    stage.wake(1.4)
    assert stage.burden("A").faults
    stage.wake(0.1)
    assert stage.burden("A") == Burden()
    assert stage.tracking.deadline() is None
