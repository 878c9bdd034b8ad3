"""The checker child in the daemon: its table, its mail, its recovery, on the nftables plane."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.lab.directors import OURS
from tests.lab.hosts import Host, Program, World
from tests.lab.network import PYTHON, ROOT
from tests.lab.postbox import letters
from tests.lab.waiting import until
from tests.netns.daemons import Daemon

pytestmark = pytest.mark.netns
KACTL = OURS.with_name("kactl")
SERVERS = ("10.78.0.2", "10.78.0.3")


def pool(*servers: str, weight: int = 1, kind: str = "NAT", mail: str = "127.0.0.1") -> str:
    """The text of a file with one service."""
    members = "\n".join(
        f"    real_server {server} 8080 {{\n        weight {weight}\n"
        "        TCP_CHECK {\n            connect_timeout 1\n            retry 0\n        }\n    }"
        for server in servers
    )
    return f"""
global_defs {{
    router_id LVS_TEST
    notification_email {{
        admin@domain.com
    }}
    notification_email_from keepalived@domain.com
    smtp_server {mail}
    smtp_connect_timeout 2
    lvs_plane nftables
}}
virtual_server 10.78.0.100 80 {{
    delay_loop 1
    lb_algo rr
    lb_kind {kind}
    protocol TCP
{members}
}}
"""


class Lonely:
    """A host that is director, servers and mail server in one."""

    def __init__(self, world: World) -> None:
        self.host: Host = world.host("one")
        self.host.ip(*(f"address add {server}/32 dev lo" for server in SERVERS))
        self.sockets: dict[str, socket.socket] = {}
        for server in SERVERS:
            self.open(server)

    def open(self, server: str) -> None:
        """A server begins to take connections."""
        with self.host.entered():
            made = socket.create_server((server, 8080))
        made.listen(1000)
        self.sockets[server] = made

    def close(self, server: str) -> None:
        """A server takes none any more."""
        self.sockets.pop(server).close()

    def post(self, folder: Path) -> Program:
        """Start the mail server."""
        folder.mkdir()
        program = self.host.start(
            *(str(PYTHON), "-m", "tests.lab.postbox", "127.0.0.1", str(folder)),
            label="post",
            PYTHONPATH=str(ROOT),
        )
        until(lambda: "ready" in program.text(), 20, "the mail server listens")
        return program

    def rules(self) -> str:
        """The kernel's nftables rules."""
        return self.host.run("nft", "list", "ruleset")

    def status(self, daemon: Daemon) -> dict[str, Any]:
        """What the checker child shows of itself."""
        words = (str(KACTL), "plane", "--json", "--pid-file", str(daemon.pid_file))
        found: dict[str, Any] = json.loads(self.host.run(*words))
        return found

    def up(self, daemon: Daemon) -> dict[str, bool]:
        """Which servers are up."""
        servers = self.status(daemon)["services"][0]["servers"]
        return {server["server"].split("]")[0].strip("["): server["up"] for server in servers}


@pytest.fixture
def lonely() -> Iterator[Lonely]:
    world = World()
    made = Lonely(world)
    yield made
    for each in made.sockets.values():
        each.close()
    world.close()


def test_a_dead_server_leaves_the_table_and_a_mail_says_so(lonely: Lonely, tmp_path: Path) -> None:
    lonely.post(tmp_path / "mail")
    a = Daemon("ours", lonely.host, pool(*SERVERS))
    until(lambda: all(server in lonely.rules() for server in SERVERS), 10, "the table is there")
    assert lonely.status(a)["process"]["plane"] == "nftables"
    lonely.close(SERVERS[0])
    until(lambda: SERVERS[0] not in lonely.rules(), 10, "it has left the table")
    assert lonely.up(a) == {SERVERS[0]: False, SERVERS[1]: True}
    mail = until(lambda: letters(tmp_path / "mail"), 10, "a mail comes")[0]
    assert mail.subject.startswith("[LVS_TEST] Realserver [10.78.0.2]:tcp:8080 of virtual server")
    assert mail.subject.endswith("- DOWN")
    assert mail.sender == "keepalived@domain.com" and mail.recipients == ("admin@domain.com",)
    lonely.open(SERVERS[0])
    until(lambda: SERVERS[0] in lonely.rules(), 10, "it is back")
    until(lambda: len(letters(tmp_path / "mail")) == 2, 10, "another mail says so")
    assert a.stop() == 0
    assert "keepalived_lvs" not in lonely.rules()
    assert not a.checkers_pid_file.exists()


def test_a_mail_server_that_never_answers_costs_a_line_and_nothing_else(lonely: Lonely) -> None:
    with lonely.host.entered():
        silent = socket.create_server(("127.0.0.1", 25))
    a = Daemon("ours", lonely.host, pool(*SERVERS))
    until(lambda: SERVERS[0] in lonely.rules(), 10, "the table is there")
    lonely.close(SERVERS[0])
    until(lambda: SERVERS[0] not in lonely.rules(), 10, "it has left the table")
    begin = time.monotonic()
    assert lonely.up(a) == {SERVERS[0]: False, SERVERS[1]: True}
    assert time.monotonic() - begin < 1.5
    a.says("SMTP server 127.0.0.1:25: ")
    assert a.stop() == 0
    silent.close()


def test_a_killed_checker_is_restarted_and_the_table_is_right_again(lonely: Lonely) -> None:
    a = Daemon("ours", lonely.host, pool(*SERVERS, mail="127.0.0.9"))
    until(lambda: all(server in lonely.rules() for server in SERVERS), 10, "the table is there")
    first = a.number(a.checkers_pid_file)
    os.kill(first, signal.SIGKILL)
    lonely.close(SERVERS[1])
    until(lambda: a.number(a.checkers_pid_file) != first, 10, "another checker")
    until(lambda: SERVERS[1] not in lonely.rules(), 10, "it sees who is dead")
    assert SERVERS[0] in lonely.rules()
    assert "Healthcheck child process" in a.log()
    assert a.stop() == 0
    assert "keepalived_lvs" not in lonely.rules()


def test_hup_takes_a_server_out_and_keeps_what_is_known_of_the_others(lonely: Lonely) -> None:
    a = Daemon("ours", lonely.host, pool(*SERVERS, mail="127.0.0.9"))
    lonely.close(SERVERS[1])
    a.says("Startup complete")
    until(lambda: lonely.up(a) == {SERVERS[0]: True, SERVERS[1]: False}, 10, "dead")
    until(lambda: SERVERS[1] not in lonely.rules() and SERVERS[0] in lonely.rules(), 10, "one")
    a.path.write_text(pool(*SERVERS, "10.78.0.4", mail="127.0.0.9"))
    a.signal(signal.SIGHUP)
    a.says("Reload complete")
    until(lambda: len(lonely.up(a)) == 3, 5, "there are three")
    assert lonely.up(a)[SERVERS[1]] is False, a.log()
    a.path.write_text(pool(SERVERS[0], mail="127.0.0.9"))
    a.signal(signal.SIGHUP)
    until(lambda: list(lonely.up(a)) == [SERVERS[0]], 5, "there is one")
    assert a.stop() == 0


def test_what_the_plane_cannot_do_is_refused_at_start_and_by_the_test(lonely: Lonely) -> None:
    path = lonely.host.world.folder / "dr.conf"
    path.write_text(pool(*SERVERS, kind="DR"))
    pid = str(lonely.host.world.folder / "dr.pid")
    program = lonely.host.start(str(OURS), "-nlG", "-f", str(path), "-p", pid, label="dr")
    until(lambda: not program.running(), 10, "it ends")
    assert program.process.returncode == 2
    assert "lb_kind DR" in program.text() and "nftables" in program.text()
    test = lonely.host.start(str(OURS), "-t", "-f", str(path), label="dr-test")
    until(lambda: not test.running(), 10, "it ends")
    assert test.process.returncode in (4, 5)
    assert "lb_kind DR" in test.text()


def test_i_leaves_the_table_at_a_stop(lonely: Lonely) -> None:
    a = Daemon("ours", lonely.host, pool(*SERVERS, mail="127.0.0.9"), "-I")
    until(lambda: SERVERS[0] in lonely.rules(), 10, "the table is there")
    assert a.stop() == 0
    assert SERVERS[0] in lonely.rules()


def test_a_check_program_that_will_not_end_does_not_outlive_the_daemon(
    lonely: Lonely, tmp_path: Path
) -> None:
    stubborn = tmp_path / "stubborn"
    stubborn.write_text("#!/bin/sh\ntrap '' TERM\ntouch $1\nsleep 60\nsleep 60\n")
    stubborn.chmod(0o755)
    marker = tmp_path / "runs"
    check = f'MISC_CHECK {{\n misc_path "{stubborn} {marker}"\n'
    text = pool(SERVERS[0]).replace("TCP_CHECK {", check)
    text = text.replace("connect_timeout 1\n", "misc_timeout 30\n").replace("retry 0\n", "")
    daemon = Daemon("ours", lonely.host, text)
    until(marker.exists, 10, "the program runs")
    begin = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - begin < 2
    assert lonely.host.numbers() == []
