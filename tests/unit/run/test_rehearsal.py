"""The rehearsal: it goes the whole way of a takeover, as often as it is asked to."""

from __future__ import annotations

import pytest

from keepalived.linux.port import LinuxWorld
from keepalived.port.effects import Operation, Send
from keepalived.port.resources import HeldAddress, Install
from keepalived.run.rehearsal import Rehearsal


def test_each_rehearsal_advertises_takes_the_address_and_announces_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[Operation] = []
    real = LinuxWorld.apply

    def apply(world: LinuxWorld, operations: list[Operation]) -> None:
        done.extend(operations)
        real(world, operations)

    rehearsal = Rehearsal()
    monkeypatch.setattr(LinuxWorld, "apply", apply)
    for _ in range(2):
        done.clear()
        rehearsal.run()
        sent = [each for each in done if isinstance(each, Send)]
        taken = [
            each
            for each in done
            if isinstance(each, Install) and isinstance(each.resource, HeldAddress)
        ]
        assert (len(sent), len(taken)) == (2, 1)
