"""SIGHUP: whatever is wrong with the new file, or with us, the old configuration stays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from keepalived.config.load import load_text
from keepalived.run import reload
from keepalived.run.logbook import Logbook
from keepalived.run.options import Options


def test_a_mistake_of_ours_in_reading_the_file_leaves_the_old_one_in_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RecursionError("our own mistake")

    lines: list[str] = []
    log = Logbook("Keepalived", syslog=False)
    monkeypatch.setattr(log, "write", lambda severity, text: lines.append(text))
    monkeypatch.setattr(reload, "examine", fail)
    applied: list[object] = []
    verdict = SimpleNamespace(plane="", loaded=SimpleNamespace(memory=None))
    rereading = SimpleNamespace(read=lambda _, whole: whole(None))
    supervisor: Any = SimpleNamespace(
        rereading=rereading,
        log=log,
        options=Options(),
        verdict=verdict,
        config=load_text("").config,
        apply=applied.append,
    )
    reload.reload(supervisor)
    assert applied == []
    assert "our own mistake" in lines[-2] and "the old configuration stays" in lines[-1]
