"""Whom scripts run as, and which are too weak to be given root's rights."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keepalived.linux.script_policy import Policy, weakness
from keepalived.linux.scripts import Scripts
from keepalived.port.effects import RunScript
from keepalived.port.events import Ending, ScriptEnded
from keepalived.run.loop import Loop


def test_a_script_that_names_nobody_runs_as_the_one_for_all() -> None:
    policy = Policy(user="u", group="g")
    assert policy.owner("", "") == ("u", "g")
    assert policy.owner("v", "") == ("v", "")
    assert Policy(further_groups=True).owner("v", "h") == ("v", ":h")


def test_a_path_of_roots_own_is_strong() -> None:
    assert weakness("/usr/bin/env") == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to own what it makes")
def test_what_others_can_change_is_named(tmp_path: Path) -> None:
    script = tmp_path / "s"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    tmp_path.chmod(0o755)
    before = weakness(str(script))
    script.chmod(0o775)
    assert weakness(str(script)) == (before or str(script))
    script.chmod(0o755)
    os.chown(script, 65534, 0)
    assert weakness(str(script)) == (before or str(script))


class Inbox(Loop):
    def __init__(self) -> None:
        super().__init__()
        self.ended: list[ScriptEnded] = []

    def post(self, event: object) -> None:
        assert isinstance(event, ScriptEnded)
        self.ended.append(event)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, whose rights are at stake")
def test_a_weak_script_is_not_run_as_root_under_script_security(tmp_path: Path) -> None:
    mark, script = tmp_path / "mark", tmp_path / "s"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o777)
    said: list[str] = []
    loop = Inbox()
    scripts = Scripts(loop, Policy(user="root", secure=True, complain=said.append))
    scripts.run(RunScript("a", (str(script),)))
    assert [each.ending for each in loop.ended] == [Ending.NOT_STARTED]
    assert str(script) in said[0]
    assert not mark.exists()
    loop.close()
