"""Which machine a packet is for; packets for nobody are counted.

Rule: a machine hears by one socket and one number; nothing in a packet is believed here.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.vrrp.admit import Parcel, unwrap
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.machine import Machine
from keepalived.core.vrrp.notes_hearing import UnknownRouterHeard
from keepalived.core.vrrp.refusal import Refusal
from keepalived.core.vrrp.said import Said
from keepalived.core.vrrp.state import State
from keepalived.port.effects import Effect, Note
from keepalived.port.events import DatagramHeard
from keepalived.port.resources import VrrpEndpoint


class Sorting:
    """The ears of all machines."""

    def __init__(self) -> None:
        self._by_number: dict[int, list[Machine]] = {}
        self._strange: dict[Refusal, int] = {}
        self._said = Said()
        self._tells_strange = False

    def adopt(
        self,
        machines: Sequence[Machine],
        configs: Sequence[VrrpInstance],
        tells_strange: bool = False,
    ) -> None:
        """Sort for these machines from now on; each goes by the router id that it is to have.

        `tells_strange` is to tell of routers that nobody here knows, each once.
        """
        self._tells_strange = tells_strange
        self._said.forget()
        self._by_number = {}
        for machine, config in zip(machines, configs, strict=True):
            self._by_number.setdefault(config.virtual_router_id, []).append(machine)

    def hear_again(self, now: int, event: DatagramHeard) -> Machine | None:
        """Let a backup hear once more what it followed last: that only puts its deadline off.

        Most of what backups hear is of this sort. None for all else.
        """
        data = event.data
        # The router id, behind an IPv4 header without options; IPv6 comes without its header.
        at = 21 if event.hop_limit is None else 1
        if len(data) <= at:
            return None
        for machine in self._by_number.get(data[at], ()):
            if machine.reception.again(event):
                following = machine.state is State.BACKUP
                if not following or not machine.election.again(now):
                    return None
                machine.counters.adverts_heard += 1
                return machine
        return None

    def sort(self, event: DatagramHeard) -> tuple[Machine, Parcel] | None:
        """Find whom a packet is for."""
        if not isinstance(event.endpoint, VrrpEndpoint):
            return None
        parcel = unwrap(event)
        if isinstance(parcel, Refusal):
            self._count(parcel)
            return None
        heard = event.endpoint.key
        for machine in self._by_number.get(parcel.preamble.router_id, ()):
            if machine.beacon.ear == heard:
                return machine, parcel
        self._count(Refusal.UNKNOWN_ROUTER)
        return None

    def strange(self, event: DatagramHeard) -> list[Effect]:
        """Tell of a packet that `sort` found to be for nobody, if such things are to be told."""
        if not self._tells_strange or not isinstance(event.endpoint, VrrpEndpoint):
            return []
        parcel = unwrap(event)
        if isinstance(parcel, Refusal):
            return []
        number, source = parcel.preamble.router_id, parcel.source
        if not self._said.first((event.endpoint.link, number, source)):
            return []
        return [Note(UnknownRouterHeard(event.endpoint.link, number, source))]

    def plain(self) -> dict[str, int]:
        """Show what was for nobody, as plain data."""
        return {each.counter: number for each, number in self._strange.items()}

    def _count(self, refusal: Refusal) -> None:
        self._strange[refusal] = self._strange.get(refusal, 0) + 1
