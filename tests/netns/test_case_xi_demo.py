"""The demo itself: it comes true, it says so when a part is broken, it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from demo.sabotage import SABOTAGE
from tests.lab.hosts import missing
from tests.lab.network import PYTHON, ROOT

LIMIT_S = 90.0
MINUTE_S = 60.0

pytestmark = pytest.mark.netns


@pytest.fixture(autouse=True, scope="module")
def _able() -> None:
    lack = missing("nft", "openssl")
    if lack is not None:
        pytest.skip(f"lacks {lack}")


def start_demo(*options: str) -> subprocess.Popen[str]:
    """The demo as `make demo` calls it, on the host's kernel."""
    environment = {k: v for k, v in os.environ.items() if k not in ("KERNEL", "PEER")}
    return subprocess.Popen(
        [str(PYTHON), "-m", "demo", *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A shell that runs the tests in the background has them ignore INT, and its children too.
        preexec_fn=_heed_interrupts,
    )


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def left_behind(number: int) -> list[str]:
    """What the demo that had this process number left: namespaces, folders, processes."""
    prefix = f"kd{number}-"
    spaces = [n for n in os.listdir("/run/netns") if n.startswith(prefix)]
    folders = [n for n in os.listdir("/tmp") if n.startswith(prefix)]
    processes = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if prefix in command:
            processes.append(command)
    return spaces + folders + processes


def test_the_story_comes_true_in_a_minute_and_leaves_nothing() -> None:
    begin = time.monotonic()
    demo = start_demo()
    output, _ = demo.communicate(timeout=LIMIT_S)
    assert demo.returncode == 0, output[-6000:]
    assert time.monotonic() - begin < MINUTE_S
    assert "the whole of case study XI came true" in output
    assert left_behind(demo.pid) == []


@pytest.fixture(scope="module")
def broken() -> Iterator[dict[str, tuple[int, int, str]]]:
    """Every sabotage's demo, all at the same time: process number, exit status, output."""
    demos = {part: start_demo("--break", part) for part in SABOTAGE}
    with ThreadPoolExecutor(len(demos)) as readers:
        outputs = readers.map(lambda demo: demo.communicate(timeout=LIMIT_S)[0], demos.values())
        texts = dict(zip(demos, outputs, strict=True))
    yield {part: (demo.pid, demo.returncode, texts[part]) for part, demo in demos.items()}


@pytest.mark.parametrize("part", list(SABOTAGE))
def test_a_part_broken_by_hand_is_told_by_the_exit_status_and_the_step(
    broken: dict[str, tuple[int, int, str]], part: str
) -> None:
    number, status, output = broken[part]
    assert status == 1, output[-6000:]
    step = re.search(r"✗ step \d+ \((\w+):", output)
    assert step is not None, output[-3000:]
    assert step[1] == SABOTAGE[part].before, output[-3000:]
    assert left_behind(number) == []


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing(sign: signal.Signals) -> None:
    demo = start_demo()
    assert demo.stdout is not None
    for line in demo.stdout:
        if "director2 starts" in line:
            break
    demo.send_signal(sign)
    demo.communicate(timeout=20)
    assert demo.returncode == 130
    assert left_behind(demo.pid) == []


def test_an_ordinary_user_is_told_the_story_in_a_user_namespace() -> None:
    """The real user id is nobody's; the program's place is made readable in a mount namespace."""
    home = Path(os.path.realpath(PYTHON)).parents[1]
    if any(folder.stat().st_mode & 0o5 != 0o5 for folder in (ROOT, *ROOT.parents)):
        pytest.skip(f"a place that others may read: {ROOT}")
    bare = Path("/", home.parts[1])
    steps = f"mkdir -p {home} && mount --bind /mnt {home}"
    hide = f"mount --bind {home} /mnt && mount -t tmpfs -o mode=755 tmpfs {bare} && {steps} && "
    hidden = bare.stat().st_mode & 0o5 != 0o5
    user = "setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp KERNEL= PEER="
    script = f"{hide if hidden else ''}exec {user} {PYTHON} -m demo"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if "gives none to ordinary users" in done.stderr:
        pytest.skip(f"user namespaces for ordinary users: {done.stderr}")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "becomes root of a user namespace" in done.stdout
    assert "the whole of case study XI came true" in done.stdout
