"""The monitor when the kernel gives no whole picture, or one in which links changed places."""

from __future__ import annotations

import errno

import pytest
from tests.unit.linux.inbox import Inbox

from keepalived.linux import monitor as module
from keepalived.linux.monitor import Monitor
from keepalived.linux.netlink_socket import Dump, NetlinkSocket, Request
from keepalived.port.events import LinkGone, LinkSeen
from keepalived.wire.netlink import links
from keepalived.wire.netlink.frame import Message
from keepalived.wire.netlink.links import LinkRecord


class Pictures:
    """What the kernel answers to questions about links: names by number, and an errno."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[int, str] = {}
        self.errno = 0
        monkeypatch.setattr(NetlinkSocket, "dump", self.dump)
        monkeypatch.setattr(links, "decode", self.decode)
        monkeypatch.setattr(module, "_LOOK_AGAIN_US", 10_000)

    def dump(self, request: Request) -> Dump:
        if request.kind != links.ASK:
            return Dump(())
        messages = tuple(Message(links.NEW, 0, number, 0, b"") for number in self.names)
        return Dump(messages, self.errno)

    def decode(self, message: Message) -> LinkRecord | None:
        name = self.names.get(message.sequence)
        return name and LinkRecord(message.sequence, links.UP, name, bytes(6), 1500)  # type: ignore[return-value]


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    return Pictures(monkeypatch)


def told(inbox: Inbox) -> list[str]:
    found = [
        f"+{event.link.name}" if isinstance(event, LinkSeen) else f"-{event.name}"
        for event in inbox.events
        if isinstance(event, LinkSeen | LinkGone)
    ]
    inbox.events.clear()
    return found


def test_a_picture_that_changes_at_each_attempt_is_taken_for_what_it_shows_and_taken_again(
    pictures: Pictures,
) -> None:
    inbox = Inbox()
    monitor = Monitor(inbox.loop)
    pictures.names, pictures.errno = {2: "eth0"}, errno.EINTR
    assert monitor.start() == "", "a busy host is no reason not to start"
    inbox.until(lambda: bool(inbox.events), 1)
    assert told(inbox) == ["+eth0"]
    pictures.names, pictures.errno = {3: "eth1"}, 0
    inbox.until(lambda: len(inbox.events) >= 2, 2)
    assert sorted(told(inbox)) == ["+eth1", "-eth0"]
    monitor.close()


def test_links_that_changed_names_unseen_are_both_known_afterwards(pictures: Pictures) -> None:
    inbox = Inbox()
    monitor = Monitor(inbox.loop)
    pictures.names = {2: "eth0", 3: "eth1"}
    assert monitor.start() == ""
    inbox.until(lambda: len(inbox.events) >= 2, 1)
    told(inbox)
    pictures.names = {2: "eth1", 3: "eth0"}
    monitor._catch_up()
    inbox.until(lambda: bool(inbox.events), 1)
    left: set[str] = set()
    for word in told(inbox):
        (left.add if word[0] == "+" else left.discard)(word[1:])
    assert left == {"eth0", "eth1"}
    assert {monitor.index_of("eth0"), monitor.index_of("eth1")} == {2, 3}
    monitor.close()
