"""The set-up is quick and silent when it is done, and makes the three programs."""

from __future__ import annotations

import subprocess
import time

from tests.house.source import ROOT

from keepalived import VERSION


def test_a_second_setup_has_nothing_to_do() -> None:
    setup = str(ROOT / "scripts" / "setup")
    subprocess.run([setup], check=True, capture_output=True)
    began = time.monotonic()
    done = subprocess.run([setup], capture_output=True, text=True, check=True)
    assert not done.stderr
    assert "installing" not in done.stdout
    assert time.monotonic() - began < 10


def test_the_three_programs_stand_in_the_virtual_environment() -> None:
    for name in ("keepalived", "genhash", "kactl"):
        program = ROOT / ".venv" / "bin" / name
        flag = "--version" if name == "kactl" else "-v"
        done = subprocess.run([str(program), flag], capture_output=True, text=True)
        assert done.returncode == 0, (name, done.stderr)
        assert VERSION in done.stdout + done.stderr


def test_every_pinned_package_has_a_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        packages = [each for each in text.replace("\\\n", "").splitlines() if each.strip()]
        assert packages
        assert all("==" in each and "--hash=sha256:" in each for each in packages)
