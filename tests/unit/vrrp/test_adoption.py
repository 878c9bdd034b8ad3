"""What an instance keeps beyond its process, and what a new process makes of it."""

from __future__ import annotations

from struct import Struct

import pytest
from tests.unit.vrrp.rooms import Bench, config, instance, packet, with_password

from keepalived.core.vrrp.adoption import Life, goes_on, unpack
from keepalived.core.vrrp.state import State
from keepalived.linux.lives import LIFE_MOST
from keepalived.port.effects import Keep, RunScript
from keepalived.port.events import Kept, Reconfigured, Started, Stopping

FORM = Struct("<BBBqqqIQH")
STATES = (State.INIT, State.BACKUP, State.MASTER, State.FAULT)


def pack(life: Life) -> bytes:
    """A record as it lies in memory: version 2, the state's number, then the numbers in order."""
    return FORM.pack(
        *(2, STATES.index(life.state), life.priority, life.advert_due, life.peers_patience_us),
        *(life.yields_until, life.ah_sequence, life.hmac_last, life.packet_number),
    )


MASTER = Life(State.MASTER, 100, 10_000_000, 2_000_000, 0, 7, 1 << 63, 65_535)


@pytest.mark.parametrize("state", list(State))
def test_a_life_is_read_as_it_was_written(state: State) -> None:
    life = Life(state, 100, 1, 2, 1 << 62, 0xFFFFFFFF, (1 << 64) - 1, 0)
    assert unpack(pack(life)) == life
    assert len(pack(life)) <= LIFE_MOST


@pytest.mark.parametrize("data", [b"", b"\x01", pack(MASTER)[:-1], b"\x63" + pack(MASTER)[1:]])
def test_what_another_version_wrote_is_no_life(data: bytes) -> None:
    assert unpack(data) is None


@pytest.mark.parametrize(
    ("now", "on"), [(9_000_000, True), (11_999_999, True), (12_000_000, False)]
)
def test_it_goes_on_until_the_first_peer_could_lead(now: int, on: bool) -> None:
    assert goes_on(MASTER, now) is on


def kept(bench: Bench) -> list[Life | None]:
    return [unpack(each.life) for each in bench.operations if isinstance(each, Keep)]


def leading() -> Bench:
    bench = Bench(config(instance()))
    bench.give(Started())
    bench.wake()
    return bench


def test_each_advert_moves_what_is_kept() -> None:
    bench = leading()
    (first,) = kept(bench)
    assert first is not None and first.state is State.MASTER
    bench.wake()
    (second,) = kept(bench)
    assert second is not None
    assert second.advert_due == first.advert_due + 1_000_000
    assert second.peers_patience_us == 2_000_000


def test_a_backup_that_only_hears_keeps_nothing_new() -> None:
    bench = Bench(config(instance()))
    bench.give(Started())
    bench.hear(packet(150))
    bench.hear(packet(150))
    assert kept(bench) == []


def test_a_stop_forgets_and_so_does_a_reload_that_removes() -> None:
    for ending in (Stopping(), Reconfigured(config())):
        bench = leading()
        bench.give(ending)
        (last,) = [each for each in bench.operations if isinstance(each, Keep)]
        assert last.life == b""


def test_a_sequence_number_is_never_used_again() -> None:
    signed = with_password(instance(), "secret", "AH")
    bench = Bench(config(signed))
    life = pack(Life(State.MASTER, 100, bench.now, 2_000_000, 0, 100, 0, 5))
    owner = _owner(signed)
    bench.give(Kept({owner: life}))
    bench.give(Started())
    (after,) = kept(bench)
    assert after is not None
    assert after.ah_sequence > 100


def test_nobody_is_called_for_what_did_not_change() -> None:
    config_ = instance(notify_master=None)
    bench = Bench(config(config_))
    bench.give(
        Kept({_owner(config_): pack(Life(State.MASTER, 100, bench.now, 2_000_000, 0, 0, 0, 0))})
    )
    bench.give(Started())
    assert not [each for each in bench.operations if isinstance(each, RunScript)]
    assert bench.router.snapshot(bench.now)["instances"][0]["state"] == "MASTER"  # type: ignore[index]


def _owner(of: object) -> str:
    from keepalived.core.vrrp.adoption import owner_of

    return owner_of(of)  # type: ignore[arg-type]
