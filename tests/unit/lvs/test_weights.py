"""What a server weighs: a function of what its checks contribute."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.lvs.stage import TCP, A, B, Stage, server, service, texts

from keepalived.core.checks.misc import MiscCheck
from keepalived.lang.values import Command
from keepalived.port.effects import RunScript
from keepalived.port.events import Ending, Reconfigured, ScriptEnded
from keepalived.port.resources import Server
from keepalived.records import replace

SAYS = MiscCheck(misc_path=Command(("/bin/says",)), misc_dynamic=True)
HERE = "[192.168.1.1]:tcp:80"
VS = "[10.0.0.1]:tcp:80"


def ended(stage: Stage, number: int, ending: Ending = Ending.EXITED) -> list[str]:
    """Run the program and let it end so; give the lines."""
    stage.wake()
    (asked,) = stage.running
    stage.running.clear()
    assert isinstance(asked, RunScript)
    return texts(stage.tell(ScriptEnded(asked.name, ending, number)))


def weights(stage: Stage) -> list[int]:
    return [r.weight for held in stage.held.values() for r in held if isinstance(r, Server)]


def test_an_exit_status_from_two_on_is_two_more_than_the_weight() -> None:
    stage = Stage(service(server(A, SAYS, weight=5), server(B)))
    assert weights(stage) == [5, 1]
    assert ended(stage, 9)[0] == f"Changing weight from 5 to 7 for active service {HERE} of VS {VS}"
    assert weights(stage) == [7, 1]
    assert ended(stage, 9) == []
    ended(stage, 2)
    assert weights(stage) == [0, 1]
    ended(stage, 255)
    assert weights(stage) == [253, 1]
    ended(stage, 0)
    assert weights(stage) == [5, 1]


def test_a_failure_and_a_signal_say_nothing_about_the_weight() -> None:
    stage = Stage(service(server(A, SAYS, weight=5), server(B)))
    ended(stage, 9)
    ended(stage, 1)
    assert weights(stage) == [1]
    ended(stage, 9)
    assert weights(stage) == [7, 1]
    ended(stage, 9, Ending.SIGNALLED)
    ended(stage, 0, Ending.TIMED_OUT)
    assert weights(stage) == [1]
    ended(stage, 9)
    assert weights(stage) == [7, 1]


def test_a_server_that_is_down_comes_with_the_weight_that_was_said() -> None:
    stage = Stage(service(server(A, SAYS), server(B)))
    ended(stage, 1)
    lines = ended(stage, 6)
    assert weights(stage) == [4, 1]
    assert not any("Changing" in line for line in lines)


def test_without_the_word_every_status_but_nothing_fails() -> None:
    stage = Stage(service(server(A, replace(SAYS, misc_dynamic=False)), server(B)))
    ended(stage, 9)
    assert weights(stage) == [1]


def test_the_quorum_counts_what_is_weighed_now() -> None:
    stage = Stage(service(server(A, SAYS)))
    lines = ended(stage, 2)
    assert f"Lost quorum 1-0=1 > 0 for VS {VS}" in lines
    assert f"Gained quorum 1+0=1 <= 1 for VS {VS}" in ended(stage, 3)


def test_what_was_said_counts_instead_of_the_files_weight_after_a_reload_too() -> None:
    stage = Stage(service(server(A, SAYS, weight=5)))
    ended(stage, 9)
    services = (service(server(A, SAYS, weight=50), server(B, TCP)),)
    stage.tell(Reconfigured(replace(stage.config, services=services)))
    assert weights(stage) == [7, 1]


@given(st.lists(st.integers(0, 255), min_size=1, max_size=20))
def test_only_the_last_passing_status_matters(statuses: list[int]) -> None:
    stage = Stage(service(server(A, SAYS, weight=5), server(B)))
    for status in statuses:
        ended(stage, status)
    if statuses[-1] == 1:
        assert weights(stage) == [1]
    else:
        assert weights(stage) == [statuses[-1] - 2 if statuses[-1] else 5, 1]
