"""What all tests share: where shared data lies, who may run what, and the count of skips."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.lab.hosts import end_on_signals

ROOT = Path(__file__).resolve().parent.parent
# Other work on the machine makes a run slower, not wrong.
settings.register_profile("house", deadline=None)
# scripts/test quick: a few examples of each, the rest is for the run of everything.
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile("house")

UML_KERNEL = "/usr/bin/linux.uml"


def shared_directory() -> Path:
    """Give the folder of seed, captures and corpus; it may be absent."""
    return Path(os.environ.get("PYKEEPALIVED_SHARED", str(ROOT.parent / "shared")))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of shared data, or skip and name it."""
    place = shared_directory()
    if not place.is_dir():
        pytest.skip(f"no shared data at {place} (set PYKEEPALIVED_SHARED)")
    return place


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """Fail at the end where a folder or a namespace of this process is still there."""
    folders: list[str] = []
    make = tempfile.mkdtemp

    def remembered(*words: str | None, **options: str | None) -> str:
        folders.append(make(*words, **options))
        return folders[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "mkdtemp", remembered)
        yield
    spaces = Path("/run/netns")
    named = [str(each) for each in (spaces.iterdir() if spaces.is_dir() else ())]
    ours = re.compile(rf"(?<!\d){os.getpid()}(?!\d)")
    left = [each for each in folders if Path(each).exists()]
    assert not left + [each for each in named if ours.search(each)], "left behind"


def _namespaces_lacking() -> str:
    if os.geteuid() != 0:
        return "needs root"
    if shutil.which("ip") is None:
        return "needs the package iproute2"
    name = f"pk-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    if made.returncode:
        return f"needs network namespaces ({made.stderr.strip()})"
    subprocess.run(["ip", "netns", "del", name], check=False)
    return ""


def _uml_lacking() -> str:
    if os.geteuid() != 0:
        return "needs root"
    if not Path(UML_KERNEL).exists() and shutil.which("linux") is None:
        return "needs the package user-mode-linux"
    return ""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what scripts/test asks for."""
    parser.addoption("--no-skips", action="store_true", help="as root, a skip is a failure")
    parser.addoption(
        "--every-word-hit", action="store_true", help="every Note, Why and Refusal must be hit"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, by name, what this machine cannot run."""
    for marker, lacking in (("netns", _namespaces_lacking), ("uml", _uml_lacking)):
        marked = [item for item in items if item.get_closest_marker(marker)]
        why = lacking() if marked else ""
        if why:
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=f"{marker}: {why}"))


class Tally:
    """Counts outcomes on the controller and writes them where scripts/test reads them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.started = time.monotonic()

    def counts(self) -> Counter[str]:
        """Give how many tests had which outcome."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        stats = reporter.stats if reporter else {}
        return Counter({name: len(found) for name, found in stats.items() if name})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail where nothing may be skipped; write the counts."""
        counts = self.counts()
        strict = self.config.getoption("--no-skips") and os.geteuid() == 0
        if strict and counts["skipped"] and session.exitstatus in (0, 5):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        place = os.environ.get("PYKEEPALIVED_COUNTS")
        if place:
            seconds = time.monotonic() - self.started
            clean = int(session.exitstatus) == 0
            line = {"counts": dict(counts), "seconds": seconds, "clean": clean}
            with Path(place).open("a") as file:
                file.write(json.dumps(line) + "\n")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say the count of skips, and what it means here."""
        skipped = self.counts()["skipped"]
        if self.config.getoption("--no-skips"):
            terminalreporter.write_line(f"skipped: {skipped}")
            if skipped and os.geteuid() == 0:
                terminalreporter.write_line("as root nothing may be skipped: this run has failed")


def pytest_configure(config: pytest.Config) -> None:
    """Register the counting; workers of a parallel run leave it to their controller."""
    if config.getoption("--every-word-hit"):
        from tests.every_word_hit import Hits

        config.pluginmanager.register(Hits(config), "hits")
    end_on_signals()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Tally(config), "counting")
