"""Scripts as real processes: how they end, what they get, and that none outlives its time."""

from __future__ import annotations

import errno
import os
import pwd
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.linux.inbox import Inbox

from keepalived.linux import scripts as module
from keepalived.linux.scripts import Scripts
from keepalived.port.effects import RunScript
from keepalived.port.events import Ending, ScriptEnded


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def scripts(inbox: Inbox) -> Iterator[Scripts]:
    made = Scripts(inbox.loop)
    yield made
    made.close()


def script(folder: Path, text: str, name: str = "s") -> str:
    place = folder / name
    place.write_text(text)
    place.chmod(0o755)
    folder.chmod(0o755)
    return str(place)


def ended(inbox: Inbox, limit_s: float = 5.0) -> ScriptEnded:
    (event,) = inbox.wait(1, limit_s)
    assert isinstance(event, ScriptEnded)
    return event


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("status", [0, 1, 255])
def test_exit_status_is_told(inbox: Inbox, scripts: Scripts, tmp_path: Path, status: int) -> None:
    scripts.run(RunScript("x", (script(tmp_path, f"#!/bin/sh\nexit {status}\n"),)))
    assert ended(inbox) == ScriptEnded("x", Ending.EXITED, status)


def test_signal_is_told(inbox: Inbox, scripts: Scripts, tmp_path: Path) -> None:
    scripts.run(RunScript("x", (script(tmp_path, "#!/bin/sh\nkill -SEGV $$\n"),)))
    assert ended(inbox) == ScriptEnded("x", Ending.SIGNALLED, 11)


def test_arguments_environment_session_and_streams(
    inbox: Inbox, scripts: Scripts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    text = (
        f"#!/bin/sh\nexec >{out}\n"
        'printf "%s|" "$@"; echo; env; readlink /proc/self/fd/0 /proc/self/fd/2\n'
        "cut -d' ' -f5,6 /proc/$$/stat; echo $$\n"
    )
    monkeypatch.setenv("LD_LIBRARY_PATH", "/evil")
    monkeypatch.setenv("IFS", "x")
    monkeypatch.setenv("HARMLESS", "yes")
    scripts.run(RunScript("x", (script(tmp_path, text), "a b", "", "c")))
    assert ended(inbox).ending is Ending.EXITED
    lines = out.read_text().splitlines()
    assert lines[0] == "a b||c|"
    assert "HARMLESS=yes" in lines
    assert not any(line.startswith(("LD_LIBRARY_PATH=", "IFS=")) for line in lines)
    assert lines[-4:-2] == ["/dev/null", "/dev/null"]
    pid = lines[-1]
    assert lines[-2] == f"{pid} {pid}", "its own process group and session"


def test_text_without_interpreter_goes_through_the_shell(
    inbox: Inbox, scripts: Scripts, tmp_path: Path
) -> None:
    scripts.run(RunScript("x", (script(tmp_path, 'exit "$1"\n'), "3")))
    assert ended(inbox) == ScriptEnded("x", Ending.EXITED, 3)


def test_bare_name_is_searched_in_path(inbox: Inbox, scripts: Scripts) -> None:
    scripts.run(RunScript("x", ("true",)))
    assert ended(inbox) == ScriptEnded("x", Ending.EXITED, 0)


def test_what_cannot_start_is_told_with_the_reason(
    inbox: Inbox, scripts: Scripts, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\n")
    for path, number in (
        ("/does/not/exist", errno.ENOENT),
        ("does-not-exist-anywhere", errno.ENOENT),
        (str(plain), errno.EACCES),
        (str(tmp_path), errno.EISDIR),
    ):
        scripts.run(RunScript("x", (path,)))
        assert ended(inbox) == ScriptEnded("x", Ending.NOT_STARTED, number)


def test_unknown_user_is_not_run_as_somebody_else(inbox: Inbox, scripts: Scripts) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    scripts.run(RunScript("x", ("/bin/true",), user="no-such-user"))
    assert ended(inbox).ending is Ending.NOT_STARTED


def test_user_and_group_are_those_asked_for(inbox: Inbox, scripts: Scripts, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    out = tmp_path / "out"
    out.touch()
    out.chmod(0o666)
    place = tmp_path
    while place != Path("/"):
        place.chmod(place.stat().st_mode | 0o055)
        place = place.parent
        if place.stat().st_mode & 0o055 == 0o055:
            break
    path = script(tmp_path, f"#!/bin/sh\n(id -u; id -g) >{out}\n")
    scripts.run(RunScript("x", (path,), user="nobody"))
    assert ended(inbox) == ScriptEnded("x", Ending.EXITED, 0)
    nobody = pwd.getpwnam("nobody")
    assert out.read_text().split() == [str(nobody.pw_uid), str(nobody.pw_gid)]
    scripts.run(RunScript("x", (path,), user="nobody", group=":daemon"))
    assert ended(inbox) == ScriptEnded("x", Ending.EXITED, 0)
    assert out.read_text().split()[1] == "1"


def test_script_that_hangs_is_ended_at_its_time_with_its_children(
    inbox: Inbox, scripts: Scripts, tmp_path: Path
) -> None:
    out = tmp_path / "pids"
    text = f"#!/bin/sh\nsleep 60 &\necho $$ $! >{out}\nwait\n"
    began = time.monotonic()
    scripts.run(RunScript("x", (script(tmp_path, text),), timeout_us=400_000))
    assert ended(inbox) == ScriptEnded("x", Ending.TIMED_OUT)
    assert 0.3 < time.monotonic() - began < 2
    pids = [int(word) for word in out.read_text().split()]
    inbox.until(lambda: not any(map(alive, pids)), 2)
    assert len(pids) == 2 and not any(map(alive, pids))


def test_script_that_ignores_sigterm_is_killed_two_seconds_later(
    inbox: Inbox, scripts: Scripts, tmp_path: Path
) -> None:
    text = "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.2; done\n"
    began = time.monotonic()
    scripts.run(RunScript("x", (script(tmp_path, text),), timeout_us=200_000))
    assert ended(inbox) == ScriptEnded("x", Ending.TIMED_OUT)
    assert 2.1 < time.monotonic() - began < 4


def test_killing_ends_a_script_and_its_end_is_told(inbox: Inbox, scripts: Scripts) -> None:
    scripts.run(RunScript("x", ("/bin/sleep", "60")))
    scripts.kill("x")
    assert ended(inbox) == ScriptEnded("x", Ending.SIGNALLED, 15)
    scripts.kill("x")


def test_scripts_of_a_queue_run_one_after_the_other_in_order(
    inbox: Inbox, scripts: Scripts, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    path = script(tmp_path, f"#!/bin/sh\necho $1+ >>{out}\nsleep 0.1\necho $1- >>{out}\n")
    for name in "abc":
        scripts.run(RunScript(name, (path, name), queue="q"))
    assert [e.name for e in inbox.wait(3) if isinstance(e, ScriptEnded)] == ["a", "b", "c"]
    assert out.read_text().split() == ["a+", "a-", "b+", "b-", "c+", "c-"]


def test_queue_goes_on_after_one_that_cannot_start_or_is_killed_waiting(
    inbox: Inbox, scripts: Scripts
) -> None:
    scripts.run(RunScript("a", ("/bin/sleep", "0.2"), queue="q"))
    scripts.run(RunScript("b", ("/does/not/exist",), queue="q"))
    scripts.run(RunScript("c", ("/bin/true",), queue="q"))
    scripts.run(RunScript("d", ("/bin/true",), queue="q"))
    scripts.kill("c")
    told = {e.name: e.ending for e in inbox.wait(4) if isinstance(e, ScriptEnded)}
    assert told == {
        "a": Ending.EXITED,
        "b": Ending.NOT_STARTED,
        "c": Ending.SIGNALLED,
        "d": Ending.EXITED,
    }


def test_second_run_of_a_name_under_way_is_refused(inbox: Inbox, scripts: Scripts) -> None:
    scripts.run(RunScript("x", ("/bin/sleep", "0.2")))
    scripts.run(RunScript("x", ("/bin/true",)))
    assert ended(inbox) == ScriptEnded("x", Ending.NOT_STARTED, errno.EALREADY)
    assert ended(inbox) == ScriptEnded("x", Ending.EXITED, 0)


def test_closing_leaves_no_process(inbox: Inbox, tmp_path: Path) -> None:
    scripts = Scripts(inbox.loop)
    out = tmp_path / "pid"
    text = f"#!/bin/sh\ntrap '' TERM\necho $$ >{out}\nsleep 60\n"
    scripts.run(RunScript("x", (script(tmp_path, text),)))
    inbox.until(lambda: out.exists() and bool(out.read_text().strip()), 3)
    pid = int(out.read_text())
    scripts.close()
    assert not alive(pid)
    assert inbox.events == []


def test_one_that_hangs_does_not_silence_the_rest_of_its_queue(
    inbox: Inbox, scripts: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_US", 200_000)
    scripts.run(RunScript("hangs", ("/bin/sleep", "1.5"), queue="q"))
    for name in ("b", "c"):
        scripts.run(RunScript(name, ("/bin/true",), queue="q"))
    names = [event.name for event in inbox.wait(2) if isinstance(event, ScriptEnded)]
    assert names == ["b", "c"]
    scripts.run(RunScript("d", ("/bin/sleep", "2"), queue="q"))
    scripts.run(RunScript("e", ("/bin/true",), queue="q"))
    assert ended(inbox).name == "e", "the next one that hangs is passed over just so"
    assert {event.name for event in inbox.wait(2) if isinstance(event, ScriptEnded)} == {
        "hangs",
        "d",
    }


def test_whom_a_script_runs_as_is_asked_once(
    inbox: Inbox, scripts: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_IDENTITIES", {})
    scripts.expect("nobody", "")
    monkeypatch.setattr(pwd, "getpwnam", lambda name: pytest.fail("asked again"))
    scripts.run(RunScript("x", ("/bin/true",), user="nobody"))
    assert ended(inbox) == ScriptEnded("x", Ending.EXITED, 0)


def test_a_stop_waits_for_what_was_called_but_not_for_ever(
    inbox: Inbox, scripts: Scripts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_US", 200_000)
    assert scripts.seen_out()
    quick = script(tmp_path, f"#!/bin/sh\necho $1 >> {tmp_path}/said\n", "quick")
    hung = script(tmp_path, "#!/bin/sh\nexec sleep 30\n", "hung")
    scripts.run(RunScript("1", (quick, "first"), queue="q"))
    scripts.run(RunScript("2", (quick, "second"), queue="q"))
    scripts.run(RunScript("3", (hung,), queue="q"))
    scripts.run(RunScript("4", (quick, "third"), queue="q"))
    scripts.run(RunScript("reader", (hung,)))
    assert not scripts.seen_out()
    ends = [each for each in inbox.wait(4, 5) if isinstance(each, ScriptEnded)]
    assert scripts.seen_out()
    how = {each.name: each.ending for each in ends}
    assert how == {**dict.fromkeys("124", Ending.EXITED), "reader": Ending.SIGNALLED}
    assert (tmp_path / "said").read_text() == "first\nsecond\nthird\n"


def test_a_stop_goes_on_as_soon_as_all_have_ended(
    inbox: Inbox, scripts: Scripts, tmp_path: Path
) -> None:
    scripts.run(RunScript("1", (script(tmp_path, "#!/bin/sh\n"),), queue="q"))
    assert not scripts.seen_out()
    ended(inbox, module.STOP_US / 2_000_000)
    assert scripts.seen_out()


def test_who_must_not_run_twice_is_ended_first(inbox: Inbox, tmp_path: Path) -> None:
    sleeps = script(tmp_path, "#!/bin/sh\nexec sleep 30\n")
    first, second = Scripts(inbox.loop), Scripts(inbox.loop)
    first.run(RunScript("1", (sleeps,), sole=("READS", str(tmp_path))))
    first.run(RunScript("2", (sleeps,), sole=("READS", f"{tmp_path}/other")))
    time.sleep(0.1)
    second.run(RunScript("3", (sleeps,), sole=("READS", str(tmp_path))))
    assert ended(inbox) == ScriptEnded("1", Ending.SIGNALLED, 15)
    for each in (first, second):
        each.close()
