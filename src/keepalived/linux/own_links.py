"""Makes links upon others, such as virtual MACs, and takes them away.

Rule: one that is there already with the right parent and hardware address is taken as it is; any
other of that name is somebody else's and stays.
"""

from __future__ import annotations

import errno
import os

from keepalived.linux.monitor import Monitor
from keepalived.linux.netlink_socket import Failure, NetlinkSocket, Request
from keepalived.port.events import Refused
from keepalived.port.reactor import Reactor
from keepalived.port.resources import Change, HeldLink, Install, LinkKind, Remove, Replace
from keepalived.wire.netlink import frame, links
from keepalived.wire.netlink.links import LinkRecord


class OwnLinks:
    """The changer of virtual links."""

    def __init__(self, reactor: Reactor, monitor: Monitor, netlink: NetlinkSocket) -> None:
        self._reactor = reactor
        self._monitor = monitor
        self._netlink = netlink

    def change(self, change: Change) -> None:
        """Make one, or take it away, before this returns; a refusal comes back as an event."""
        match change:
            case Install(HeldLink() as link):
                self._make(change, link)
            case Remove(HeldLink() as link):
                self._remove(link)
            case Replace(HeldLink() as old, HeldLink() as new):
                self._remove(old)
                self._make(change, new)
            case _:
                raise AssertionError(f"not a link: {change}")

    def find(self, name: str) -> LinkRecord | None:
        """Ask the kernel for the link of this name."""
        answer = self._netlink.ask(Request(links.ASK, links.encode_question(name)))
        records = (links.decode(message) for message in answer.messages)
        return next((each for each in records if each is not None), None)

    def _make(self, change: Change, link: HeldLink) -> None:
        parent = self.find(link.parent)
        if parent is None:
            self._refuse(change, link, Failure(0, errno.ENODEV, ""))
            return
        there = self.find(link.link)
        requests: list[Request] = []
        if there is None:
            group = parent.group if link.group is None else link.group
            kind, mode = link.kind.value, link.mode
            body = links.encode(link.link, parent.index, kind, mode, link.mac, group)
            requests.append(Request(links.NEW, body, frame.CREATE | frame.EXCLUSIVE))
        elif not _is_the_one(there, link, parent):
            self._refuse(change, link, Failure(0, errno.EEXIST, ""))
            return
        if link.kind is LinkKind.MACVLAN:
            body = links.encode_without_addresses(link.link)
            requests.append(Request(links.SET, body))
        requests.append(Request(links.SET, links.encode_up(link.link)))
        if link.announce_parent:
            requests.append(Request(links.SET, links.encode_group(parent.index, parent.group)))
        failures = self._netlink.carry_out(requests)
        made = self.find(link.link)
        if made is None or not made.flags & links.UP:
            self._refuse(change, link, failures[0] if failures else Failure(0, errno.EIO, ""))
            return
        self._monitor.hear_made(link.link)

    def _remove(self, link: HeldLink) -> None:
        there, parent = self.find(link.link), self.find(link.parent)
        if there is not None and _is_the_one(there, link, parent):
            self._netlink.carry_out([Request(links.GONE, links.encode_removal(there.index))])

    def _refuse(self, change: Change, link: HeldLink, failure: Failure) -> None:
        self._reactor.post(Refused(change, failure.errno, _sentence(link, failure)))


def _is_the_one(there: LinkRecord, link: HeldLink, parent: LinkRecord | None) -> bool:
    """Say whether a link that was found is this one; without its parent, as far as can be seen."""
    # Upon a link that is virtual itself the kernel makes one upon what lies below that.
    same_parent = parent is None or there.parent in (parent.index, parent.parent)
    same_mac = not link.mac or there.mac == link.mac
    return there.kind == link.kind.value and same_parent and same_mac


def _sentence(link: HeldLink, failure: Failure) -> str:
    what = f"{link.kind.value} {link.link} on {link.parent}"
    match failure.errno:
        case errno.ENODEV:
            return f"{what}: there is no link {link.parent}"
        case errno.EEXIST:
            return f"{what}: there is another link of that name; choose a name behind use_vmac"
        case errno.EADDRINUSE:
            return f"{what}: that hardware address is in use on {link.parent} already"
        case errno.EOPNOTSUPP:
            return f"{what}: this kernel cannot make one (is the module {link.kind.value} there?)"
        case errno.EPERM:
            return f"{what}: not permitted; keepalived needs root or CAP_NET_ADMIN"
        case number:
            return f"{what}: {failure.text or os.strerror(number)}"
