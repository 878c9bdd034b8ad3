"""Operators are told of everything that becomes of a router: scripts in order, pipes."""

from __future__ import annotations

from typing import Any

from tests.unit.vrrp.rooms import Bench, config, instance, packet, pair, second

from keepalived.core.notify.pipes import ReadPipe
from keepalived.core.vrrp.config import SyncGroup
from keepalived.lang.values import Command
from keepalived.port.effects import KillScript, RunScript, WritePipes
from keepalived.port.events import LinkSeen, Reconfigured, Stopping
from keepalived.port.facts import Link
from keepalived.port.pipe import Pipe
from keepalived.port.resources import Install, Remove

PIPE = ReadPipe(Pipe("/run/p"), Command(("/reader", "-x"), "nobody"))


def piped(bench: Bench) -> list[str]:
    return [each.line for each in bench.operations if isinstance(each, WritePipes)]


def told(**more: Any) -> Any:
    return config(instance(notify=Command(("/n",)), **more), pipes=(PIPE,))


def test_every_transition_is_told_to_notify_and_to_the_pipes() -> None:
    bench = Bench(told(notify_master=Command(("/m",)))).start()
    assert bench.scripts == [
        ("/reader", "-x", "/run/p"),
        ("/n", "INSTANCE", "VI_1", "BACKUP", "100"),
    ]
    assert piped(bench) == ['INSTANCE "VI_1" BACKUP 100\n']
    bench.wake()
    assert bench.scripts == [("/m",), ("/n", "INSTANCE", "VI_1", "MASTER", "100")]
    queues = {each.queue for each in bench.operations if isinstance(each, RunScript)}
    assert queues == {"VI_1"}
    assert piped(bench) == ['INSTANCE "VI_1" MASTER 100\n']


def test_the_reason_stands_in_the_environment() -> None:
    bench = Bench(told()).start()
    bench.wake()
    run = next(each for each in bench.operations if isinstance(each, RunScript))
    assert dict(run.environment)["KEEPALIVED_WHY"].startswith("no advert was heard")


def test_a_stop_is_told_and_then_the_pipes_are_let_go() -> None:
    bench = Bench(told(notify_stop=Command(("/s",)))).lead()
    bench.give(Stopping())
    assert bench.scripts == [("/s",), ("/n", "INSTANCE", "VI_1", "STOP", "100")]
    kinds = [type(each).__name__ for each in bench.operations]
    assert piped(bench) == ['INSTANCE "VI_1" STOP 100\n']
    removed = [i for i, e in enumerate(bench.operations) if e == Remove(PIPE.pipe)]
    assert removed > [kinds.index("WritePipes")]


def test_a_router_that_a_reload_takes_away_is_at_fault_or_deleted() -> None:
    for deleted, state in ((None, "FAULT"), (Command(("",)), "DELETED")):
        bench = Bench(told(notify_deleted=deleted, notify_fault=Command(("/f",)))).start()
        bench.give(Reconfigured(config(second(), pipes=(PIPE,))))
        calls = [each for each in bench.scripts if "VI_2" not in each]
        assert calls == [("/n", "INSTANCE", "VI_1", state, "100")]
        assert f'INSTANCE "VI_1" {state} 100\n' in piped(bench)


def test_a_lesser_master_is_told_of() -> None:
    bench = Bench(told(notify_master_rx_lower_pri=Command(("/l",)))).lead()
    bench.hear(packet(50))
    assert bench.scripts == [("/l",)]
    assert piped(bench) == ['INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100\n']


def test_a_group_tells_after_its_members_and_of_its_stop() -> None:
    group = SyncGroup(name="VG1", members=("VI_1", "VI_2"), notify=Command(("/g",)))
    whole = config(instance(), second(), groups=[group], pipes=(PIPE,))
    bench = Bench(whole).start()
    bench.wake()
    assert piped(bench)[-1] == 'GROUP "VG1" MASTER 0\n'
    bench.give(LinkSeen(Link(2, "eth0", running=False)))
    assert bench.scripts == [("/g", "GROUP", "VG1", "FAULT", "0")]
    bench.give(Stopping())
    assert bench.scripts == [("/g", "GROUP", "VG1", "STOP", "0")]


def test_a_reload_that_keeps_a_pipe_touches_neither_it_nor_its_reader() -> None:
    bench = Bench(told()).start()
    bench.give(Reconfigured(told(priority=90)))
    assert not [e for e in bench.operations if isinstance(e, (Install, Remove, RunScript))]
    other = ReadPipe(Pipe("/run/q"))
    bench.give(Reconfigured(config(instance(), pipes=(other,))))
    killed = [e.name for e in bench.operations if isinstance(e, KillScript)]
    assert killed == ["reader of /run/p #1"]
    assert Install(other.pipe) in bench.operations
    assert Remove(PIPE.pipe) in bench.operations


def test_a_reload_tells_all_states_again_where_that_is_wanted() -> None:
    bench = Bench(pair()).start()
    again = config(
        instance(), second(), groups=[SyncGroup(name="VG1", members=("VI_1", "VI_2"))],
        pipes=(PIPE,), tells_again=True,
    )  # fmt: skip
    bench.give(Reconfigured(again))
    assert piped(bench) == [
        'INSTANCE "VI_1" BACKUP 100\n',
        'INSTANCE "VI_2" BACKUP 100\n',
        'GROUP "VG1" BACKUP 0\n',
    ]


def test_changed_priorities_are_told_where_wanted() -> None:
    for wanted, lines in ((True, ['INSTANCE "VI_1" MASTER_PRIORITY 90\n']), (False, [])):
        bench = Bench(told(notify_priority_changes=wanted)).lead()
        machine = bench.router._machines[0]
        said = machine.telling.priority_changed(machine.config, machine.state, 90)
        assert [each.line for each in said if isinstance(each, WritePipes)] == lines


def test_faults_are_not_mailed_where_nobody_wants_to_read_of_them() -> None:
    for wanted, mails in ((True, ["[LVS] VRRP Instance VI_1 - Entering FAULT state"]), (False, [])):
        whole = config(instance(smtp_alert=True), mail=True, mails_faults=wanted)
        bench = Bench(whole).start()
        bench.give(LinkSeen(Link(2, "eth0", running=False)))
        assert bench.mails == mails


def test_an_end_by_reload_is_mailed_too() -> None:
    for deleted, became in ((None, "Entering FAULT state"), (Command(("",)), "Deleted")):
        bench = Bench(config(instance(smtp_alert=True, notify_deleted=deleted), mail=True)).start()
        bench.give(Reconfigured(config(second(), mail=True)))
        assert bench.mails == [f"[LVS] VRRP Instance VI_1 - {became}"]
