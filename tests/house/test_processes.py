"""What the processes load: the VRRP process lives on the standard library alone."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.house.source import ROOT, modules, report, under

CHILD = "keepalived.run.vrrp_process"
VRRP_ROOMS = ("wire", "port", "lang", "core.vrrp", "core.notify", "core.ledger", "core.host")
HEAVY = {"asyncio", "ssl", "subprocess", "logging", "smtplib", "email", "multiprocessing"}
DEAR = {"dataclasses", "inspect", "json", "pathlib", "re", "selectors", "socket", "typing"}
"""What a daemon at rest does without: together two and a half megabytes, and half of a start."""
DAEMON = ("run.start", "run.supervisor", "run.vrrp_process", "run.checker_process")


def loaded_by(names: list[str]) -> set[str]:
    """Import modules in a process of its own; give the top-level names that are loaded then."""
    code = "import sys\n" + "".join(f"import {name}\n" for name in names)
    code += "print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", f"import sys; sys.path.insert(0, 'src')\n{code}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def vrrp_modules() -> list[str]:
    """Give the modules that the VRRP process is made of."""
    return [
        f"keepalived.{module.name}"
        for module in modules()
        if under(module.name, VRRP_ROOMS) and module.name
    ] + [CHILD]


def test_the_vrrp_process_is_made_of_the_standard_library() -> None:
    foreign = loaded_by(vrrp_modules()) - sys.stdlib_module_names - {"keepalived", "__main__"}
    report(sorted(foreign), "nothing foreign can stop an advert")


def test_the_vrrp_process_loads_nothing_heavy() -> None:
    report(sorted(loaded_by(vrrp_modules()) & HEAVY), "memory and start time are goals")


def test_the_daemon_loads_what_it_runs_and_no_more() -> None:
    loaded = loaded_by([f"keepalived.{name}" for name in DAEMON])
    report(sorted(loaded & DEAR), "records, annotations, _socket and a late import stand for them")


@pytest.mark.parametrize("name", ["run.main", "run.start", "cli.genhash", "cli.main"])
def test_a_program_starts_without_the_heavy_modules(name: str) -> None:
    loaded = loaded_by([f"keepalived.{name}"])
    report(sorted(loaded & HEAVY), "-v, -t and genhash answer at once; a fork shares what is small")
