"""Whom ours and keepalived 2.2.7 call for the same story, with which words, and what the pipes say.

Rule: one story, first with one program, then with the other; what is told after each of its events
is compared. Calls of one event may come in any order: 2.2.7 starts them side by side.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from ipaddress import IPv4Address
from itertools import pairwise
from pathlib import Path

import pytest
from tests.lab.directors import REAL
from tests.lab.hosts import Host
from tests.lab.network import PYTHON, ROOT
from tests.lab.postbox import letters
from tests.lab.waiting import until
from tests.lab.wiretap import Wiretap
from tests.netns.daemons import Daemon, Link

from keepalived.wire.checksum import pseudo_header
from keepalived.wire.vrrp import MULTICAST_GROUP4, Advert, encode

pytestmark = pytest.mark.netns

Told = tuple[list[str], list[str], list[str]]
"""Calls, sorted; lines of the VRRP pipe; lines of the pipe of everything."""
QUIET_S = 0.7
"""A story goes on when nothing was told for so long."""

HEAD = """
global_defs {
    script_user root
    vrrp_notify_fifo PLACE/vrrp.pipe
    notify_fifo PLACE/all.pipe
    notify_fifo_script "PLACE/read all"
    vrrp_notify_priority_changes
}
track_file level {
    file PLACE/level
    weight 1
}
"""
GROUP = """
vrrp_sync_group PAIR {
    group { ONE
        TWO }
    SCRIPTS
}
"""
SCRIPTS = """
    notify_master "PLACE/call NAME master 'two words'"
    notify_backup "PLACE/call NAME backup"
    notify_fault "PLACE/call NAME fault"
    notify_stop "PLACE/call NAME stop"
    notify "PLACE/call NAME any"
"""
INSTANCE = """
vrrp_instance NAME {
    interface eth0
    version 3
    virtual_router_id NUMBER
    priority 100
    advert_int 0.1
    virtual_ipaddress { 10.77.0.1NUMBER/24 }
    SCRIPTS
    MORE
}
"""
ALONE = """
    notify_master_rx_lower_pri "PLACE/call NAME lower"
    track_file { level }
"""
CALL = """#!/bin/sh
IFS='|'
echo "$*" >> PLACE/calls
"""
READ = """#!/bin/sh
while read -r line; do
    echo "$line" >> "PLACE/$1.lines"
done < "$2"
echo "end" >> PLACE/ends
"""


def instance(name: str, number: int, more: str = "") -> str:
    text = INSTANCE.replace("NUMBER", str(number)).replace("MORE", more)
    return text.replace("SCRIPTS", SCRIPTS).replace("NAME", name)


class Story:
    """A daemon, the programs that it tells, and what they were told."""

    def __init__(
        self, link: Link, kind: str, instances: str = "", read: str = READ, option: str = "-P"
    ) -> None:
        self.link = link
        self.place = link.world.folder / f"told-{kind}"
        self.place.mkdir()
        self.level = self.place / "level"
        self.level.write_text("0\n")
        for name, text in (("call", CALL), ("read", read)):
            path = self.place / name
            path.write_text(text.replace("PLACE", str(self.place)))
            path.chmod(0o755)
        text = self.configured(instances) if instances else self.text(alone=True)
        self.daemon = Daemon(kind, link.a, text, option)
        self.seen = [0, 0, 0]
        self.pipes: dict[int, int] = {}
        """Descriptors by file number: 2.2.7 makes its pipes anew at a reload."""
        self.piped = b""

    def text(self, alone: bool) -> str:
        group = GROUP.replace("SCRIPTS", SCRIPTS).replace("NAME", "PAIR")
        text = group + instance("ONE", 51) + instance("TWO", 52)
        return self.configured(text + (instance("ALONE", 53, ALONE) if alone else ""))

    def configured(self, instances: str) -> str:
        return (HEAD + instances).replace("PLACE", str(self.place))

    def lines(self) -> list[list[str]]:
        """Everything that was told so far."""
        pipe = self.place / "vrrp.pipe"
        with contextlib.suppress(FileNotFoundError):
            if pipe.stat().st_ino not in self.pipes:
                opened = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
                self.pipes[os.fstat(opened).st_ino] = opened
        for each in self.pipes.values():
            with contextlib.suppress(BlockingIOError):
                self.piped += os.read(each, 65536)
        paths = [self.place / name for name in ("calls", "all.lines")]
        calls, every = (p.read_text().splitlines() if p.exists() else [] for p in paths)
        return [calls, self.piped.decode().splitlines(), every]

    def tell(self, enough: Callable[[], bool], what: str) -> Told:
        """Wait until it happened and all is quiet; give what was told since the last time."""
        until(enough, 15, what)
        before, since = self.lines(), time.monotonic()
        while time.monotonic() - since < QUIET_S:
            time.sleep(0.05)
            if self.lines() != before:
                before, since = self.lines(), time.monotonic()
        new = [lines[count:] for lines, count in zip(before, self.seen, strict=True)]
        self.seen = [len(lines) for lines in before]
        return sorted(new[0]), new[1], new[2]

    def close(self) -> None:
        """Let go of the pipes."""
        for each in self.pipes.values():
            os.close(each)

    def heard(self, line: str) -> Callable[[], bool]:
        return lambda: line in self.lines()[1][self.seen[1] :]


def send_lower(host: Host) -> None:
    """Let a router of lower priority be heard once."""
    advert = Advert(3, 53, 50, (IPv4Address("10.77.0.153"),), 100_000)
    source = IPv4Address("10.77.0.2")
    message = encode(advert, pseudo_header(source, MULTICAST_GROUP4, 112, 12))
    with host.entered(), socket.socket(socket.AF_INET, socket.SOCK_RAW, 112) as raw:
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, source.packed)
        raw.sendto(message, (str(MULTICAST_GROUP4), 0))


def told_by(link: Link, kind: str) -> dict[str, Told]:
    """Go through the story with one program."""
    story = Story(link, kind)
    port = "a-port"
    told = {
        "start": story.tell(story.heard('GROUP "PAIR" MASTER 0'), "the pair leads"),
    }
    send_lower(link.b)
    lower = 'INSTANCE "ALONE" MASTER_RX_LOWER_PRI 100'
    told["a lower one heard"] = story.tell(story.heard(lower), "it is told of")
    story.level.write_text("7\n")
    raised = 'INSTANCE "ALONE" MASTER_PRIORITY 107'
    told["a priority changed"] = story.tell(story.heard(raised), "it is told of")
    link.switch.ip(f"link set {port} down")
    told["link down"] = story.tell(story.heard('GROUP "PAIR" FAULT 0'), "the pair is at fault")
    link.switch.ip(f"link set {port} up")
    told["link up"] = story.tell(story.heard('GROUP "PAIR" MASTER 0'), "the pair leads again")
    story.daemon.path.write_text(story.text(alone=False))
    story.daemon.signal(signal.SIGHUP)
    gone = 'INSTANCE "ALONE" FAULT 107'
    told["an instance removed"] = story.tell(story.heard(gone), "it is gone")
    assert story.daemon.stop() == 0
    told["stop"] = story.tell(lambda: True, "it is stopped")
    story.close()
    if kind == "ours":  # 2.2.7 ends its readers by a signal.
        assert (story.place / "ends").read_text() == "end\n"
    assert not list(story.place.glob("*.pipe")), "pipes are taken away"
    return told


def by_name(lines: list[str]) -> dict[str, list[str]]:
    """Sort lines by whom they are about: whose timer rings first is chance."""
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line.split('"')[1], []).append(line)
    return found


def test_the_same_story_is_told_as_2_2_7_tells_it(link: Link) -> None:
    if not REAL.exists():
        pytest.skip("needs the package keepalived")
    theirs, ours = told_by(link, "real"), told_by(link, "ours")
    for event, (calls, piped, _) in theirs.items():
        assert ours[event][0] == calls, event
        assert by_name(ours[event][1]) == by_name(piped), event
        # 2.2.7 ends its readers before they have read of the stop.
        assert ours[event][1] == ours[event][2], event
    for event in ("start", "link down", "link up"):
        places = {line: place for place, line in enumerate(ours[event][1])}
        for state in ("BACKUP", "MASTER", "FAULT"):
            group = places.get(f'GROUP "PAIR" {state} 0')
            members = [places.get(f'INSTANCE "{each}" {state} 100') for each in ("ONE", "TWO")]
            assert group is None or all(each is not None and each < group for each in members)


def test_a_script_that_hangs_holds_up_neither_adverts_nor_the_stop(link: Link) -> None:
    hangs = instance("ONE", 51).replace("PLACE/call ONE master 'two words'", "/bin/sleep 100")
    story = Story(link, "ours", hangs)
    story.tell(story.heard('INSTANCE "ONE" MASTER 100'), "it leads")
    link.switch.ip("address replace 10.77.0.254/24 dev lan")
    tap = Wiretap(link.switch, ("lan",))
    for state in ("FAULT", "MASTER") * 2:
        link.switch.ip(f"link set a-port {'down' if state == 'FAULT' else 'up'}")
        story.tell(story.heard(f'INSTANCE "ONE" {state} 100'), f"it enters {state}")
    assert "ONE|any|INSTANCE|ONE|MASTER|100" not in story.lines()[0], "it waits for its turn"
    time.sleep(1)
    begun = time.monotonic()
    assert story.daemon.stop() == 0
    assert time.monotonic() - begun < 4
    tap.close()
    times = [each.at_us for each in tap.adverts if each.priority == 100]
    assert times and max(b - a for a, b in pairwise(times[-8:])) < 150_000
    # What waited behind it is called all the same.
    until(lambda: "ONE|stop" in story.lines()[0], 5, "its end is told")
    calls = story.lines()[0]
    assert calls.count("ONE|any|INSTANCE|ONE|FAULT|100") == 2
    assert "ONE|any|INSTANCE|ONE|STOP|100" in calls
    story.close()


COUNTED_READ = READ.replace("while", "echo one >> PLACE/readers\nwhile")
STEADY_READ = """#!/bin/sh
exec 3<> "$2"
echo $$ >> PLACE/readers
while read -r line <&3; do
    echo "$line" >> "PLACE/$1.lines"
done
"""


def test_a_crash_leaves_the_pipe_and_doubles_no_reader(link: Link) -> None:
    story = Story(link, "ours", instance("ONE", 51), STEADY_READ)
    story.tell(story.heard('INSTANCE "ONE" MASTER 100'), "it leads")
    pipe = story.place / "all.pipe"
    number = pipe.stat().st_ino
    os.kill(story.daemon.number(story.daemon.vrrp_pid_file), signal.SIGKILL)
    story.daemon.says("leads on: its process died", 5)
    readers = story.place / "readers"
    until(lambda: len(readers.read_text().split()) == 2, 5, "a second reader")
    first, second = (Path("/proc", each) for each in readers.read_text().split())
    until(lambda: not first.exists(), 5, "the first is gone")
    assert second.exists()
    link.switch.ip("link set a-port down")
    # Each line once, from one reader, through the same pipe.
    told = story.tell(story.heard('INSTANCE "ONE" FAULT 100'), "it is at fault")
    assert told[2] == ['INSTANCE "ONE" FAULT 100']
    assert pipe.stat().st_ino == number
    begun = time.monotonic()
    assert story.daemon.stop() == 0
    assert time.monotonic() - begun < 4, "a reader that does not see the end is ended"
    assert not list(story.place.glob("*.pipe")), "pipes are taken away"
    until(lambda: not second.exists(), 5, "its reader is gone")
    assert story.lines()[2][-1] == 'INSTANCE "ONE" STOP 100'
    story.close()


MAIL = """
global_defs {
    router_id R
    notification_email { ops@example.net }
    notification_email_from us@example.net
    smtp_server 10.77.0.2
    smtp_alert_vrrp
}
"""


def mailed(link: Link, kind: str) -> list[str]:
    """Lead, lose two instances to a reload, stop; give the mails' subjects."""
    box = link.world.folder / f"mail-{kind}"
    box.mkdir()
    words = ("-m", "tests.lab.postbox", "10.77.0.2", str(box))
    server = link.b.start(str(PYTHON), *words, label=f"post-{kind}", PYTHONPATH=str(ROOT))
    until(lambda: "ready" in server.text(), 20, "the mail server listens")
    group = "vrrp_sync_group PAIR {\n group { ONE\n TWO }\n}\n"
    stay = MAIL + group + silent("ONE", 51) + silent("TWO", 52)
    go = silent("PLAIN", 53) + silent("SAID", 54, "notify_deleted")

    def subjects() -> list[str]:
        return sorted(each.subject for each in letters(box))

    daemon = Daemon(kind, link.a, stay + go, "-P")
    until(lambda: sum("MASTER" in each for each in subjects()) == 5, 15, "mails of masters")
    daemon.path.write_text(stay)
    daemon.signal(signal.SIGHUP)
    until(lambda: "[R] VRRP Instance SAID - Deleted" in subjects(), 15, "a mail of the end")
    assert daemon.stop() == 0
    server.end()
    return subjects()


def silent(name: str, number: int, more: str = "") -> str:
    """An instance without scripts."""
    return instance(name, number, more).replace(SCRIPTS.replace("NAME", name), "")


def test_the_same_mails_are_sent(link: Link) -> None:
    if not REAL.exists():
        pytest.skip("needs the package keepalived")
    theirs = mailed(link, "real")
    assert mailed(link, "ours") == theirs
    assert "[R] VRRP Instance PLAIN - Entering FAULT state" in theirs


SERVICE = """
virtual_server 10.77.0.200 80 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.77.0.1 9 {
        TCP_CHECK { connect_timeout 1
            retry 0 }
    }
}
"""


def test_one_reader_is_told_of_routers_and_services_through_reloads(link: Link) -> None:
    story = Story(link, "ours", instance("ONE", 51) + SERVICE, COUNTED_READ, "-D")
    down = "VS [10.77.0.200]:tcp:80 DOWN"
    until(lambda: down in story.lines()[2], 15, "the service has no server")
    assert 'INSTANCE "ONE" MASTER 100' in story.lines()[2]
    for priority in ("101", "102"):
        text = story.configured(instance("ONE", 51) + SERVICE)
        story.daemon.path.write_text(text.replace("priority 100", f"priority {priority}"))
        story.daemon.signal(signal.SIGHUP)
        asked = 2 * (int(priority) - 100)
        story.tell(lambda n=asked: story.daemon.log().count("Reloading") >= n, "both reload")  # type: ignore[misc]
    assert story.daemon.stop() == 0
    assert (story.place / "readers").read_text() == "one\n"
    assert story.lines()[2][-1] == 'INSTANCE "ONE" STOP 102'
    assert not list(story.place.glob("*.pipe"))
    story.close()
