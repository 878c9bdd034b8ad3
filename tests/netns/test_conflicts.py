"""A host that is no router takes an address of the master's: the daemon's log and status say so."""

from __future__ import annotations

import json
import time

import pytest
from tests.lab.directors import OURS
from tests.lab.waiting import until
from tests.netns.daemons import VIP, Daemon, Link, router

pytestmark = pytest.mark.netns
KACTL = OURS.with_name("kactl")


def test_an_address_that_another_host_announces_is_told_of_and_counted(link: Link) -> None:
    a = Daemon("ours", link.a, router(150), "-P")
    until(lambda: link.has(link.a), 10, "a leads")
    time.sleep(1.5)
    link.b.ip(f"address add {VIP}/24 dev eth0")
    link.b.run("arping", "-q", "-U", "-c", "2", "-I", "eth0", VIP)
    a.says(f"says that it has {VIP}", 8)
    answer = link.a.run(str(KACTL), "status", "--json", f"--pid-file={a.pid_file}")
    shown = json.loads(answer)
    (instance,) = shown["vrrp"]["instances"]
    assert instance["state"] == "MASTER"
    assert instance["counters"]["addresses_duplicated"] == 1
    assert a.stop() == 0


def test_neither_of_two_directors_takes_the_other_for_a_stranger(link: Link) -> None:
    b = Daemon("ours", link.b, router(100), "-P")
    until(link.only(link.b), 10, "b leads while alone")
    time.sleep(2.5)
    a = Daemon("ours", link.a, router(150), "-P")
    until(link.only(link.a), 15, "a takes over by its priority")
    time.sleep(2.5)
    assert a.stop() == 0
    until(link.only(link.b), 5, "b leads after a's clean stop")
    time.sleep(2)
    assert b.stop() == 0
    assert "says that it has" not in a.log() + b.log()
