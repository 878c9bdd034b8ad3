"""The IPVS plane on a kernel that has ip_vs: `ipvs_inside.py` runs in User-Mode Linux, whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.lab.uml import run_in_uml

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.uml
def test_the_table_in_real_ip_vs_is_what_was_asked_for() -> None:
    command = f"exec {sys.executable} -m pytest -s -p no:cacheprovider tests/uml/ipvs_inside.py"
    environment = {"PYTHONPATH": f"{ROOT}/src:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    result = run_in_uml(f"cd {ROOT}\n{command}\n", timeout_s=180, environment=environment)
    print(result.output)
    assert result.exit_status == 0, result.output
    assert " passed" in result.output and " skipped" not in result.output
