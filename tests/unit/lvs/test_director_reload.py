"""The director at a reload: what stays keeps its state, the rest comes and goes in order."""

from __future__ import annotations

from ipaddress import IPv4Address

from tests.unit.lvs.stage import BAD, GOOD, SECOND, TCP, A, B, Stage, server, service, texts

from keepalived.core.checks.tcp import TcpCheck
from keepalived.core.lvs.config import DirectorConfig, VirtualServer
from keepalived.port.effects import (
    DropTalk,
    Effect,
)
from keepalived.port.events import (
    Reconfigured,
)


def reload(stage: Stage, *services: VirtualServer) -> list[Effect]:
    return stage.tell(Reconfigured(DirectorConfig("LVS", services, False)))


def test_reload_keeps_health_and_rhythm_of_what_stays() -> None:
    stage = Stage(service(server(A, TCP), server(B, TCP)))
    stage.round(BAD, GOOD)
    due = stage.director.deadline()
    reload(stage, service(server(A, TCP), server(B, TCP), lb_algo="rr"))
    assert stage.servers() == [str(B)]
    assert stage.director.deadline() == due
    stage.round(GOOD, GOOD)
    assert stage.servers() == [str(A), str(B)]


def test_reload_adds_removes_and_says_so() -> None:
    new = IPv4Address("192.168.1.3")
    stage = Stage(service(server(A, TCP), server(B, TCP)), service(server(A), port=81))
    stage.wake()
    said = texts(reload(stage, service(server(B, TCP), server(new, TCP))))
    assert "Adding service [192.168.1.3]:tcp:80 to VS [10.0.0.1]:tcp:80" in said
    assert "Removing service [192.168.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80" in said
    assert any(isinstance(effect, DropTalk) for effect in stage.effects)
    assert stage.servers() == [str(B), str(new)]
    assert stage.held["service [10.0.0.1]:tcp:81"] == []


def test_check_with_new_terms_keeps_its_health() -> None:
    stage = Stage(service(server(A, TCP)))
    stage.round(BAD)
    reload(stage, service(server(A, TCP), delay_loop_us=2 * SECOND))
    assert stage.servers() == []
    stage.round(GOOD)
    assert stage.servers() == [str(A)]


def test_new_check_of_a_server_begins_up() -> None:
    stage = Stage(service(server(A, TCP)))
    stage.round(BAD)
    reload(stage, service(server(A, TcpCheck(connect_port=99))))
    assert stage.servers() == [str(A)]


def test_answer_to_a_check_that_a_reload_took_away_is_ignored() -> None:
    stage = Stage(service(server(A, TCP), server(B)))
    stage.wake()
    reload(stage, service(server(B)))
    assert stage.answer(BAD) == []
    assert stage.director.deadline() is None
