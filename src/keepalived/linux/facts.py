"""What this host is, read once at start: its name and its links.

Rule: asking changes nothing; what cannot be read is left out, never an error.
"""

from __future__ import annotations

import _socket as socket
import os

from keepalived.linux.monitor import link_fact
from keepalived.linux.netlink_socket import NetlinkSocket, Request
from keepalived.port.facts import Link
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
