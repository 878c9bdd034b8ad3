"""Tells who is master of what in the guide's network, from the wire and from `ip addr` together.

Rule: an outsider's view. A distribution holds only when the adverts on the switches and the
addresses on the directors' interfaces say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.lab.directors import Daemon
from tests.lab.network import DIRECTORS, HOME, ROUTER_IDS, Network
from tests.lab.waiting import until
from tests.lab.wiretap import Wiretap

INITIAL = {name: home[0] for name, home in HOME.items()}
"""Who should be master of what while both directors are well."""
OF_ADDRESS = {f"192.168.{lan}.{n}": name for name, n in DIRECTORS.items() for lan in (100, 200)}


def all_on(director: str) -> dict[str, str]:
    """The distribution in which one director is master of everything."""
    return dict.fromkeys(HOME, director)


@dataclass(slots=True)
class Mastership:
    """Network, ears and daemons, looked at together."""

    network: Network
    wire: Wiretap
    daemons: dict[str, Daemon] = field(default_factory=dict)
    """director → its daemon of now."""

    def masters(self) -> dict[str, str]:
        """Instance → the director whose adverts are on the wire, or `nobody`."""
        found = {}
        for router_id, name in ROUTER_IDS.items():
            source = self.wire.master(router_id)
            found[name] = OF_ADDRESS.get(source, source) if source else "nobody"
        return found

    def is_so(self, wanted: dict[str, str]) -> bool:
        """Do wire and `ip addr` both show this distribution? Says in words what is amiss.

        What a crashed director's interfaces still show is not counted: nobody can reach it.
        """
        masters = self.masters()
        assert masters == wanted, f"on the wire {masters}"
        shown = {
            (name, device): {a.split("/")[0] for a in self.network.host(name).addresses(device)}
            for name, daemon in self.daemons.items()
            if daemon.running() or not daemon.crashed
            for device in ("eth0", "eth1")
        }
        for name, (_, device, addresses) in HOME.items():
            for address in addresses:
                holders = [n for (n, d), held in shown.items() if d == device and address in held]
                assert holders == [wanted[name]], f"`ip addr` shows {address} on {holders}"
        return True

    def wait_for(self, wanted: dict[str, str], bound_s: float) -> None:
        """Wait until wire and `ip addr` show a distribution; NotInTime after the bound."""
        who = ", ".join(f"{name} on {director}" for name, director in wanted.items())
        until(lambda: self.is_so(wanted), bound_s, who)

    def crash(self, director: str) -> int:
        """The director is gone; gives how many processes died with it."""
        self.daemons[director].crashed = True
        return self.network.crash(director)

    def handover_ms(self, router_id: int, since_us: int, old: str, new: str) -> float:
        """From the old master's last advert to the new one's first, around an instant."""
        adverts = self.wire.since(since_us - 2_000_000, router_id)
        first = min(a.at_us for a in adverts if a.at_us > since_us and OF_ADDRESS[a.source] == new)
        last = max(a.at_us for a in adverts if a.at_us < first and OF_ADDRESS[a.source] == old)
        return (first - last) / 1000
