"""Makes the kernel forget connections that would go on to a server that has left.

Rule: a dump is read piece by piece as the loop finds it ready; nothing waits. What cannot be done
is only a pity: such a connection then ends by its own time-out.
"""

from __future__ import annotations

import _socket as socket
from collections.abc import Collection

from keepalived.linux.namespaces import within
from keepalived.linux.netlink_socket import open_netlink
from keepalived.port.reactor import Reactor
from keepalived.port.resources import ServiceKey
from keepalived.records import dataclass
from keepalived.wire.addresses import Address, Family, family_of
from keepalived.wire.netlink import conntrack, frame
from keepalived.wire.netlink.conntrack import Flow

_UDP = 17
_READ_BYTES = 32768
MOST_SIFTED = 16
"""So many dumps of one address each are asked for; for more addresses, one dump of all flows.

IPv6 is never sifted by the kernel: 6.18 gives just the flows that do not have the address.
"""


Needle = tuple[Family, Address | None, Address | None]
"""What a dump can be sifted by: the family, and whom flows were opened to or who answers them."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Flows of a service to be forgotten: those to a server, or those that no server was given.

    With a server: all of UDP, and what it never answered of TCP, so that a client's next packet
    finds another server. Established TCP connections are let be.
    """

    service: ServiceKey
    server: Address | None = None
    port: int = 0

    @property
    def needle(self) -> Needle:
        """Give what the kernel can look for: the server, or without one the service's address."""
        if self.server is not None:
            return (self.service.family, None, self.server)
        return (self.service.family, self.service.address, None)

    def matches(self, flow: Flow) -> bool:
        """Say whether this flow is meant."""
        asked, key = flow.asked, self.service
        if key.address is not None and (
            asked.target != key.address
            or asked.protocol != key.protocol
            or key.port not in (0, asked.target_port)
        ):
            return False
        translated = bool(flow.status & conntrack.DESTINATION_TRANSLATED)
        if self.server is None:
            return asked.protocol == _UDP and not translated
        if not translated or flow.answered.source != self.server:
            return False
        if self.port not in (0, flow.answered.source_port):
            return False
        return asked.protocol == _UDP or not flow.status & conntrack.SEEN_REPLY


class Flows:
    """Forgets stale flows, one dump at a time."""

    def __init__(self, reactor: Reactor, namespace: str | None = None) -> None:
        self._reactor = reactor
        self._namespace = namespace
        self._link: socket.socket | None = None
        self._wanted: dict[Needle, set[Stale]] = {}
        self._sought: dict[Needle, list[Stale]] = {}
        self._found: list[Flow] = []
        self.problem = ""
        """Why the last attempt came to nothing; empty if it did not."""

    @property
    def running(self) -> bool:
        """Say whether something is still to be looked for."""
        return self._link is not None

    def forget(self, stale: Collection[Stale]) -> None:
        """Begin to look for these."""
        for each in stale:
            self._wanted.setdefault(each.needle, set()).add(each)
        if self._wanted and self._link is None:
            self._next_dump()

    def close(self) -> None:
        """Stop looking."""
        self._wanted.clear()
        self._stop()

    def _stop(self) -> None:
        if self._link is not None:
            self._reactor.unwatch(self._link.fileno())
            self._link.close()
            self._link = None

    def _next_dump(self) -> None:
        if not self._wanted:
            self._stop()
            return
        needle = next(iter(self._wanted))
        family = needle[0]
        if family is Family.INET6 or len(self._wanted) > MOST_SIFTED:
            taken = [each for each in self._wanted if each[0] is family]
            body = conntrack.dump_body(family)
        else:
            taken = [needle]
            body = conntrack.dump_body(*needle)
        self._sought = {each: list(self._wanted.pop(each)) for each in taken}
        request = frame.encode(conntrack.GET, frame.REQUEST | frame.DUMP, 1, body)
        try:
            if self._link is None:
                with within(self._namespace):
                    link = open_netlink(conntrack.NETFILTER)
                link.setblocking(False)
                self._link = link
                self._reactor.watch(link.fileno(), self._heard)
            self._link.send(request)
        except OSError as error:
            self._give_up(error)

    def _heard(self) -> None:
        assert self._link is not None
        try:
            messages = list(frame.split(self._link.recv(_READ_BYTES)))
        except BlockingIOError:
            return
        except OSError as error:
            self._give_up(error)
            return
        for message in messages:
            if message.kind == conntrack.NEW:
                flow = conntrack.read_flow(message.body)
                if flow is not None and self._is_stale(flow):
                    self._found.append(flow)
            elif message.sequence == 1 and message.kind in (frame.DONE, frame.ERROR):
                answer = frame.read_answer(message)
                self.problem = answer.text or f"errno {answer.errno}" if answer else ""
                self._delete_found()
                self._next_dump()
                return

    def _is_stale(self, flow: Flow) -> bool:
        family = family_of(flow.asked.target)
        needles = ((family, flow.asked.target, None), (family, None, flow.answered.source))
        return any(each.matches(flow) for n in needles for each in self._sought.get(n, ()))

    def _delete_found(self) -> None:
        """Ask for no answers: a flow that ended meanwhile is as good as one forgotten."""
        assert self._link is not None
        found, self._found = self._found, []
        for start in range(0, len(found), 64):
            requests = b"".join(
                frame.encode(conntrack.DELETE, frame.REQUEST, 2, conntrack.delete_body(flow))
                for flow in found[start : start + 64]
            )
            try:
                self._link.send(requests)
            except OSError as error:
                self.problem = str(error)

    def _give_up(self, error: OSError) -> None:
        self.problem = str(error)
        self._wanted.clear()
        self._found.clear()
        self._stop()
