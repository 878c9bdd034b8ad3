"""The loop: what comes before what, how exact it is, and that it does nothing when idle."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator, Sequence

import pytest

from keepalived.linux.clock import now_us
from keepalived.port.effects import Operation, Tell
from keepalived.port.events import Event, Started, Told, Woken
from keepalived.port.words import Mail
from keepalived.run.loop import Loop


def told(text: str) -> Told:
    return Told(Mail(text, ""))


class Scribe:
    """A host that writes down what it hears, and wants to be woken once."""

    def __init__(self, deadline: int | None = None) -> None:
        self.heard: list[tuple[int, Event]] = []
        self.due = deadline

    def deadline(self) -> int | None:
        return self.due

    def step(self, now: int, event: Event) -> list[Operation]:
        self.heard.append((now, event))
        if isinstance(event, Woken):
            self.due = None
        return [Tell(Mail("did", ""))] if isinstance(event, Started) else []

    @property
    def events(self) -> list[Event]:
        return [event for _, event in self.heard]


class Deeds:
    """A world that keeps what it was asked for."""

    def __init__(self) -> None:
        self.done: list[Operation] = []

    def apply(self, operations: Sequence[Operation]) -> None:
        self.done.extend(operations)


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    one.setblocking(False)
    yield one, other
    one.close()
    other.close()


def test_what_arrived_is_heard_before_the_deadline_is_judged(
    loop: Loop, line: tuple[socket.socket, socket.socket]
) -> None:
    host = Scribe(now_us() + 5_000)
    loop.attach(host, Deeds())

    def read() -> None:
        loop.post(told(line[0].recv(100).decode()))

    loop.watch(line[0].fileno(), read)
    line[1].send(b"advert")
    time.sleep(0.02)  # the process was away; by now both the advert and the deadline are due
    loop.turn()
    assert host.events == [told("advert"), Woken()]


def test_all_events_of_a_turn_have_one_time(loop: Loop) -> None:
    host = Scribe(now_us())
    loop.attach(host, Deeds())
    loop.post(told("a"))
    loop.call_at(now_us(), lambda: loop.post(told("b")))
    loop.turn()
    assert host.events == [told("a"), told("b"), Woken()]
    assert len({now for now, _ in host.heard}) == 1


def test_the_brain_is_woken_within_a_millisecond_of_its_deadline(loop: Loop) -> None:
    lates, naps = [], []
    for _ in range(20):
        due = now_us() + 7_300
        host = Scribe(due)
        loop.attach(host, Deeds())
        while host.due is not None:
            loop.turn()
        lates.append(host.heard[-1][0] - due)
        due = now_us() + 7_300
        time.sleep(0.0073)
        naps.append(now_us() - due)
    assert min(lates) >= 0
    # A machine that is busy with other things wakes nobody in time: its own share is taken off.
    early = len(lates) // 4
    assert sorted(lates)[early] < 1_000 + sorted(naps)[early]


def test_slack_lets_one_waking_serve_many_timers() -> None:
    loop = Loop(slack_us=20_000)
    rung: list[int] = []
    start = now_us()
    for at in range(10):
        loop.call_at(start + 5_000 + at * 1_000, lambda: rung.append(now_us()))
    loop.turn()
    assert len(rung) == 10
    loop.close()


def test_timers_ring_in_order_and_a_cancelled_one_does_not(loop: Loop) -> None:
    rung: list[str] = []
    start = now_us()
    loop.call_at(start + 2_000, lambda: rung.append("second"))
    loop.call_at(start + 1_000, lambda: rung.append("first"))
    loop.call_at(start + 1_500, lambda: rung.append("never")).cancel()
    while len(rung) < 2:
        loop.turn()
    assert rung == ["first", "second"]


def test_a_signal_is_heard_on_the_loop_once_however_often_it_came(loop: Loop) -> None:
    before = signal.getsignal(signal.SIGUSR1)
    heard: list[str] = []
    loop.on_signal(signal.SIGUSR1, lambda: heard.append("usr1"))
    for _ in range(3):
        os.kill(os.getpid(), signal.SIGUSR1)
    loop.turn()
    signal.signal(signal.SIGUSR1, before)
    assert heard == ["usr1"]


def test_an_idle_loop_uses_no_processor_time(loop: Loop) -> None:
    loop.call_at(now_us() + 300_000, loop.stop)
    before = time.process_time()
    loop.run()
    assert time.process_time() - before < 0.02


def test_operations_reach_the_world(loop: Loop) -> None:
    world = Deeds()
    loop.attach(Scribe(), world)
    loop.post(Started())
    loop.turn()
    assert world.done == [Tell(Mail("did", ""))]


def test_a_brain_that_ignores_its_deadline_is_our_own_mistake(loop: Loop) -> None:
    class Deaf(Scribe):
        def step(self, now: int, event: Event) -> list[Operation]:
            return []

    loop.attach(Deaf(now_us() - 1), Deeds())
    with pytest.raises(AssertionError, match="did not take its deadline"):
        loop.turn()


def test_writing_is_watched_beside_reading_and_each_can_end_alone(
    loop: Loop, line: tuple[socket.socket, socket.socket]
) -> None:
    seen: list[str] = []
    descriptor = line[0].fileno()
    loop.watch(descriptor, lambda: seen.append(line[0].recv(10).decode()))

    def write() -> None:
        seen.append("w")
        loop.unwatch_writable(descriptor)

    loop.watch_writable(descriptor, write)
    line[1].send(b"r")
    loop.turn()
    assert seen == ["r", "w"]
    line[1].send(b"r")
    loop.turn()
    assert seen == ["r", "w", "r"]
    loop.unwatch(descriptor)


def test_a_silence_is_near_its_end_once_and_before_it(loop: Loop) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        heard: list[bytes] = []
        loop.watch(ours.fileno(), lambda: heard.append(ours.recv(10)))
        theirs.send(b"x")
        loop.turn()
        due = now_us() + 70_000
        scribe = Scribe(due)
        loop.attach(scribe, Deeds())
        near: list[int] = []
        loop.on_near = lambda: near.append(now_us())
        while not scribe.events:
            loop.turn()
        scribe.due = now_us() + 70_000
        while len(scribe.events) < 2:
            loop.turn()
        assert len(near) == 1
        assert near[0] < due
