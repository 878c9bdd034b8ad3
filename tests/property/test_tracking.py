"""Any run of a script's results comes to what counting by hand gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keepalived.core.track.config import VrrpScript
from keepalived.core.track.health import LEAST, MOST, Health, file_weighed, weighed
from keepalived.core.track.scripts import ScriptTracker
from keepalived.lang.option_values import Weight
from keepalived.lang.values import Command
from keepalived.port.effects import RunScript
from keepalived.port.events import Ending, ScriptEnded

SECOND = 1_000_000


def by_hand(results: list[bool], rise: int, fall: int, init_fail: bool) -> list[bool]:
    """Look back at each point: as many equal results in a row as it takes, or the first one."""
    health: bool | None = False if init_fail else None
    found = []
    for at, result in enumerate(results):
        row = 0
        while row <= at and results[at - row] is result:
            row += 1
        if health is None or (result is not health and row >= (rise if result else fall)):
            health = result
        found.append(health)
    return found


@given(
    st.lists(st.booleans(), min_size=1, max_size=60),
    st.integers(1, 5),
    st.integers(1, 5),
    st.booleans(),
)
def test_health_follows_as_many_results_in_a_row_as_the_file_says(
    results: list[bool], rise: int, fall: int, init_fail: bool
) -> None:
    script = VrrpScript(
        name="chk", script=Command(("/c",)), rise=rise, fall=fall, init_fail=init_fail
    )
    tracker = ScriptTracker(script)
    tracker.begin(0)
    seen = []
    for at, result in enumerate(results):
        now = at * SECOND
        (run,) = [each for each in tracker.pass_time(now) if isinstance(each, RunScript)]
        tracker.take(now + 1000, ScriptEnded(run.name, Ending.EXITED, 0 if result else 1))
        seen.append(tracker.health is Health.UP)
    assert seen == by_hand(results, rise, fall, init_fail)


@given(st.lists(st.tuples(st.integers(0, 5 * SECOND), st.integers(1, 3 * SECOND)), max_size=40))
def test_no_two_runs_of_a_script_overlap_and_no_late_start_is_made_up_for(
    lives: list[tuple[int, int]],
) -> None:
    tracker = ScriptTracker(VrrpScript(name="chk", script=Command(("/c",)), timeout_us=2 * SECOND))
    tracker.begin(0)
    now, running = 0, ""
    starts = []
    for late_us, lasts_us in lives:
        due = tracker.deadline()
        assert due is not None
        now = max(now, due) + late_us
        for each in tracker.pass_time(now):
            if isinstance(each, RunScript):
                assert not running, "one at a time"
                running = each.name
                starts.append(now)
        assert (tracker.deadline() or 0) > now, "a deadline is taken"
        if running and lasts_us < SECOND:
            now += lasts_us
            tracker.take(now, ScriptEnded(running, Ending.EXITED, 0))
            running = ""
    # Late starts are not made up for: between two there is never less than what is left of one.
    assert len(starts) <= now // SECOND + 1


@given(st.integers(-254, 254), st.booleans(), st.integers(-(2**31), 2**31 - 1))
def test_what_is_added_stays_within_its_bounds_and_reverse_is_the_opposite(
    weight: int, up: bool, number: int
) -> None:
    assert weighed(Weight(weight), up) == -weighed(Weight(weight, True), up)
    assert weighed(Weight(weight), up) in (0, weight)
    assert LEAST <= file_weighed(Weight(weight), number) <= MOST
