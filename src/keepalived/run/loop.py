"""The loop that runs a process: ready sockets first, then due timers, then the brain's deadline.

Rule: hear before you judge. One turn has one time, read before the sockets are; whatever arrived
before that time is told to the brain before the brain is told that the time has come.
"""

from __future__ import annotations

import heapq
import os
import select
import signal
from collections import deque
from collections.abc import Callable, Iterable

from keepalived.annotations import Protocol
from keepalived.linux.clock import now_us
from keepalived.port.brain import World
from keepalived.port.effects import Operation
from keepalived.port.events import Event, Woken

Call = Callable[[], None]
READ = select.EPOLLIN
WRITE = select.EPOLLOUT
LONG_US = 50_000
"""A sleep longer than this is of whole milliseconds, and cut in two where no slack is allowed."""
NEAR_US = 4_000
"""The first of the two ends at least so long before its time, which is enough for `on_near`."""


class Steps(Protocol):
    """The pure half of a process: `core.host.Host`."""

    def step(self, now: int, event: Event) -> list[Operation]:
        """Take one event in; give the operations that follow from it."""

    def deadline(self) -> int | None:
        """Say when to be woken next."""


class Alarm:
    """A call to come."""

    __slots__ = ("call",)

    def __init__(self, call: Call) -> None:
        self.call: Call | None = call

    def cancel(self) -> None:
        """Do not make it; harmless once made."""
        self.call = None


class Loop:
    """Waits for descriptors, timers, signals and a brain's deadline; does nothing when idle."""

    def __init__(self, slack_us: int = 0) -> None:
        """Timers may be late by `slack_us`, so that many can be served by one waking."""
        self.slack_us = slack_us
        self.worst_late_us = 0
        """How late a turn began at worst, beyond the slack; cleared by whoever reports.

        What was due may have been put off by what is heard first: late it was all the same.
        """
        self.moment = now_us()
        """The time of the turn that is under way."""
        self.on_turn: Call | None = None
        """Called in every turn before anything is heard."""
        self.on_near: Call | None = None
        """Called a moment before something is due that was waited for since something was heard."""
        self._heard = False
        self._epoll = select.epoll()
        self._readers: dict[int, Call] = {}
        self._writers: dict[int, Call] = {}
        self._alarms: list[tuple[int, int, Alarm]] = []
        self._number = 0
        self._inbox: deque[Event] = deque()
        self._host: Steps | None = None
        self._world: World | None = None
        self._running = False
        self._signals: dict[int, Call] = {}
        self._signal_pipe: tuple[int, int] | None = None

    def attach(self, host: Steps, world: World) -> None:
        """Give the loop a brain to run and the world that carries out its wishes."""
        self._host = host
        self._world = world

    # What adapters see: port.reactor.Reactor.

    def now(self) -> int:
        """Read the monotonic clock, in whole microseconds."""
        return now_us()

    def watch(self, descriptor: int, on_ready: Call) -> None:
        """Call back while the descriptor is readable (level-triggered)."""
        before = self._mask(descriptor)
        self._readers[descriptor] = on_ready
        self._register(descriptor, before)

    def unwatch(self, descriptor: int) -> None:
        """Stop watching; call before closing it."""
        before = self._mask(descriptor)
        self._readers.pop(descriptor, None)
        self._register(descriptor, before)

    def watch_writable(self, descriptor: int, on_ready: Call) -> None:
        """Call back while the descriptor takes bytes."""
        before = self._mask(descriptor)
        self._writers[descriptor] = on_ready
        self._register(descriptor, before)

    def unwatch_writable(self, descriptor: int) -> None:
        """Stop that."""
        before = self._mask(descriptor)
        self._writers.pop(descriptor, None)
        self._register(descriptor, before)

    def call_at(self, when: int, call: Call) -> Alarm:
        """Call once, at this time or a little later (the slack)."""
        alarm = Alarm(call)
        self._number += 1
        heapq.heappush(self._alarms, (when, self._number, alarm))
        return alarm

    def post(self, event: Event) -> None:
        """Hand an event to the brain; it is taken in after the callback returns, in order."""
        self._inbox.append(event)

    # What the process does with it.

    def on_signal(self, number: int, call: Call) -> None:
        """Call on the loop when this signal came. Only the main thread may ask."""
        if self._signal_pipe is None:
            self._signal_pipe = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            signal.set_wakeup_fd(self._signal_pipe[1], warn_on_full_buffer=False)
            self.watch(self._signal_pipe[0], self.hear_signals)
        self._signals[number] = call
        signal.signal(number, lambda *_: None)

    def hear_signals(self) -> None:
        """Make the calls for the signals that came; harmless when there were none."""
        if self._signal_pipe is None:
            return
        numbers: Iterable[int]
        try:
            numbers = os.read(self._signal_pipe[0], 4096)
        except BlockingIOError:
            return
        # Several signals of one kind mean what one means.
        for number in dict.fromkeys(numbers):
            call = self._signals.get(number)
            if call is not None:
                call()

    def run(self) -> None:
        """Turn until `stop` is called."""
        self._running = True
        while self._running:
            self.turn()

    def stop(self) -> None:
        """Let `run` return after this turn; events that are waiting are still delivered."""
        self._running = False

    def turn(self) -> None:
        """Wait for something to happen and see it through."""
        due, ready = self._sleep()
        moment = self.moment = now_us()
        if due is not None and moment - due > self.worst_late_us + self.slack_us:
            self.worst_late_us = moment - due - self.slack_us
        if self.on_turn is not None:
            self.on_turn()
        if ready is None or (due is not None and due <= moment):
            ready = self._epoll.poll(0)
        self._heard = bool(ready)
        for descriptor, mask in ready:
            self._serve(descriptor, mask)
        self._deliver(moment)
        self._ring(moment)
        self._deliver(moment)
        self._wake(moment)

    def close(self) -> None:
        """Give every descriptor of the loop's own back."""
        if self._signal_pipe is not None:
            signal.set_wakeup_fd(-1)
            for end in self._signal_pipe:
                os.close(end)
        self._epoll.close()

    def _mask(self, descriptor: int) -> int:
        reading = READ if descriptor in self._readers else 0
        return reading | (WRITE if descriptor in self._writers else 0)

    def _register(self, descriptor: int, before: int) -> None:
        after = self._mask(descriptor)
        if before == after:
            return
        if not before:
            self._epoll.register(descriptor, after)
        elif after:
            self._epoll.modify(descriptor, after)
        else:
            self._epoll.unregister(descriptor)

    def _due(self) -> int | None:
        while self._alarms and self._alarms[0][2].call is None:
            heapq.heappop(self._alarms)
        due = self._alarms[0][0] if self._alarms else None
        deadline = self._host.deadline() if self._host is not None else None
        if due is None or deadline is None:
            return deadline if due is None else due
        return min(due, deadline)

    def _sleep(self) -> tuple[int | None, list[tuple[int, int]] | None]:
        """Wait for a descriptor or until something is due; give when that was.

        Then which descriptors ended the wait; None where nobody asked for that yet.
        """
        if self._inbox:
            return None, None
        due = self._due()
        if due is None:
            return None, self._epoll.poll()
        ahead = due - now_us()
        if ahead <= 0:
            return due, None
        if ahead > LONG_US:
            # The kernel may end a long sleep late by a thousandth of it: sleep in two pieces.
            early_us = 0 if self.slack_us else max(ahead // 500, NEAR_US)
            ready = self._epoll.poll((ahead + self.slack_us - early_us) // 1000 / 1000)
            if early_us and self._heard and not ready and self.on_near is not None:
                self.on_near()
            return due, ready
        # select(2) counts in microseconds where epoll_wait(2) counts in milliseconds.
        select.select((self._epoll,), (), (), (ahead + self.slack_us) / 1e6)
        return due, None

    def _serve(self, descriptor: int, mask: int) -> None:
        if mask & ~WRITE:
            reader = self._readers.get(descriptor)
            if reader is not None:
                reader()
        if mask & ~READ:
            writer = self._writers.get(descriptor)
            if writer is not None:
                writer()

    def _deliver(self, moment: int) -> None:
        inbox, host, world = self._inbox, self._host, self._world
        if host is None or world is None:
            inbox.clear()
            return
        while inbox:
            operations = host.step(moment, inbox.popleft())
            if operations:
                world.apply(operations)

    def _ring(self, moment: int) -> None:
        alarms = self._alarms
        while alarms and alarms[0][0] <= moment:
            alarm = heapq.heappop(alarms)[2]
            call, alarm.call = alarm.call, None
            if call is not None:
                call()

    def _wake(self, moment: int) -> None:
        deadline = self._host.deadline() if self._host is not None else None
        if deadline is None or deadline > moment:
            return
        assert self._host is not None and self._world is not None
        operations = self._host.step(moment, Woken())
        if operations:
            self._world.apply(operations)
        assert self._host.deadline() != deadline, "the brain did not take its deadline"
        self._deliver(moment)
