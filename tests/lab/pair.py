"""A pair of directors that run only VRRP, on the guide's network without servers.

Rule: the VRRP part of case study XI, word for word from the examples; which program each director
runs is given.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.directors import run_keepalived
from tests.lab.hosts import World
from tests.lab.mastership import INITIAL, Mastership
from tests.lab.network import DIRECTORS, ROOT, Network
from tests.lab.wiretap import Wiretap

START_S = 8.0
"""From start to the initial distribution: 3.6 s of listening, then the lower master gives way."""


def vrrp_part(director: str) -> str:
    """The director's example file up to its virtual servers."""
    text = (ROOT / "examples" / f"case-xi-{director}.conf").read_text()
    return text.partition("\nvirtual_server")[0].rpartition("\n#")[0] + "\n"


@dataclass(slots=True)
class Pair:
    """Two directors, who is master of what, and which program each runs."""

    network: Network
    rule: Mastership
    kinds: dict[str, str]

    def start(self, director: str) -> None:
        """Start the director's daemon, VRRP only."""
        host, kind = self.network.host(director), self.kinds[director]
        self.rule.daemons[director] = run_keepalived(kind, host, vrrp_part(director), "-P")

    def settle(self) -> None:
        """Be in the initial distribution, whatever was before."""
        self.rule.wait_for(INITIAL, START_S)

    def logs(self) -> str:
        """The end of both logs, for a failed test."""
        return "\n".join(
            f"--- {name} ({daemon.kind})\n" + "\n".join(daemon.log().splitlines()[-25:])
            for name, daemon in self.rule.daemons.items()
        )

    def capture(self, director: str, lan: int, mac: str) -> Path:
        """Write what a director said on a LAN so far to a capture file."""
        path = self.network.world.folder / f"{director}-{lan}.pcap"
        assert self.rule.wire.write(path, f"lan{lan}", mac), f"{director} said nothing"
        return path


@contextmanager
def running_pair(first: str, second: str) -> Iterator[Pair]:
    """`first` on director 1 and `second` on director 2, started and in the initial distribution."""
    with World() as world:
        network = Network(world, servers=False)
        wire = Wiretap(network.switch)
        pair = Pair(network, Mastership(network, wire), {"director1": first, "director2": second})
        try:
            for director in DIRECTORS:
                pair.start(director)
            try:
                pair.settle()
            except AssertionError as why:
                raise AssertionError(f"{why}\n{pair.logs()}") from why
            yield pair
        finally:
            wire.close()


def now_us() -> int:
    """The clock of the wiretap."""
    return time.monotonic_ns() // 1000
