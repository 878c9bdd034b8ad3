"""What is odd about packets is said once and counted each time; nothing else comes of it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from tests.unit.vrrp.exchanges import A, B, C, Side
from tests.unit.vrrp.rooms import Bench, config, instance, packet

from keepalived.config.load import load_text
from keepalived.config.views import router_config
from keepalived.core.vrrp.said import _MOST
from keepalived.port.effects import Send
from keepalived.port.events import ClockSeen, Reconfigured

THREE = instance(version=3)


def counters(bench: Bench) -> dict[str, int]:
    found: dict[str, int] = bench.snapshot["instances"][0]["counters"]
    return found


def said_by(side: Side) -> bytes:
    (send,) = side.say()
    assert isinstance(send, Send)
    return send.data


def test_another_interval_in_version_3_counts_and_is_said_once_a_sender() -> None:
    bench = Bench(config(THREE)).start()
    slower = Side(replace(THREE, advert_int_us=2_000_000), A)
    for _ in range(3):
        bench.hear(said_by(slower))
    line = "(VI_1) advert from 10.0.0.1 says an interval of 2 s, ours is 1 s; it counts, but"
    assert counters(bench)["intervals_differed"] == 3
    assert counters(bench)["adverts_heard"] == 3
    bench = Bench(config(THREE)).start()
    bench.hear(said_by(slower))
    assert [text for text in bench.said if text.startswith(line)] != []
    bench.hear(said_by(slower))
    assert bench.said == []
    bench.hear(said_by(Side(slower.config, B)))
    assert len(bench.said) == 1


def test_routers_that_are_not_here_are_told_of_only_where_that_is_asked_for() -> None:
    quiet = Bench(config(instance())).start()
    quiet.hear(packet(router_id=99))
    assert quiet.said == []
    bench = Bench(replace(config(instance()), log_unknown_vrids=True)).start()
    bench.hear(packet(router_id=99))
    assert bench.said == [
        "(eth0) ignored an advert of virtual router 99 from 10.0.0.6:"
        " no instance here has that virtual_router_id"
    ]
    bench.hear(packet(router_id=99))
    assert bench.said == []
    bench.hear(packet(router_id=99, source=C))
    assert len(bench.said) == 1
    bench.hear(b"\x45")
    assert bench.said == []


def test_a_flood_of_strange_routers_fills_no_log_and_a_reload_lets_them_be_told_again() -> None:
    loud = replace(config(instance()), log_unknown_vrids=True)
    bench = Bench(loud).start()
    told = 0
    for number in range(1, 500):
        bench.hear(packet(router_id=number % 40 + 100, source=IPv4Address(number)))
        told += len(bench.said)
    assert told == _MOST
    bench.give(Reconfigured(loud))
    bench.hear(packet(router_id=99))
    assert len(bench.said) == 1


def test_the_global_word_reaches_the_routers() -> None:
    text = "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n%s\n}\n}\n"
    told = load_text("global_defs {\nlog_unknown_vrids\n}\n" + text % "10.0.0.1")
    assert router_config(told.config, "here").log_unknown_vrids
    assert not router_config(load_text(text % "10.0.0.1").config, "here").log_unknown_vrids


def test_every_instance_knows_the_wall_clock_new_ones_too() -> None:
    bench = Bench(config(instance()))
    bench.give(ClockSeen(1_000))
    bench.start()
    second = instance("VI_2", virtual_router_id=52)
    bench.give(Reconfigured(config(instance(), second)))
    offsets = {m.beacon.voice.numbers.utc_offset_us for m in bench.router._machines}
    assert offsets == {1_000}
    bench.give(ClockSeen(2_000))
    offsets = {m.beacon.voice.numbers.utc_offset_us for m in bench.router._machines}
    assert offsets == {2_000}


def test_junk_every_so_often_keeps_no_master_from_speaking() -> None:
    """Upstream restarts the master's timer at every packet, even one that it refuses."""
    bench = Bench(config(instance())).lead()
    said, until = 0, bench.now + 6_500_000
    junk = bench.now
    while bench.now < until:
        due = bench.host.deadline()
        assert due is not None
        if junk <= due:
            bench.now = max(bench.now, junk)
            bench.hear(packet(255, auth_type=1, auth_data=b"guess\0\0\0"))
            junk += 400_000
        else:
            bench.wake()
        said += len(bench.adverts)
    assert said >= 6
