"""The daemon as an operator meets it: it elects, stops, restarts its children, rereads its file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.lab.directors import OURS, REAL
from tests.lab.waiting import until
from tests.netns.daemons import VIP, Daemon, Link, router

pytestmark = pytest.mark.netns
KACTL = OURS.with_name("kactl")


def test_two_daemons_elect_the_higher_and_the_other_takes_over_when_it_stops(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    b = Daemon("ours", link.b, router(100), "-P")
    until(link.only(link.a), 10, "a leads")
    assert a.stop() == 0
    until(link.only(link.b), 5, "b leads after a's clean stop")
    assert "Entering MASTER STATE" in b.log()
    a = Daemon("ours", link.a, router(150), "-P")
    until(link.only(link.a), 10, "a leads again")
    assert b.stop() == 0 and a.stop() == 0
    assert not link.has(link.a) and not link.has(link.b)


@pytest.mark.parametrize(("first", "second"), [("ours", "real"), ("real", "ours")])
def test_beside_real_keepalived_in_either_role(link: Link, first: str, second: str) -> None:
    if not REAL.exists():
        pytest.skip("needs the package keepalived")
    b = Daemon(second, link.b, router(100), "-P")
    until(link.only(link.b), 15, f"{second} leads while alone")
    a = Daemon(first, link.a, router(150), "-P")
    until(link.only(link.a), 15, f"{first} takes over by its priority")
    a.stop()
    until(link.only(link.b), 15, f"{second} takes over at the other's stop")
    b.stop()
    until(lambda: not link.has(link.b), 5, "nothing is left")


def test_a_stop_removes_addresses_pid_files_and_socket_and_says_so(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    assert a.number(a.pid_file) != a.number(a.vrrp_pid_file)
    assert not a.checkers_pid_file.exists()
    socket = a.pid_file.with_suffix(".sock")
    assert socket.stat().st_mode & 0o777 == 0o600
    begin = time.monotonic()
    assert a.stop() == 0
    assert time.monotonic() - begin < 4
    assert not link.has(link.a)
    for path in (a.pid_file, a.vrrp_pid_file, socket):
        assert not path.exists(), path
    log = a.log()
    for line in (
        "Starting Keepalived v",
        "Command line: '",
        "Configuration file ",
        "Starting VRRP child process, pid=",
        "Startup complete",
        "Stopping",
        "Stopped - used ",
        "CPU usage (self/children) user: ",
        "Stopped Keepalived v",
    ):
        assert line in log, line


def test_v_leaves_the_addresses_at_a_stop(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P", "-V")
    until(lambda: link.has(link.a), 10, "a leads")
    assert a.stop() == 0
    assert link.has(link.a)


def test_a_killed_child_is_restarted_and_what_it_left_is_found(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    first = a.number(a.vrrp_pid_file)
    os.kill(first, signal.SIGKILL)
    a.says("VRRP child process", 5)
    a.says(f"pid {first} exited due to signal 9")
    second = until(
        lambda: (now := a.number(a.vrrp_pid_file)) != first and now, 10, "it is started again"
    )
    assert second
    a.says("leads on: its process died and this one took its place")
    assert link.has(link.a)
    assert a.stop() == 0
    assert not link.has(link.a)


def test_children_stop_cleanly_when_their_parent_is_killed(link: Link) -> None:
    a = Daemon("ours", link.a, "global_defs {\n orphans stop\n}\n" + router(150), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    a.program.end(signal.SIGKILL)
    until(lambda: not link.has(link.a), 5, "the address is gone")
    until(lambda: not link.a.numbers(), 5, "the child is gone")


def test_a_dead_daemons_pid_file_does_not_hinder_the_next(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    a.program.end(signal.SIGKILL)
    assert a.pid_file.exists()
    again = Daemon("ours", link.a, router(150), "-P")
    until(lambda: again.log().count("Startup complete") == 2, 10, "the second start works")
    assert again.stop() == 0


def test_a_second_daemon_with_the_same_pid_file_gives_way(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    a.says("Startup complete")
    second = link.a.start(*a.words, label="second")
    until(lambda: not second.running(), 10, "the second ends")
    assert "daemon is already running" in second.text()
    assert a.program.running()
    assert a.number(a.pid_file)
    assert a.stop() == 0


def test_hup_brings_new_addresses_and_priority_without_a_blink(link: Link) -> None:
    a = Daemon("ours", link.a, router(150, vips=(VIP, "10.77.0.101")), "-P")
    until(link.only(link.a), 10, "a leads")
    child = a.number(a.vrrp_pid_file)
    a.path.write_text(router(150, vips=(VIP, "10.77.0.102")))
    a.signal(signal.SIGHUP)
    until(lambda: link.has(link.a, "10.77.0.102"), 5, "the new address is there")
    until(lambda: not link.has(link.a, "10.77.0.101"), 5, "the old one is gone")
    assert link.has(link.a)
    a.says("Reload complete")
    assert a.number(a.vrrp_pid_file) == child
    assert a.log().count("Entering MASTER STATE") == 1
    b = Daemon("ours", link.b, router(100, vips=(VIP, "10.77.0.102")), "-P")
    b.says("Startup complete")
    a.path.write_text(router(50, vips=(VIP, "10.77.0.102")))
    a.signal(signal.SIGHUP)
    until(link.only(link.b), 10, "b leads, whose priority is the higher one now")
    assert a.stop() == 0 and b.stop() == 0


@pytest.mark.parametrize("bad", ["vrrp_instance VI_1 {\n", router(150) + "nonsense 1\n", "\0\xff{"])
def test_a_bad_file_at_hup_changes_nothing_and_is_named(link: Link, bad: str) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    a.path.write_text(bad)
    a.signal(signal.SIGHUP)
    a.says("the old configuration stays in force")
    assert link.has(link.a)
    a.path.unlink()
    a.signal(signal.SIGHUP)
    until(lambda: a.log().count("stays in force") == 2, 5, "no file is no reason either")
    assert link.has(link.a) and a.program.running()
    assert a.stop() == 0


def test_in_the_background_the_shell_gets_back_when_the_daemon_is_at_work(link: Link) -> None:
    path = link.world.folder / "a.conf"
    path.write_text(router(150))
    pid_file = link.world.folder / "a.pid"
    words = ["-P", "-G", "-f", str(path), "-p", str(pid_file), "-r", str(pid_file) + ".vrrp"]
    begin = time.monotonic()
    link.a.run(str(OURS), *words)
    assert time.monotonic() - begin < 10
    pid = int(pid_file.read_text())
    assert Path(f"/proc/{pid}/comm").read_text() == "keepalived\n"
    assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
    until(lambda: link.has(link.a), 10, "a leads")
    os.kill(pid, signal.SIGTERM)
    until(lambda: not link.a.numbers(), 10, "it is gone")
    assert not link.has(link.a) and not pid_file.exists()


def _ends(link: Link, *words: str) -> tuple[int, str]:
    program = link.a.start(str(OURS), "-G", "-l", *words, label="ends")
    until(lambda: not program.running(), 20, "it ends")
    return program.process.returncode, program.text()


def test_exit_statuses_at_run_time_are_upstreams(link: Link) -> None:
    pid = str(link.world.folder / "x.pid")
    assert _ends(link, "-n", "-p", pid, "-f", "/nonexistent")[0] == 6
    assert _ends(link, "-p", pid, "-f", "/nonexistent")[0] == 6
    path = link.world.folder / "x.conf"
    path.write_text(router(150).replace("eth0", "eth7"))
    status, log = _ends(link, "-n", "-p", pid, "-f", str(path), "-P")
    assert status == 2 and "eth7" in log
    assert not Path(pid).exists()
    assert "Traceback" not in log


def test_garbage_is_a_message_for_each_line_and_no_crash(link: Link) -> None:
    path = link.world.folder / "garbage.conf"
    path.write_bytes(b'\x00\xff{ } } \xc3\x28 vrrp_instance\n"\nvirtual_server {\n')
    pid = link.world.folder / "g.pid"
    program = link.a.start(
        *(str(OURS), "-n", "-l", "-G", "-f", str(path), "-p", str(pid)), label="garbage"
    )
    until(lambda: "no configuration to run" in program.text(), 10, "it says so")
    assert "Traceback" not in program.text()
    assert program.end(signal.SIGTERM) == 0


def test_kactl_shows_who_leads_and_why(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    shown = link.a.run(str(KACTL), "status", "--pid-file", str(a.pid_file))
    assert "VI_1" in shown and "MASTER" in shown and "10.77.0.1 (150)" in shown
    document = json.loads(link.a.run(str(KACTL), "status", "--json", f"--pid-file={a.pid_file}"))
    assert document["vrrp"]["instances"][0]["state"] == "MASTER"
    assert document["keepalived"]["children"]["vrrp"]["pid"] == a.number(a.vrrp_pid_file)
    assert "no checker" in link.a.run(str(KACTL), "plane", "--pid-file", str(a.pid_file))
    assert a.stop() == 0
    gone = subprocess.run(
        [str(KACTL), "status", "--pid-file", str(a.pid_file)], capture_output=True, text=True
    )
    assert gone.returncode == 1 and "no keepalived is running" in gone.stderr
    assert subprocess.run([str(KACTL), "dance"], capture_output=True).returncode == 2


def test_an_idle_backup_uses_next_to_no_processor_time(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    b = Daemon("ours", link.b, router(100), "-P")
    until(link.only(link.a), 15, "a leads")
    before = _ticks(b.number(b.vrrp_pid_file)), _ticks(b.number(b.pid_file))
    time.sleep(3)
    after = _ticks(b.number(b.vrrp_pid_file)), _ticks(b.number(b.pid_file))
    assert after[0] - before[0] <= 2, "the backup heard three adverts"
    assert after[1] == before[1], "the parent had nothing to do"
    assert a.stop() == 0 and b.stop() == 0


def _ticks(pid: int) -> int:
    """Processor time of a process, in hundredths of a second."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


def test_without_the_capabilities_it_says_so_and_exits_with_four(link: Link) -> None:
    path = link.world.folder / "a.conf"
    path.write_text(router(150))
    program = link.a.start(
        *("setpriv", "--bounding-set", "-net_admin", str(OURS), "-nlGP", "-f", str(path)),
        label="powerless",
    )
    until(lambda: not program.running(), 10, "it ends")
    assert program.process.returncode == 4
    assert "NET_ADMIN" in program.text()


def test_an_interrupt_from_the_terminal_is_a_clean_stop(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    os.killpg(a.program.process.pid, signal.SIGINT)
    until(lambda: not a.program.running(), 10, "it ends")
    assert a.program.process.returncode == 0
    assert "Respawning" not in a.log()
    assert not link.has(link.a)


def test_signals_of_upstreams_monitors_end_nobody(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    child = a.number(a.vrrp_pid_file)
    json, cleared, threads = signal.SIGRTMIN + 2, signal.SIGRTMAX - 1, signal.SIGRTMAX
    for number in (signal.SIGUSR2, json, cleared, threads):
        os.kill(a.program.process.pid, number)
        os.kill(child, number)
    assert a.stop() == 0
    assert "exited due to signal" not in a.log()
    assert "is gone" not in a.log()


def test_hup_brings_a_first_script_and_it_is_run(link: Link) -> None:
    proof = link.world.folder / "led"
    a = Daemon("ours", link.a, router(150))
    until(link.only(link.a), 10, "a leads")
    a.path.write_text(router(255, extra=f'notify_master "/usr/bin/touch {proof}"'))
    a.signal(signal.SIGHUP)
    a.says("Reload complete")
    link.a.ip("link set eth0 down")
    a.says("Entering FAULT STATE")
    link.a.ip("link set eth0 up")
    until(proof.exists, 10, "the script ran")


def test_a_reload_can_take_a_childs_whole_work_away_and_give_it_back(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    a.path.write_text("global_defs {\n    router_id A\n}\n")
    a.signal(signal.SIGHUP)
    until(lambda: not link.has(link.a), 5, "nothing is held")
    until(lambda: not a.vrrp_pid_file.exists(), 5, "the child is gone")
    assert a.program.running() and "Respawning" not in a.log()
    a.path.write_text(router(150))
    a.signal(signal.SIGHUP)
    until(lambda: link.has(link.a), 10, "a leads again")
    assert a.stop() == 0
    assert not link.has(link.a)


def test_a_stop_that_comes_while_the_daemon_starts_is_heard(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    a.number(a.pid_file)
    a.signal(signal.SIGHUP)
    assert a.stop() == 0
    assert not link.a.numbers()
