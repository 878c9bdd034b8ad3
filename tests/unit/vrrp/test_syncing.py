"""The connection synchronisation tells while its instance leads, and hears otherwise."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.vrrp.rooms import Bench, config, instance, packet

from keepalived.config.load import load_text
from keepalived.config.views import router_config
from keepalived.core.vrrp.holdings import Holdings
from keepalived.port.events import Stopping
from keepalived.port.resources import Install, Remove
from keepalived.port.sync import SyncDaemon

SYNC = SyncDaemon(leads=False, link="eth0", number=51)
TELLS = replace(SYNC, leads=True)
FILE = (
    "global_defs {\nlvs_sync_daemon %s\n}\nvrrp_instance A {\ninterface eth0\n"
    "virtual_router_id 7\n%s\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n"
)


def changes(bench: Bench) -> list[object]:
    asked = [each for each in bench.operations if isinstance(each, (Install, Remove))]
    return [each for each in asked if isinstance(each.resource, SyncDaemon)]


def test_it_hears_as_backup_tells_as_master_and_ends_with_the_daemon() -> None:
    bench = Bench(config(instance(holdings=Holdings(sync=SYNC)))).start()
    assert changes(bench) == [Install(SYNC)]
    bench.wake()
    assert changes(bench) == [Remove(SYNC), Install(TELLS)]
    bench.hear(packet(200))
    assert changes(bench) == [Remove(TELLS), Install(SYNC)]
    bench.give(Stopping())
    assert changes(bench) == [Remove(SYNC)]


def asked(words: str, more: str = "") -> tuple[SyncDaemon | None, tuple[object, ...]]:
    router = router_config(load_text(FILE % (words, more)).config, "here")
    return router.instances[0].holdings.sync, router.statics


def test_its_number_is_the_instance_s_unless_given() -> None:
    assert asked("eth1 A") == (SyncDaemon(leads=False, link="eth1", number=7), ())
    assert asked("eth1 inst A id 9 maxlen 1400 ttl 3 port 99")[0] == SyncDaemon(
        leads=False, link="eth1", number=9, packet_bytes=1400, port=99, ttl=3
    )


def test_without_an_instance_both_run_as_long_as_the_daemon() -> None:
    sync, statics = asked("eth1")
    assert sync is None
    assert statics == tuple(SyncDaemon(leads, "eth1", 0) for leads in (True, False))


def test_the_old_word_of_an_instance_is_the_same() -> None:
    text = (FILE % ("x", "lvs_sync_daemon_interface eth2")).partition("}\n")[2]
    router = router_config(load_text(text).config, "here")
    assert router.instances[0].holdings.sync == SyncDaemon(leads=False, link="eth2", number=7)
