"""Masquerading for the real servers' networks: what they send out leaves with our address.

Rule: one table, written anew as a whole at each change. What the director itself sends, what stays
among the servers and what belongs to a balanced connection is never touched.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from ipaddress import IPv4Network, IPv6Network

from keepalived.linux.nft_process import NftProcess, errno_in, find_nft
from keepalived.port.events import Refused
from keepalived.port.reactor import Reactor, Timer
from keepalived.port.resources import Change, Masquerade, Remove, Replace

TIDY_AFTER_US = 1_000_000
Network = IPv4Network | IPv6Network


class Masquerading:
    """Carries out changes of masqueraded networks by nft, beside the loop."""

    name = "masquerade"

    def __init__(
        self, reactor: Reactor, table: str = "keepalived_masq", nft: str | None = None
    ) -> None:
        self._reactor = reactor
        self._table = table
        self._process = NftProcess(reactor, nft)
        self._loaded: frozenset[Network] = frozenset()
        self._target: frozenset[Network] = frozenset()
        self._waiting: list[Change] = []
        self._running: list[Change] = []
        self._tidying: Timer | None = None

    def apply(self, changes: Sequence[Change]) -> None:
        """Begin to carry these out; refusals come back as events, one for each change."""
        self._waiting += [change for change in changes if _network(change) is not None]
        self._run_next()

    def tidy(self) -> None:
        """Take away, soon, the table that a crashed life may have left; call once, at start.

        Networks that are asked for meanwhile replace it without a gap. Where there is no nft, or
        the kernel refuses it, nothing can have been left.
        """
        when = self._reactor.now() + TIDY_AFTER_US
        self._tidying = self._reactor.call_at(when, self._withdraw)

    def _withdraw(self) -> None:
        self._tidying = None
        if self.ready() and not self._loaded and find_nft() is not None:
            self._target = frozenset()
            self._process.start(whole(self._table, ()), self._ended)

    def ready(self) -> bool:
        """Say whether all that was asked for is in the kernel or refused."""
        return not (self._process.running or self._waiting)

    def close(self) -> None:
        """Drop what is under way."""
        if self._tidying is not None:
            self._tidying.cancel()
        self._process.close()
        self._waiting.clear()

    def _run_next(self) -> None:
        if self._process.running or not self._waiting:
            return
        self._running, self._waiting = self._waiting, []
        networks = set(self._loaded)
        for change in self._running:
            network = _network(change)
            assert network is not None
            (networks.discard if isinstance(change, Remove) else networks.add)(network)
        self._target = frozenset(networks)
        self._process.start(whole(self._table, self._target), self._ended)

    def _ended(self, why: str | None) -> None:
        if why is None:
            self._loaded = self._target
        else:
            for change in self._running:
                told = f"cannot masquerade {_network(change)} with nftables on this kernel: {why}"
                self._reactor.post(Refused(change, errno_in(why), told))
        self._running = []
        self._run_next()


def _network(change: Change) -> Network | None:
    resource = change.new if isinstance(change, Replace) else change.resource
    return resource.network if isinstance(resource, Masquerade) else None


def whole(table: str, networks: Collection[Network]) -> str:
    """Write the table for these networks; without any, its end."""
    start = f"table inet {table} {{}}\ndelete table inet {table}\n"
    if not networks:
        return start
    families = []
    rules = []
    for version, ip, kind in ((4, "ip", "ipv4_addr"), (6, "ip6", "ipv6_addr")):
        some = sorted(str(each) for each in networks if each.version == version)
        if not some:
            continue
        families.append(
            f"  set networks-{ip} {{ type {kind}; flags interval; auto-merge;"
            f" elements = {{ {', '.join(some)} }}; }}\n"
        )
        rules.append(f"    {ip} saddr @networks-{ip} {ip} daddr != @networks-{ip} masquerade\n")
    return f"""{start}table inet {table} {{
{"".join(families)}  chain postrouting {{
    type nat hook postrouting priority 100; policy accept;
    ct status dnat accept
    fib saddr type local accept
{"".join(rules)}  }}
}}
"""
