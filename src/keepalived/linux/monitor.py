"""Hears from the kernel which links and addresses exist, and how that changes.

Rule: an event is posted only for a difference to what was told before; what we do ourselves to an
address is not news.
"""

from __future__ import annotations

import _socket as socket
import errno
from collections.abc import Callable, Container, Iterator, Mapping

from keepalived.linux.netlink_socket import NetlinkSocket, Request, open_netlink
from keepalived.port.events import AddressGone, AddressSeen, ConflictSeen, LinkGone, LinkSeen
from keepalived.port.facts import Link, LinkAddress
from keepalived.port.reactor import Reactor
from keepalived.port.resources import HeldAddress
from keepalived.wire.addresses import Address
from keepalived.wire.netlink import addresses, frame, links
from keepalived.wire.netlink.addresses import AddressRecord
from keepalived.wire.netlink.frame import Message
from keepalived.wire.netlink.links import LinkRecord

AddressKey = tuple[int, Address, int]
"""Which address: link number, address, prefix length."""

_READ_BYTES = 1 << 16
_READS_AT_ONCE = 256
_LOOK_AGAIN_US = 200_000
_READS_OF_A_FULL_BUFFER = 16384
"""More messages than the receive buffer can hold; each read gives one."""


class Monitor:
    """The links and addresses of this network namespace, kept true by the kernel's own messages."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._questions = NetlinkSocket(socket.NETLINK_ROUTE)
        self._socket: socket.socket | None = None
        self._links: dict[int, Link] = {}
        self._numbers: dict[str, int] = {}
        self._addresses: dict[AddressKey, AddressRecord] = {}
        self._expected: dict[AddressKey, int] = {}
        self._ours: set[AddressKey] = set()
        self._looks_again = False
        self._listeners: list[Callable[[str], None]] = []
        self._up_listeners: list[Callable[[str], None]] = []

    def start(self) -> str:
        """Listen, and post an event for every link and address there is; says what went wrong."""
        groups = links.GROUP_LINK | addresses.GROUP_IPV4 | addresses.GROUP_IPV6
        try:
            self._socket = open_netlink(socket.NETLINK_ROUTE, groups)
        except OSError as problem:
            return f"cannot listen to the kernel's link changes: {problem.strerror}"
        self._socket.setblocking(False)
        self._reactor.watch(self._socket.fileno(), self._on_ready)
        return self._look_at_everything()

    def close(self) -> None:
        """Stop listening."""
        self._questions.close()
        if self._socket is not None:
            self._reactor.unwatch(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def links(self) -> tuple[Link, ...]:
        """Give the links that exist."""
        return tuple(self._links.values())

    @property
    def numbers(self) -> Mapping[str, int]:
        """Give the numbers of all links by their names."""
        return self._numbers

    def index_of(self, name: str) -> int | None:
        """Give the number of the link of this name."""
        return self._numbers.get(name)

    def leftovers(self, unmarked: Container[tuple[str, Address, int]] = ()) -> list[HeldAddress]:
        """Give the addresses that a previous life put there: they bear keepalived's mark.

        `unmarked` names those (link, address, prefix) that count even without it.
        """
        found: list[HeldAddress] = []
        for record in self._addresses.values():
            link = self._links.get(record.index)
            if link is None:
                continue
            marked = record.protocol == addresses.PROTOCOL_KEEPALIVED
            if marked or (link.name, record.address, record.prefix) in unmarked:
                label = "" if record.label == link.name else record.label
                found.append(
                    HeldAddress(
                        link.name,
                        record.address,
                        record.prefix,
                        label,
                        record.broadcast,
                        record.scope if record.address.version == 4 else 0,
                        record.peer,
                        record.flags & addresses.ASKED_FOR,
                        record.preferred_s,
                    )
                )
        return found

    def listen(self, on_link: Callable[[str], None]) -> None:
        """Call back with a link's name whenever it came, went, or became another one."""
        self._listeners.append(on_link)

    def listen_up(self, on_up: Callable[[str], None]) -> None:
        """Call back with a link's name whenever one that was there can carry packets again."""
        self._up_listeners.append(on_up)

    def hear_made(self, name: str) -> None:
        """Take in now what the kernel says of a link just made; what it was like before is none's.

        Whatever else waits is taken in, too: its order is kept.
        """
        waiting = list(self._waiting())
        found = [links.decode(message) for message in waiting]
        places = [at for at, link in enumerate(found) if link is not None and link.name == name]
        for at, message in enumerate(waiting):
            if at not in places[:-1]:
                self._take(message)

    def we_added(self, key: AddressKey) -> None:
        """Hear that we put this address on its link ourselves."""
        self._ours.add(key)

    def we_removed(self, key: AddressKey) -> None:
        """Hear that we took this address off ourselves; the kernel's echo is to be swallowed.

        The kernel names the sender of IPv4 changes only, and names it too when the removal of a
        primary address takes others with it; so we count what we did instead.
        """
        self._ours.discard(key)
        self._expected[key] = self._expected.get(key, 0) + 1

    def _on_ready(self) -> None:
        for message in self._waiting():
            self._take(message)

    def _waiting(self) -> Iterator[Message]:
        """Read what waits, message by message."""
        assert self._socket is not None
        for _ in range(_READS_AT_ONCE):
            try:
                data = self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                return
            except OSError as problem:
                if problem.errno == errno.ENOBUFS:
                    self._catch_up()
                return
            yield from frame.split(data)

    def _take(self, message: Message) -> None:
        link = links.decode(message)
        if link is not None:
            if message.kind == links.NEW:
                self._link_seen(link)
            else:
                self._link_gone(link.index)
            return
        address = addresses.decode(message)
        if address is not None:
            if message.kind == addresses.NEW:
                self._address_seen(address)
            else:
                self._address_gone((address.index, address.address, address.prefix))

    def _catch_up(self) -> None:
        """Messages were lost: drop the old ones that wait, then find the difference ourselves."""
        assert self._socket is not None
        for _ in range(_READS_OF_A_FULL_BUFFER):
            try:
                self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                break
            except OSError:
                continue  # the same loss, told again
        if self._look_at_everything():
            self._look_again_soon()

    def _look_again_soon(self) -> None:
        """The picture is not whole; what changed since is told, what was missed is not."""
        if not self._looks_again:
            self._looks_again = True
            self._reactor.call_at(self._reactor.now() + _LOOK_AGAIN_US, self._look_again)

    def _look_again(self) -> None:
        self._looks_again = False
        if self._socket is not None and self._look_at_everything():
            self._look_again_soon()

    def _look_at_everything(self) -> str:
        """Read both tables anew and tell the difference."""
        link_dump = self._questions.dump(Request(links.ASK, links.encode_dump()))
        address_dump = self._questions.dump(Request(addresses.ASK, addresses.encode_dump()))
        torn = errno.EINTR in (link_dump.errno, address_dump.errno)
        for dump in (link_dump, address_dump):
            if dump.errno not in (0, errno.EINTR):
                return f"cannot read the kernel's links and addresses (error {dump.errno})"
        found_links = [link for m in link_dump.messages if (link := links.decode(m))]
        found = [address for m in address_dump.messages if (address := addresses.decode(m))]
        if torn:
            # It changed at each attempt: what it shows is there, what it lacks may be there too.
            self._look_again_soon()
        else:
            self._forget_all_but(found_links, found)
        for link in found_links:
            self._link_seen(link)
        for record in found:
            self._address_seen(record)
        self._expected.clear()
        return ""

    def _forget_all_but(self, found_links: list[LinkRecord], found: list[AddressRecord]) -> None:
        here = {(record.index, record.address, record.prefix) for record in found}
        for key in [key for key in self._addresses if key not in here]:
            self._address_gone(key)
        numbers = {link.index for link in found_links}
        for index in [index for index in self._links if index not in numbers]:
            self._link_gone(index)

    def _link_seen(self, record: LinkRecord) -> None:
        link = link_fact(record)
        before = self._links.get(link.index)
        if before == link:
            return
        if before is not None and before.name != link.name:
            self._link_renamed(before, link)
            return
        self._links[link.index] = link
        self._numbers[link.name] = link.index
        self._reactor.post(LinkSeen(link))
        if before is None:
            self._announce(link.name)
        elif link.up and not before.up:
            for on_up in self._up_listeners:
                on_up(link.name)

    def _link_renamed(self, before: Link, link: Link) -> None:
        """Tell a change of name as what it means: the one link left, another one came."""
        records = [record for record in self._addresses.values() if record.index == link.index]
        self._links[link.index] = link
        if self._numbers.get(before.name) == link.index:
            del self._numbers[before.name]
        self._numbers[link.name] = link.index
        if before.name not in self._numbers:
            self._reactor.post(LinkGone(before.name))
            self._announce(before.name)
        self._reactor.post(LinkSeen(link))
        self._announce(link.name)
        for record in records:
            self._reactor.post(AddressSeen(self._fact(record, link.name)))

    def _link_gone(self, index: int) -> None:
        link = self._links.get(index)
        if link is None:
            return
        for key in [key for key in self._addresses if key[0] == index]:
            self._address_gone(key)
        del self._links[index]
        if self._numbers.get(link.name) == index:
            del self._numbers[link.name]
        self._reactor.post(LinkGone(link.name))
        self._announce(link.name)

    def _announce(self, name: str) -> None:
        for on_link in self._listeners:
            on_link(name)

    def _address_seen(self, record: AddressRecord) -> None:
        key = (record.index, record.address, record.prefix)
        link = self._links.get(record.index)
        before = self._addresses.get(key)
        self._addresses[key] = record
        if link is not None and _fails(record) and (before is None or not _fails(before)):
            self._reactor.post(ConflictSeen(link.name, record.address, b""))
        if link is None or key in self._ours:
            return
        fact = self._fact(record, link.name)
        if before is None or self._fact(before, link.name) != fact:
            self._reactor.post(AddressSeen(fact))

    def _address_gone(self, key: AddressKey) -> None:
        record = self._addresses.pop(key, None)
        awaited = self._expected.pop(key, 0)
        if awaited > 1:
            self._expected[key] = awaited - 1
        link = self._links.get(key[0])
        if awaited or record is None or link is None:
            return
        self._ours.discard(key)
        self._reactor.post(AddressGone(self._fact(record, link.name)))

    def _fact(self, record: AddressRecord, link: str) -> LinkAddress:
        return LinkAddress(
            link,
            record.address,
            record.prefix,
            bool(record.flags & addresses.SECONDARY),
            record.protocol == addresses.PROTOCOL_KEEPALIVED,
        )


def _fails(record: AddressRecord) -> bool:
    """Say whether the kernel found somebody else with an address."""
    return bool(record.flags & addresses.DETECTED_DUPLICATE)


def link_fact(record: LinkRecord) -> Link:
    """Say of a link what the pure half needs to know."""
    return Link(
        record.index,
        record.name,
        record.mac,
        record.mtu,
        admin_up=bool(record.flags & links.UP),
        running=bool(record.flags & links.RUNNING),
        no_arp=bool(record.flags & links.NO_ARP),
        loopback=bool(record.flags & links.LOOPBACK),
        kind=record.kind,
        parent=record.parent,
        forwards_6=_forwards_6(record.name),
    )


def _forwards_6(name: str) -> bool:
    """Say whether a link forwards IPv6; not if the kernel has none."""
    try:
        with open(f"/proc/sys/net/ipv6/conf/{name}/forwarding") as file:
            return file.read().strip() != "0"
    except OSError:
        return False
