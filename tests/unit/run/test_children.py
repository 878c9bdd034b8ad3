"""Children: what ends them, what starts them again and when, and what they say at their end."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from keepalived.config.root import Config
from keepalived.core.host import Host
from keepalived.linux.clock import now_us
from keepalived.linux.port import LinuxWorld
from keepalived.port.brain import Snapshot
from keepalived.port.effects import Effect, Tell
from keepalived.port.events import Event, Started, Stopping
from keepalived.port.words import Mail
from keepalived.run import children, worker
from keepalived.run.bus import Message
from keepalived.run.children import Child, Duties
from keepalived.run.kinds import Builder, Built, Kind, Tools
from keepalived.run.logbook import Logbook
from keepalived.run.loop import Loop
from keepalived.run.options import Options

CONFIG = Config()  # type: ignore[call-arg]


class Brain:
    """Says what it hears, and does what a test wants at the start."""

    def __init__(self, at_start: Callable[[], None] | None) -> None:
        self.at_start = at_start

    def deadline(self) -> int | None:
        return None

    def snapshot(self, now: int) -> Snapshot:
        return {"a": 1}

    def step(self, now: int, event: Event) -> list[Effect]:
        if isinstance(event, Started) and self.at_start is not None:
            self.at_start()
        if isinstance(event, Started | Stopping):
            return [Tell(Mail(type(event).__name__, ""))]
        return []


def kind(at_start: Callable[[], None] | None = None, failed: str = "") -> Kind:
    def build(config: Config, tools: Tools) -> Built:
        world = LinuxWorld(log=tools.log, tell=tools.tell)
        return Built(Host(Brain(at_start)), world, failed=failed)

    def builder() -> Builder:
        return build

    return Kind("test", "Keepalived_test", "Test", builder, lambda config, name: None)


@dataclass
class Home:
    """A parent, in short."""

    folder: Path
    loop: Loop = field(default_factory=Loop)
    heard: list[Message] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    ended: list[bool] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def child(self, of: Kind, **options: bool) -> Child:
        log = Logbook("Keepalived", console=True, syslog=False)
        log.write = lambda severity, text: self.lines.append(text)  # type: ignore[method-assign]
        duties = Duties(
            heard=lambda child, message: self.heard.append(message),
            gave_up=lambda child, status: self.statuses.append(status),
            ended=lambda: self.ended.append(True),
            current=lambda: (CONFIG, ""),
        )
        chosen = Options(syslog=False, **options)  # type: ignore[arg-type]
        return Child(of, str(self.folder / "c.pid"), self.loop, log, chosen, duties)

    def until(self, true: Callable[[], object], bound_s: float = 8) -> None:
        limit = now_us() + int(bound_s * 1e6)
        while not true():
            assert now_us() < limit, (self.heard, self.lines)
            self.loop.call_at(now_us() + 50_000, lambda: None)
            self.loop.turn()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.loop.close()


def words(home: Home) -> list[str]:
    return [message["subject"] for message in home.heard if "word" in message]


def test_a_child_starts_says_it_is_ready_and_ends_when_told(home: Home) -> None:
    child = home.child(kind())
    child.start()
    home.until(lambda: child.ready)
    assert int((home.folder / "c.pid").read_text()) == child.pid
    child.stop()
    home.until(lambda: home.ended)
    assert words(home) == ["Started", "Stopping"], "its last words are heard too"
    assert not (home.folder / "c.pid").exists()
    assert home.statuses == []


def test_a_child_answers_a_question(home: Home) -> None:
    child = home.child(kind())
    child.start()
    home.until(lambda: child.ready)
    child.say({"ask": "status", "ticket": 7})
    home.until(lambda: any("ticket" in message for message in home.heard))
    answer = next(m for m in home.heard if "ticket" in m)
    assert answer["ticket"] == 7
    assert answer["answer"]["a"] == 1 and answer["answer"]["process"]["pid"] == child.pid
    child.stop()
    home.until(lambda: home.ended)


def test_a_child_that_dies_is_restarted_at_once_then_with_more_and_more_patience(
    home: Home,
) -> None:
    child = home.child(kind(at_start=lambda: os._exit(99)))
    child.start()
    begin = time.monotonic()
    home.until(lambda: child.starts == 4)
    assert 3 <= time.monotonic() - begin < 6, "0, 1 and 2 seconds"
    delays = [line for line in home.lines if "limit respawn rate" in line]
    assert [line.split("delayed ")[1].split()[0] for line in delays] == ["0", "1", "2"]
    child.stop()
    home.until(lambda: not child.pid)
    assert home.statuses == []


def test_a_signal_to_the_whole_group_ends_a_child_once_and_for_all(home: Home) -> None:
    child = home.child(kind())
    home.loop.on_signal(signal.SIGUSR1, child.stop)
    child.start()
    home.until(lambda: child.ready)
    os.kill(child.pid, signal.SIGTERM)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    os.kill(os.getpid(), signal.SIGUSR1)  # the parent's part of it, heard when the child is gone
    home.until(lambda: home.ended)
    assert not child.waiting and not [line for line in home.lines if "died" in line]


@pytest.mark.parametrize("status", [1, 2, 4])
def test_some_exit_statuses_are_final(home: Home, status: int) -> None:
    child = home.child(kind(at_start=lambda: os._exit(status)))
    child.start()
    home.until(lambda: home.statuses)
    assert home.statuses == [status] and not child.waiting and not child.pid


def test_without_respawning_any_end_is_final(home: Home) -> None:
    child = home.child(kind(at_start=lambda: os._exit(70)), respawn=False)
    child.start()
    home.until(lambda: home.statuses)
    assert home.statuses == [70]


def test_a_child_that_cannot_run_at_all_ends_with_two(home: Home) -> None:
    child = home.child(kind(failed="no such kernel"))
    child.start()
    home.until(lambda: home.statuses)
    assert home.statuses == [2]


def test_an_assertion_that_fails_ends_the_process_with_its_traceback_in_the_log(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise AssertionError("our own mistake")

    child = home.child(kind(at_start=fail), respawn=False)
    child.start()
    home.until(lambda: home.statuses)
    assert home.statuses == [worker.INTERNAL]
    said = capfd.readouterr().err
    assert "our own mistake" in said and "Traceback" in said


@pytest.mark.parametrize("lack", ["fork", "pair"])
def test_a_parent_that_can_start_no_process_lives_on_and_tries_again(
    home: Home, monkeypatch: pytest.MonkeyPatch, lack: str
) -> None:
    def refuse() -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    child = home.child(kind())
    with monkeypatch.context() as poor:
        poor.setattr(*((os, "fork") if lack == "fork" else (children, "pair")), refuse)
        child.start()
    assert child.waiting and not child.pid and child.starts == 0
    assert any("cannot be started" in line for line in home.lines)
    assert worker.HEARD.isdisjoint(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    home.until(lambda: child.ready)
    child.stop()
    home.until(lambda: home.ended)
