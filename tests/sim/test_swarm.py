"""Many seeds under many misfortunes, held to laws that are told from outside."""

from __future__ import annotations

import pytest
from hypothesis import settings

from keepalived.core.vrrp.machine import Machine
from keepalived.core.vrrp.state import Why
from keepalived.sim.swarm import run_seed

WHOLE = settings().max_examples >= 100
SEEDS = 10_000 if WHOLE else 60
"""Ten thousand, and few in a quick run."""
BLOCK = 100 if WHOLE else 20


@pytest.mark.parametrize("block", range(0, SEEDS, BLOCK))
def test_no_seed_breaks_a_law(block: int) -> None:
    moves = 0
    for seed in range(block, block + BLOCK):
        outcome = run_seed(seed)
        story = f"\n{outcome.world.render()}\nrepeat: python -m keepalived.sim.swarm {seed}"
        assert not outcome.violations, f"seed {seed}: {outcome.violations}{story}"
        assert outcome.world.now >= 60_000_000
        moves += outcome.moves
    assert moves > 5 * BLOCK, "a swarm in which nothing happens proves nothing"


def test_the_same_seed_gives_the_same_run() -> None:
    assert run_seed(11).world.render() == run_seed(11).world.render()
    assert run_seed(11).world.render() != run_seed(12).world.render()


def broken_seeds() -> list[int]:
    return [seed for seed in range(12) if run_seed(seed).violations]


def test_the_laws_catch_a_master_that_never_yields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Machine, "_hear_as_master", lambda *_: None)
    assert broken_seeds()


def test_the_laws_catch_a_fault_that_keeps_the_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Machine.hold

    def hold(machine: Machine) -> object:
        if machine.why is Why.LINK_DOWN:
            return kept(machine).__class__("nobody", ())
        return kept(machine)

    monkeypatch.setattr(Machine, "hold", hold)
    assert broken_seeds()


def test_the_laws_catch_a_backup_that_never_dares(monkeypatch: pytest.MonkeyPatch) -> None:
    hear = Machine._hear_as_backup

    def timid(machine: Machine, now: int, advert: object, source: object) -> None:
        hear(machine, now, advert, source)  # type: ignore[arg-type]
        machine.election.wait(now, 3_900_000, Why.SILENCE)

    monkeypatch.setattr(Machine, "_hear_as_backup", timid)
    assert broken_seeds()
