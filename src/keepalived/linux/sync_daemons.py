"""The kernel's threads of connection synchronisation, started and ended over generic netlink.

Rule: "runs already" and "is gone already" are no failures; the kernel then has what is wanted.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

from keepalived.linux.netlink_socket import Failure, NetlinkSocket, Request
from keepalived.port.events import Refused
from keepalived.port.reactor import Reactor
from keepalived.port.resources import Change, Install, Remove, Replace
from keepalived.port.sync import SyncDaemon
from keepalived.wire.netlink import generic
from keepalived.wire.netlink.ipvs_sync import BACKUP, MASTER, IpvsSync, encode_end, encode_new

_NETLINK_GENERIC = 16
_FAMILY = "IPVS"


class SyncDaemons:
    """The two threads of this network namespace."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._socket = NetlinkSocket(_NETLINK_GENERIC)
        self._family = 0

    def apply(self, changes: Sequence[Change]) -> None:
        """Start and end threads; a refusal comes back as an event."""
        if not self._family and not self._resolve():
            for change in changes:
                why = "the kernel has no ip_vs: load the module ip_vs"
                self._reactor.post(Refused(change, errno.ENOENT, why))
            return
        for change in changes:
            match change:
                case Install(SyncDaemon() as sync):
                    self._refuse(change, self._start(sync))
                case Remove(SyncDaemon() as sync):
                    self._refuse(change, self._end(sync))
                case Replace(SyncDaemon() as old, SyncDaemon() as new):
                    self._refuse(change, self._end(old) or self._start(new))
                case _:
                    raise AssertionError(f"not a sync daemon: {change}")

    def _resolve(self) -> bool:
        question = Request(generic.CONTROLLER, generic.encode_question(_FAMILY))
        for message in self._socket.ask(question).messages:
            self._family = generic.decode_answer(message, _FAMILY) or self._family
        return self._family != 0

    def _start(self, sync: SyncDaemon) -> Failure | None:
        body = encode_new(
            IpvsSync(
                state=MASTER if sync.leads else BACKUP,
                link=sync.link,
                number=sync.number,
                length=sync.packet_bytes,
                port=sync.port,
                ttl=sync.ttl,
                group=sync.group,
            )
        )
        failure = self._do(body)
        if failure is not None and failure.errno == errno.EEXIST:
            # One of an earlier life, which may be of another link or number.
            failure = self._end(sync) or self._do(body)
        return failure

    def _end(self, sync: SyncDaemon) -> Failure | None:
        failure = self._do(encode_end(MASTER if sync.leads else BACKUP))
        return None if failure is not None and failure.errno == errno.ESRCH else failure

    def _do(self, body: bytes) -> Failure | None:
        failures = self._socket.carry_out([Request(self._family, body)])
        return failures[0] if failures else None

    def _refuse(self, change: Change, failure: Failure | None) -> None:
        if failure is not None:
            why = failure.text or os.strerror(failure.errno)
            self._reactor.post(Refused(change, failure.errno, why))
