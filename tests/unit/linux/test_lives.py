"""What a process kept is known after its death, whole, to whoever is started in its place."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from keepalived.linux import lives as module
from keepalived.linux.lives import LIFE_MOST, SLOTS, Lives


def test_what_a_child_kept_before_it_was_killed_is_known_to_the_next_child() -> None:
    lives = Lives()
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            lives.keep("eth0/4/51", b"first")
            lives.keep("eth0/4/51", b"second")
            lives.keep("eth1/6/7", bytes(range(LIFE_MOST)))
            os.write(told, b"!")
            signal.pause()
        finally:
            os._exit(1)
    os.read(ready, 1)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert lives.kept() == {"eth0/4/51": b"second", "eth1/6/7": bytes(range(LIFE_MOST))}


def test_the_next_process_writes_into_the_place_of_the_one_before() -> None:
    lives = Lives()
    lives.keep("a", b"1")
    lives.keep("b", b"2")
    lives._slots = None  # as in a process that was forked before anything was written
    lives.keep("b", b"3")
    lives.keep("c", b"4")
    assert lives.kept() == {"a": b"1", "b": b"3", "c": b"4"}


def test_what_is_forgotten_makes_room() -> None:
    lives = Lives()
    for number in range(SLOTS):
        lives.keep(str(number), b"x")
    lives.keep("one too many", b"y")
    assert len(lives.kept()) == SLOTS
    assert "one too many" not in lives.kept()
    lives.keep("7", b"")
    lives.keep("one too many", b"y")
    assert lives.kept()["one too many"] == b"y"
    assert "7" not in lives.kept()


def test_nothing_is_forgotten_twice_and_long_names_are_not_kept() -> None:
    lives = Lives()
    lives.keep("nobody", b"")
    lives.keep("n" * 63, b"x")
    assert lives.kept() == {}


def test_a_record_that_was_being_written_at_death_leaves_the_one_before() -> None:
    lives = Lives()
    lives.keep("a", b"whole")
    memory = lives._memory
    place = module.HEAD
    # Half of the second copy was written, and the byte that says which copy counts was not.
    memory[place + 64 + module.COPY : place + 64 + module.COPY + 3] = b"\x05ne"
    assert lives.kept() == {"a": b"whole"}


def test_the_next_parent_finds_what_a_running_process_keeps() -> None:
    theirs = Lives()
    theirs.keep("eth0/4/51", b"leads")
    ours = Lives()
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            for number in range(3, 256):
                if number not in (told, theirs.descriptor):
                    with suppress(OSError):
                        os.close(number)
            os.write(told, b"!")
            signal.pause()
        finally:
            os._exit(1)
    os.read(ready, 1)
    try:
        assert ours.inherit(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert ours.kept() == {"eth0/4/51": b"leads"}


def test_a_process_that_keeps_nothing_leaves_nothing() -> None:
    lives = Lives()
    assert not lives.inherit(1 << 22)
    assert lives.kept() == {}
