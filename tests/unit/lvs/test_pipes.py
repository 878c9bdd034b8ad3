"""Pipes are told of servers and services that come and go, as mail filters and programs know it."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.lvs.stage import BAD, TCP, A, Stage, server, service

from keepalived.config.load import child_text, load_expanded, load_text
from keepalived.config.pipes import director_pipes, router_pipes
from keepalived.core.notify.pipes import ReadPipe
from keepalived.lang.values import Command
from keepalived.port.effects import Hold, RunScript, WritePipes
from keepalived.port.events import Reconfigured, Stopping
from keepalived.port.pipe import Pipe

PIPE = ReadPipe(Pipe("/run/p"), Command(("/reader",)))
VS = "VS [10.0.0.1]:tcp:80"
RS = "RS [192.168.1.1]:tcp:80 [10.0.0.1]:tcp:80"


def piped(stage: Stage) -> list[str]:
    return [each.line for each in stage.effects if isinstance(each, WritePipes)]


def test_servers_and_services_are_told_of_once_there_is_a_pipe() -> None:
    stage = Stage(service(server(A, TCP)))
    assert piped(stage) == []
    stage.tell(Reconfigured(replace(stage.config, pipes=(PIPE,))))
    assert Hold("pipes", [PIPE.pipe]) in stage.effects
    (run,) = [each for each in stage.effects if isinstance(each, RunScript)]
    assert run.argv == ("/reader", "/run/p")
    assert run.sole == ("KEEPALIVED_PIPE", "/run/p")
    stage.running.clear()
    down: list[str] = []
    for _ in range(4):
        stage.wake()
        stage.answer(BAD)
        down += piped(stage)
    assert down == [f"{RS} DOWN\n", f"{VS} DOWN\n"]
    stage.tell(Stopping())
    assert stage.effects[-1] == Hold("pipes", ())


TEXT = """
global_defs {
    notify_fifo /run/all
    notify_fifo_script /bin/every
    lvs_notify_fifo /run/lvs root
    lvs_notify_fifo_script "/bin/read lvs"
}
"""
ROUTER = "vrrp_instance V { interface eth0\n virtual_router_id 1\n }\n"


def test_the_reader_of_everything_is_started_by_the_process_of_the_routers_alone() -> None:
    own = ReadPipe(Pipe("/run/lvs", "root"), Command(("/bin/read", "lvs")))
    every = Command(("/bin/every",))
    for text, reader in ((TEXT, every), (TEXT + ROUTER, None)):
        config = load_text(text).config
        reloaded = load_expanded(child_text(config, "checker")).config
        for each in (config, reloaded):
            assert director_pipes(each) == (ReadPipe(Pipe("/run/all"), reader), own)
    assert router_pipes(config.globals) == (ReadPipe(Pipe("/run/all"), every),)
