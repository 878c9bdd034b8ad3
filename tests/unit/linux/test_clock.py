"""The wall clock: told at first, told when it was set, and not told for the way it is read."""

from __future__ import annotations

import pytest

from keepalived.linux import clock
from keepalived.linux.clock import WallClock, utc_offset_us
from keepalived.port.events import ClockSeen, Event

SECOND_NS = 1_000_000_000


class Inbox:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def post(self, event: Event) -> None:
        self.events.append(event)


class Times:
    """Two clocks; reading the second one may be delayed."""

    def __init__(self) -> None:
        self.monotonic = 5 * SECOND_NS
        self.offset = 1_795_000_000 * SECOND_NS
        self.delays: list[int] = []

    def monotonic_ns(self) -> int:
        self.monotonic += 100
        return self.monotonic

    def time_ns(self) -> int:
        self.monotonic += self.delays.pop() if self.delays else 100
        return self.monotonic + self.offset


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Times:
    made = Times()
    monkeypatch.setattr(clock, "time", made)
    return made


def told(inbox: Inbox) -> list[int]:
    return [event.utc_offset_us for event in inbox.events if isinstance(event, ClockSeen)]


def watched(inbox: Inbox) -> WallClock:
    return WallClock(inbox)  # type: ignore[arg-type]


def test_it_is_told_once_and_again_when_it_was_set(times: Times) -> None:
    inbox = Inbox()
    wall = watched(inbox)
    for _ in range(5):
        wall.look()
    assert len(told(inbox)) == 1
    times.offset -= 3600 * SECOND_NS
    wall.look()
    wall.look()
    first, second = told(inbox)
    assert abs(first - second - 3_600_000_000) < 1000


def test_a_reading_that_was_interrupted_tells_nothing(times: Times) -> None:
    inbox = Inbox()
    wall = watched(inbox)
    wall.look()
    for _ in range(3):
        times.delays = [50_000_000]
        wall.look()
    assert len(told(inbox)) == 1


def test_the_tightest_of_the_readings_counts(times: Times) -> None:
    times.delays = [9_000_000, 100, 5_000_000]
    assert utc_offset_us() * 1000 - times.offset < 1000
