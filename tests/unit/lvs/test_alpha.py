"""alpha: what has failed until it passes, said by a service, a server or a check."""

from __future__ import annotations

import pytest
from tests.unit.lvs.stage import BAD, GOOD, Stage, server, service, texts
from tests.unit.lvs.stage import A as HERE

from keepalived.core.checks.tcp import TcpCheck
from keepalived.records import replace


@pytest.mark.parametrize(
    ("of_service", "of_server", "of_check", "down"),
    [
        (False, None, None, False),
        (True, None, None, True),
        (True, False, None, False),
        (False, True, None, True),
        (True, True, False, False),
        (False, False, True, True),
    ],
)
def test_the_nearest_word_counts(
    of_service: bool, of_server: bool | None, of_check: bool | None, down: bool
) -> None:
    member = replace(server(HERE, TcpCheck(alpha=of_check)), alpha=of_server)
    stage = Stage(service(member, alpha=of_service))
    assert stage.servers() == ([] if down else [str(HERE)])


def test_a_server_that_has_failed_until_it_passes_comes_with_its_first_answer() -> None:
    stage = Stage(service(server(HERE, TcpCheck()), alpha=True))
    stage.wake()
    assert stage.answer(BAD) == []
    stage.wake()
    assert texts(stage.answer(GOOD))[:2] == [
        "TCP connection to [192.168.1.1]:tcp:80 success.",
        "Adding service [192.168.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80",
    ]
    assert stage.servers() == [str(HERE)]


def test_without_a_check_nothing_can_have_failed() -> None:
    assert Stage(service(server(HERE), alpha=True)).servers() == [str(HERE)]
