"""The second kernel's runner: real exit status, a time-out that ends it, no leftovers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.lab.uml import TIMED_OUT, main, run_in_uml

pytestmark = pytest.mark.uml


def of_this_run() -> set[str]:
    """Name the processes that a second kernel of this very process runs in."""
    mine = f"tests-of={os.getpid()}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mine in (entry / "environ").read_bytes():
                found.add(entry.name)
        except OSError:
            continue
    return found


def test_exit_status_output_and_environment_are_the_scripts_own() -> None:
    script = """uname -r; echo "$WORD"; echo loud >&2
        modprobe -n ip_vs && grep -c ^ip_vs_ /proc/modules; exit 7"""
    result = run_in_uml(script, environment={"WORD": "it's two words"})
    lines = result.output.splitlines()
    assert result.exit_status == 7
    assert lines[0] != os.uname().release and lines[1:3] == ["it's two words", "loud"]
    assert int(lines[3]) >= 13


def test_a_script_that_hangs_is_ended_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYKEEPALIVED_RUN", f"tests-of={os.getpid()}")
    before = set(Path("/tmp").glob("keepalived-uml-*"))
    result = run_in_uml("echo begun; sleep 600 & sleep 600", timeout_s=12)
    assert result.exit_status == TIMED_OUT
    assert result.output in ("begun\n", "")
    assert of_this_run() == set()
    left = {place for place in Path("/tmp").glob("keepalived-uml-*") if place not in before}
    assert not [place for place in left if (place / "command").exists() and _hangs(place)]


def _hangs(place: Path) -> bool:
    """Tell our hanging script's folder from one that another run has just made."""
    return "sleep 600 & sleep 600" in (place / "command").read_text()


def test_from_the_command_line_a_script_file_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.sh"
    script.write_text('#!/bin/sh\necho "said: $1"\nexit 3\n')
    script.chmod(0o755)
    assert main(["--time-out", "60", str(script), "one word"]) == 3
    assert capsys.readouterr().out == "said: one word\n"
