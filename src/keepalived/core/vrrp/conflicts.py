"""Another host says that it has an address which a master holds: counted, and told of.

Rule: nothing is done about it. Adverts alone decide who leads; a host that speaks no VRRP is for
people to find.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from keepalived.core.vrrp.claims import lines_of, link_of
from keepalived.core.vrrp.machine import Machine
from keepalived.core.vrrp.notes_hearing import AddressDuplicated
from keepalived.core.vrrp.state import State
from keepalived.core.vrrp.timing import SECOND_US
from keepalived.port.effects import Effect, Note
from keepalived.port.events import ConflictSeen

_QUIET_US = 600 * SECOND_US
"""One host on one link is told of no more often."""
_MOST = 64
"""Of so many hosts, for a host can make up others."""


class Conflicts:
    """What was told already."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str, bytes], int] = {}

    def seen(
        self,
        now: int,
        event: ConflictSeen,
        machines: Sequence[Machine],
        leaving: Callable[[Machine], object],
    ) -> list[Effect]:
        """Count it for the master that holds the address; tell of it now and then.

        Who is `leaving` hands its addresses over: there two have them, as they should.
        """
        for machine in machines:
            config = machine.config
            has = any(
                line.address == event.address and link_of(config, line) == event.link
                for line in lines_of(config)
            )
            if not has or machine.state is not State.MASTER or leaving(machine):
                continue
            machine.counters.addresses_duplicated += 1
            if not self._may_tell(now, (config.name, event.link, event.mac)):
                return []
            return [Note(AddressDuplicated(config.name, event.address, event.link, event.mac))]
        return []

    def _may_tell(self, now: int, key: tuple[str, str, bytes]) -> bool:
        self._told = {each: at for each, at in self._told.items() if now < at + _QUIET_US}
        if key in self._told or len(self._told) >= _MOST:
            return False
        self._told[key] = now
        return True
