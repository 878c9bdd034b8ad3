"""The gate itself: a skip fails a run as root, and one closing line tells the whole truth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.house.source import ROOT

SKIPPING = "import pytest\ndef test_a(): pass\ndef test_b(): pytest.skip('needs the moon')\n"
FAILING = "def test_a(): assert False\n"
LEAVING = "import tempfile\ndef test_a(): tempfile.mkdtemp(dir='.')\n"


def run(text: str, place: Path, *options: str) -> tuple[int, str, dict[str, int]]:
    """Run pytest over one file with our plugin; give status, output and the counts written."""
    (place / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    command += ["--rootdir", str(place), "-c", str(place / "none.ini"), *options, str(place)]
    (place / "none.ini").write_text("[pytest]\n")
    counts = place / "counts"
    environment = {**os.environ, "PYKEEPALIVED_COUNTS": str(counts), "PYTHONPATH": str(ROOT)}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    environment.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout, json.loads(counts.read_text())["counts"]


def test_a_skip_fails_the_strict_run_of_root_alone(tmp_path: Path) -> None:
    status, output, counts = run(SKIPPING, tmp_path, "--no-skips")
    assert status == (0 if os.geteuid() else 1)
    assert "skipped: 1" in output
    assert counts == {"passed": 1, "skipped": 1}


def test_a_skip_does_no_harm_elsewhere(tmp_path: Path) -> None:
    assert run(SKIPPING, tmp_path)[0] == 0


@pytest.mark.parametrize(
    ("runs", "status", "line"),
    [
        (({"passed": 1}, {"passed": 1}), 0, "===== 2 passed in 3.00s ====="),
        (({"passed": 1}, {"failed": 1}), 1, "===== 1 failed, 1 passed in 3.00s ====="),
        (({"passed": 2, "skipped": 3},), 0, "===== 2 passed, 3 skipped in 1.50s ====="),
        ((), 1, "===== no tests ran in 0.00s ====="),
    ],
)
def test_several_runs_close_with_one_line(
    runs: tuple[dict[str, int], ...], status: int, line: str, tmp_path: Path
) -> None:
    counts = tmp_path / "counts"
    with counts.open("w") as file:
        for numbers in runs:
            clean = "failed" not in numbers
            file.write(json.dumps({"counts": numbers, "seconds": 1.5, "clean": clean}) + "\n")
    command = [sys.executable, str(ROOT / "scripts" / "sum_up.py"), str(counts)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (status, line)


def test_a_run_that_fails_is_not_clean(tmp_path: Path) -> None:
    status, _, counts = run(FAILING, tmp_path)
    assert (status, counts) == (1, {"failed": 1})


def test_a_run_that_leaves_something_behind_fails(tmp_path: Path) -> None:
    status, output, counts = run(LEAVING, tmp_path)
    assert (status, counts) == (1, {"passed": 1, "error": 1})
    assert "left behind" in output
