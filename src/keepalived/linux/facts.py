"""What this host is, read once at start: its name and its links.

Rule: asking changes nothing; what cannot be read is left out, never an error.
"""

from __future__ import annotations

import _socket as socket
import os
from collections.abc import Mapping

from keepalived.linux.monitor import link_fact
from keepalived.linux.netlink_socket import NetlinkSocket, Request
from keepalived.port.facts import Link
from keepalived.port.names import Names
from keepalived.wire.netlink import links


def host_name() -> str:
    """Give the name this host calls itself by."""
    return os.uname().nodename


def kernel_marks(release: str) -> bool:
    """Say whether a kernel of this release keeps the mark of who set an address: from 5.18 on."""
    numbers = release.replace("-", ".").split(".")[:2]
    if len(numbers) < 2 or not all(number.isdecimal() for number in numbers):
        return True
    return (int(numbers[0]), int(numbers[1])) >= (5, 18)


def read_links() -> tuple[Link, ...]:
    """Give the links of this network namespace; none where the kernel does not tell."""
    questions = NetlinkSocket(socket.NETLINK_ROUTE)
    dump = questions.dump(Request(links.ASK, links.encode_dump()))
    questions.close()
    records = [links.decode(message) for message in dump.messages]
    return tuple(link_fact(record) for record in records if record is not None)


def read_names(usr: str = "", etc: str = "") -> Names:
    """Give the names that iproute2's files have, the site's own after those of the package."""
    folders = (usr or "/usr/share/iproute2", "/usr/lib/iproute2" if not usr else "")
    places = [each for each in (*folders, etc or "/etc/iproute2") if each]
    usual = Names()

    def gathered(start: Mapping[str, int], file: str) -> dict[str, int]:
        found = dict(start)
        for place in places:
            for path in _parts(f"{place}/{file}"):
                found.update(_table(path))
        return found

    return Names(
        tables=gathered(usual.tables, "rt_tables"),
        protocols=gathered(usual.protocols, "rt_protos"),
        scopes=gathered(usual.scopes, "rt_scopes"),
        realms=gathered(usual.realms, "rt_realms"),
        services=gathered(usual.services, "rt_dsfield"),
        groups=gathered(usual.groups, "group"),
        payloads={**usual.payloads, **_payloads()},
    )


def _parts(path: str) -> list[str]:
    """Give a file and the parts in the folder beside it, in their order."""
    try:
        parts = sorted(each for each in os.listdir(f"{path}.d") if each.endswith(".conf"))
    except OSError:
        parts = []
    return [path, *(f"{path}.d/{each}" for each in parts)]


def _table(path: str) -> dict[str, int]:
    """Read lines of a number and a name; what is not one is passed over."""
    found: dict[str, int] = {}
    for words in _lines(path):
        try:
            found[words[1]] = int(words[0], 0)
        except (ValueError, IndexError):
            continue
    return found


def _payloads() -> dict[str, int]:
    found: dict[str, int] = {}
    for words in _lines("/etc/protocols"):
        if len(words) > 1 and words[1].isdecimal():
            found[words[0]] = int(words[1])
    return found


def _lines(path: str) -> list[list[str]]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line.partition("#")[0].split() for line in file]
    except OSError:
        return []
