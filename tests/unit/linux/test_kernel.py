"""Addresses on and off when the kernel says no; what it really does is tried in namespaces."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from ipaddress import IPv4Address

import pytest
from tests.unit.linux.inbox import Inbox

from keepalived.linux import kernel as module
from keepalived.linux.kernel import Kernel
from keepalived.linux.monitor import Monitor
from keepalived.linux.netlink_socket import Failure, NetlinkSocket, Request
from keepalived.port.events import Refused
from keepalived.port.resources import HeldAddress, Install, Remove
from keepalived.wire.netlink import addresses

VIP = HeldAddress("eth0", IPv4Address("10.0.0.1"), 32)


class Desk:
    """A changer of addresses, and what its kernel was asked and answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.inbox = Inbox()
        self.asked: list[int] = []
        self.errno = 0
        monkeypatch.setattr(NetlinkSocket, "carry_out", self.carry_out)
        monkeypatch.setattr(Monitor, "index_of", lambda monitor, name: 2)
        monkeypatch.setattr(module, "_AGAIN_US", 20_000)
        self.kernel = Kernel(self.inbox.loop, Monitor(self.inbox.loop))

    def carry_out(self, requests: Sequence[Request]) -> list[Failure]:
        self.asked += [request.kind for request in requests]
        return [Failure(0, self.errno, "")] if self.errno else []

    def turn_for(self, span_us: int) -> None:
        loop = self.inbox.loop
        limit = loop.now() + span_us
        loop.call_at(limit, lambda: None)
        while loop.now() < limit:
            loop.turn()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


def test_a_removal_that_was_refused_is_asked_for_again_until_it_is_done(desk: Desk) -> None:
    desk.errno = errno.EAGAIN
    desk.kernel.apply([Remove(VIP)])
    desk.turn_for(30_000)
    assert isinstance(desk.inbox.events[0], Refused)
    desk.errno = 0
    desk.turn_for(60_000)
    assert set(desk.asked) == {addresses.GONE} and len(desk.asked) >= 2
    before = len(desk.asked)
    desk.turn_for(60_000)
    assert len(desk.asked) == before, "once is enough"


@pytest.mark.parametrize("found", [0, errno.EEXIST])
def test_an_address_held_again_meanwhile_is_not_removed(desk: Desk, found: int) -> None:
    desk.errno = errno.EAGAIN
    desk.kernel.apply([Remove(VIP)])
    desk.errno = found
    desk.kernel.apply([Install(VIP)])
    desk.turn_for(60_000)
    assert desk.asked == [addresses.GONE, addresses.NEW]
