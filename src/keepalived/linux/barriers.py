"""Packets that must not pass: to addresses that do not accept, and from virtual links' own mouths.

Rule: nft writes a family's table once, when it is first needed; from then on its sets are changed
over netlink, at once, and the table goes with its last element.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

from keepalived.linux.barrier_script import script
from keepalived.linux.monitor import Monitor
from keepalived.linux.netlink_socket import NetlinkSocket, Request
from keepalived.linux.nft_process import NFT_MISSING, errno_in, find_nft, first_words
from keepalived.port.events import Refused
from keepalived.port.reactor import Reactor
from keepalived.port.resources import Barrier, Change, Detour, Install, Remove, Replace
from keepalived.records import dataclass
from keepalived.wire.addresses import Family, family_of
from keepalived.wire.netlink import frame, nft_sets
from keepalived.wire.netlink.nft_sets import name_key, number_value

_NETLINK_NETFILTER = 12
Element = tuple[Family, str, bytes, bytes | None]
"""Family, set, key, value."""


@dataclass(frozen=True, slots=True)
class Firewall:
    """How the tables are to be made."""

    table: str = "keepalived"
    priority: int = -1
    by_number: bool = False
    """Whether link-local addresses are matched with the number of their link, not its name."""
    counts: bool = False
    """Whether the rules count what they drop."""


class Barriers:
    """The barriers and detours that are held."""

    def __init__(self, reactor: Reactor, monitor: Monitor, firewall: Firewall) -> None:
        self._reactor = reactor
        self._monitor = monitor
        self._firewall = firewall
        self._netlink = NetlinkSocket(_NETLINK_NETFILTER)
        self._elements: dict[tuple[object, ...], list[Element]] = {}
        self._tables: set[Family] = set()

    def tidy(self) -> None:
        """Take away what a crashed life may have left: its barriers would outlive their reason.

        Without the kernel's part for nftables nothing can have been left, and none is loaded.
        """
        if os.path.exists("/sys/module/nf_tables"):
            for family in Family:
                body = nft_sets.encode_table(family, self._firewall.table)
                self._netlink.transact([Request(nft_sets.GONE_TABLE, body)])

    def close(self) -> None:
        """Let go of the socket; the tables stay as they are."""
        self._netlink.close()

    def apply(self, changes: Sequence[Change]) -> None:
        """Put up and take down, in order, before this returns."""
        requests: list[Request] = []
        asked: list[Change] = []
        for change in changes:
            match change:
                case Install(Barrier() | Detour() as resource):
                    found = self._put(change, resource)
                case Remove(Barrier() | Detour() as resource):
                    found = self._take(resource)
                case Replace(Barrier() | Detour() as old, Barrier() | Detour() as new):
                    found = [*self._take(old), *self._put(change, new)]
                case _:
                    raise AssertionError(f"neither barrier nor detour: {change}")
            requests += found
            asked += [change] * len(found)
        for failure in self._netlink.transact(requests) if requests else ():
            gone = requests[failure.position].kind == nft_sets.GONE_ELEMENT
            if failure.errno != (errno.ENOENT if gone else errno.EEXIST):
                self._refuse(asked[failure.position], failure.errno, os.strerror(failure.errno))
        self._tidy()

    def _put(self, change: Change, resource: Barrier | Detour) -> list[Request]:
        elements = self._elements_of(resource)
        if elements is None:
            self._refuse(change, errno.ENODEV, "its link is not there")
            return []
        for family in dict.fromkeys(each[0] for each in elements):
            detours = isinstance(resource, Detour)
            if family not in self._tables and (why := self._make_table(family, detours)):
                self._refuse(change, errno_in(why), why)
                return []
        self._elements[resource.key] = elements
        create = frame.CREATE
        return [Request(nft_sets.NEW_ELEMENT, self._body(each), create) for each in elements]

    def _take(self, resource: Barrier | Detour) -> list[Request]:
        elements = self._elements.pop(resource.key, [])
        return [Request(nft_sets.GONE_ELEMENT, self._body(each)) for each in elements]

    def _body(self, element: Element) -> bytes:
        family, name, key, value = element
        return nft_sets.encode_element(family, self._firewall.table, name, key, value)

    def _elements_of(self, resource: Barrier | Detour) -> list[Element] | None:
        if isinstance(resource, Detour):
            parent = self._monitor.index_of(resource.parent)
            if parent is None:
                return None
            key, value = name_key(resource.link), number_value(parent)
            found: list[Element] = [(Family.INET, "vmac_map", key, value)]
            if resource.inet6:
                found.append((Family.INET6, "vmac_map", key, value))
                found.append((Family.INET6, "vmac_set", key, None))
            return found
        family, packed = family_of(resource.address), resource.address.packed
        if family is Family.INET or not resource.link:
            return [(family, "vips", packed, None)]
        key = name_key(resource.link)
        if self._firewall.by_number:
            number = self._monitor.index_of(resource.link)
            if number is None:
                return None
            key = number_value(number)
        return [(family, "vips_link_local", packed + key, None)]

    def _make_table(self, family: Family, detours: bool) -> str:
        """Write a family's table, in place of what a crash may have left; says what went wrong.

        A kernel that can drop but not send elsewhere gets a table without detours, unless one is
        what is asked for.
        """
        why = _run_nft(script(family, self._firewall.table, self._firewall))
        if why and not detours:
            why = _run_nft(script(family, self._firewall.table, self._firewall, detours=False))
        if not why:
            self._tables.add(family)
        return why

    def _tidy(self) -> None:
        """Take away tables that hold nothing any more."""
        used = {each[0] for elements in self._elements.values() for each in elements}
        for family in sorted(self._tables - used):
            body = nft_sets.encode_table(family, self._firewall.table)
            self._netlink.transact([Request(nft_sets.GONE_TABLE, body)])
            self._tables.discard(family)

    def _refuse(self, change: Change, number: int, why: str) -> None:
        resource = change.new if isinstance(change, Replace) else change.resource
        what = (
            f"barrier around {resource.address}"
            if isinstance(resource, Barrier)
            else f"detour around {getattr(resource, 'link', '')}"
        )
        self._reactor.post(Refused(change, number, f"{what}: {why}"))


def _run_nft(text: str) -> str:
    """Run nft on a script and wait: it takes some milliseconds, once; gives its complaint."""
    nft = find_nft()
    if nft is None:
        return NFT_MISSING
    given, words = os.memfd_create("nft-script"), os.memfd_create("nft-words")
    try:
        os.write(given, text.encode())
        os.lseek(given, 0, os.SEEK_SET)
        pid = os.posix_spawn(
            nft,
            ("nft", "-f", "-"),
            {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, given, 0),
                (os.POSIX_SPAWN_DUP2, words, 1),
                (os.POSIX_SPAWN_DUP2, words, 2),
            ],
            setsigmask=(),
        )
        _, status = os.waitpid(pid, 0)
        said = os.pread(words, 65536, 0).decode("utf-8", "replace")
    except OSError as problem:
        return f"{nft}: {problem.strerror}"
    finally:
        os.close(given)
        os.close(words)
    code = os.waitstatus_to_exitcode(status)
    return (first_words(said) or f"nft ended with status {code}") if code else ""
