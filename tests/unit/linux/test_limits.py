"""What a process asks of the scheduler comes into force; what is refused is said; nothing kills."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable

import pytest

from keepalived.linux.limits import Limits, Scheduling

Result = dict[str, object]


def in_a_child(task: Callable[[], object]) -> object:
    """Do it in a process of its own, and give what it found."""
    import json

    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, json.dumps(task()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as file:
        text = file.read()
    _, status = os.waitpid(pid, 0)
    assert status == 0, f"it ended with {status}"
    return json.loads(text)


def allowed() -> None:
    """Skip where this host does not let us be urgent."""

    def ask() -> list[str]:
        return Limits().apply(Scheduling(realtime=1, asked=True))

    if refused := in_a_child(ask):
        pytest.skip(f"lacks permission for real-time scheduling: {refused}")


def test_a_process_is_urgent_and_what_it_starts_is_not() -> None:
    allowed()

    def task() -> list[object]:
        refused = Limits().apply(Scheduling(nice=-5, realtime=3, asked=True))
        ours = (os.sched_getscheduler(0) & 0xFF, os.sched_getparam(0).sched_priority)
        other = in_a_child(lambda: (os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0)))
        return [refused, ours, other]

    assert in_a_child(task) == [[], [os.SCHED_RR, 3], [os.SCHED_OTHER, 0]]


def test_a_long_computation_in_real_time_gets_a_signal_and_lives() -> None:
    allowed()

    def task() -> int:
        heard: list[int] = []
        signal.signal(signal.SIGXCPU, lambda number, frame: heard.append(number))
        Limits().apply(Scheduling(realtime=1, limit_us=5_000))
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            pass
        return len(heard)

    assert in_a_child(task) == 1


def test_what_may_take_long_is_not_under_the_limit() -> None:
    allowed()

    def task() -> list[int]:
        limits = Limits()
        limits.apply(Scheduling(realtime=1, limit_us=5_000))
        with limits.unlimited():
            inside = resource.getrlimit(resource.RLIMIT_RTTIME)[0]
        return [inside, resource.getrlimit(resource.RLIMIT_RTTIME)[0]]

    assert in_a_child(task) == [resource.RLIM_INFINITY, 5_000]


def test_a_process_that_is_late_rises_by_one_and_no_further_than_allowed() -> None:
    allowed()

    def task() -> list[object]:
        limits = Limits()
        limits.apply(Scheduling(rise=2, late_us=1_000))
        said = [limits.late(999), limits.late(1_000), limits.late(5_000), limits.late(5_000)]
        return [*said, limits.realtime]

    raised = [f"raised to real-time priority {number}" for number in (1, 2)]
    assert in_a_child(task) == ["", *raised, "", 2]


def test_a_process_runs_where_it_is_told_to_and_everywhere_again() -> None:
    def task() -> list[object]:
        limits = Limits()
        everywhere = len(os.sched_getaffinity(0))
        limits.apply(Scheduling(processors=(0,)))
        bound = sorted(os.sched_getaffinity(0))
        limits.apply(Scheduling())
        return [bound, len(os.sched_getaffinity(0)) == everywhere]

    assert in_a_child(task) == [[0], True]


def test_processors_that_are_not_there_are_named() -> None:
    refused = in_a_child(lambda: Limits().apply(Scheduling(processors=(4000, 4001))))
    assert refused == [f"processors 4000 4001: Invalid argument; this host has {os.cpu_count()}"]


def test_memory_is_locked_only_where_it_is_asked_for() -> None:
    def locked_kib() -> int:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmLck"))

    def task() -> list[object]:
        limits = Limits()
        before = locked_kib()
        refused = limits.apply(Scheduling(locked=True))
        return [before, locked_kib() > 1000, refused]

    assert in_a_child(task) == [0, True, []]


def test_a_default_that_is_refused_is_no_complaint() -> None:
    def task() -> list[object]:
        resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
        os.setuid(65534)
        limits = Limits()
        silent = limits.apply(Scheduling(realtime=1))
        said = limits.apply(Scheduling(realtime=1, asked=True))
        return [silent, said, limits.realtime]

    if os.geteuid() != 0:
        pytest.skip("lacks root")
    said = ["real-time priority 1: Operation not permitted"]
    assert in_a_child(task) == [[], said, 0]
