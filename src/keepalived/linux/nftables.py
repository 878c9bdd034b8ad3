"""The load balancer's table as nftables rules, for kernels that have no ip_vs.

Rule: what is in the kernel is a value here (`_loaded`); changes that come while nft runs are
carried out together by one more run; a transaction that fails leaves value and kernel as they were.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Collection, Sequence
from itertools import chain

from keepalived.linux.flows import Flows, Stale
from keepalived.linux.nft_process import NftProcess, errno_in
from keepalived.linux.nft_script import Pool, difference, unable, whole
from keepalived.port.events import Refused
from keepalived.port.reactor import Reactor, Timer
from keepalived.port.resources import Change, Install, Remove, Replace, Server, Service, ServiceKey

UDP = 17
MEND_US = 5_000_000
"""Time after which refused removals are tried again."""

Changed = dict[ServiceKey, Pool | None]
Stay = tuple[Service | None, dict[tuple[object, ...], Server]]


class NftPlane:
    """Carries out changes of services and servers by nft transactions beside the loop."""

    name = "nftables"

    def __init__(
        self,
        reactor: Reactor,
        table: str = "keepalived_lvs",
        nft: str | None = None,
        namespace: str | None = None,
    ) -> None:
        self._reactor = reactor
        self._table = table
        self._process = NftProcess(reactor, nft, namespace)
        self._flows = Flows(reactor, namespace)
        self._loaded: dict[ServiceKey, Pool] = {}
        self._fresh = True
        """The kernel's table is not known to be ours: the next transaction replaces all of it."""
        self._waiting: list[Change] = []
        self._retries: deque[list[Change]] = deque()
        self._running: list[Change] = []
        self._owed: list[Change] = []
        """Refused removals: nobody asks for them again, and nothing may be left behind."""
        self._mending: Timer | None = None
        self._target: Changed = {}
        self._overtaken = False
        """What runs was ended because all of it is to be withdrawn anyway."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Begin to carry these out; refusals come back as events, one for each change."""
        for change in changes:
            resource = change.new if isinstance(change, Replace) else change.resource
            if not isinstance(resource, Service | Server):
                continue
            why = None if isinstance(change, Remove) else unable(resource)
            if why is None:
                self._waiting.append(change)
            else:
                self._reactor.post(Refused(change, errno.EOPNOTSUPP, why))
        if self._process.running and self._comes_to_nothing():
            self._overtaken = True
            self._process.kill()
        self._run_next()

    def found(self, keys: Collection[ServiceKey]) -> list[Service | Server]:
        """Give nothing: what a previous life left is replaced whole by the first transaction."""
        return []

    def ready(self) -> bool:
        """Say whether all that was asked for is in the kernel or refused."""
        running = self._process.running or self._flows.running
        return not (running or self._waiting or self._retries)

    def close(self) -> None:
        """Drop what is under way; the table stays as the last whole transaction left it."""
        self._process.close()
        self._flows.close()
        self._waiting.clear()
        self._retries.clear()
        if self._mending is not None:
            self._mending.cancel()

    def _run_next(self) -> None:
        while not self._process.running and (self._retries or self._waiting):
            if self._retries:
                self._running = self._retries.popleft()
            else:
                self._running = [*self._owed, *self._waiting]
                self._owed, self._waiting = [], []
            self._fold()
            if script := self._script():
                self._process.start(script, self._ended)
            else:
                self._take_over()

    def _comes_to_nothing(self) -> bool:
        """Say whether nothing is left once all has been done: then a stop need not wait for nft."""
        if not self._waiting or not isinstance(self._waiting[-1], Remove):
            return False
        left = set(self._loaded)
        for change in (*self._running, *chain.from_iterable(self._retries), *self._waiting):
            if isinstance(change, Remove) and isinstance(change.resource, Service):
                left.discard(change.resource.service)
            elif isinstance(change, Install) and isinstance(change.resource, Service):
                left.add(change.resource.service)
        return not left

    def _fold(self) -> None:
        """Find the pools that the running changes touch, as they are to be; None for one to go."""
        touched: dict[ServiceKey, Stay] = {}
        sound: list[Change] = []
        for change in self._running:
            resource = change.new if isinstance(change, Replace) else change.resource
            assert isinstance(resource, Service | Server)
            key = resource.service
            service, servers = touched.get(key) or self._stay(key)
            gone = isinstance(change, Remove)
            if isinstance(resource, Service):
                service, servers = (None, {}) if gone else (resource, servers)
            elif gone:
                servers.pop(resource.key, None)
            elif service is not None:
                servers[resource.key] = resource
            else:
                why = "the server's service is not in the table"
                self._reactor.post(Refused(change, errno.ENOENT, why))
                continue
            touched[key] = (service, servers)
            sound.append(change)
        self._running = sound
        self._target = {key: _pool(*stay) for key, stay in touched.items()}

    def _stay(self, key: ServiceKey) -> Stay:
        pool = self._loaded.get(key)
        return (pool.service, {s.key: s for s in pool.servers}) if pool else (None, {})

    def _script(self) -> str:
        """Write the transaction; empty where there is nothing to do."""
        if not self._target:
            return ""
        after = {**self._loaded, **self._target}
        left = {key: pool for key, pool in after.items() if pool is not None}
        if self._fresh or not left:
            return whole(self._table, left) if left or self._fresh or self._loaded else ""
        return difference(self._table, self._loaded, self._target)

    def _take_over(self) -> None:
        self._flows.forget(self._stale())
        for key, pool in self._target.items():
            if pool is None:
                self._loaded.pop(key, None)
            else:
                self._loaded[key] = pool
        self._fresh = not self._loaded

    def _stale(self) -> list[Stale]:
        """List what the transaction that has just come to pass leaves behind in conntrack."""
        stale = []
        for key, pool in self._target.items():
            before = self._loaded.get(key)
            kept = {server.key for server in pool.servers} if pool else set()
            gone = [s for s in (before.servers if before else ()) if s.key not in kept]
            stale += [Stale(key, server.address, server.port) for server in gone]
            if before is None and key.address is not None and key.protocol == UDP:
                stale.append(Stale(key))
        return stale

    def _ended(self, why: str | None) -> None:
        overtaken, self._overtaken = self._overtaken, False
        if why is None:
            self._take_over()
        elif overtaken:
            self._fresh = True
            self._waiting = [*self._running, *chain.from_iterable(self._retries), *self._waiting]
            self._retries.clear()
        elif not self._fresh:
            # Somebody may have taken our table away (`nft flush ruleset`): build it anew, once.
            self._fresh = True
            self._retries.appendleft(self._running)
        else:
            self._fresh = not self._loaded
            if len(self._target) > 1:
                self._halve()
            else:
                self._refuse(why)
        self._running, self._target = [], {}
        self._run_next()

    def _halve(self) -> None:
        """Try each half of the services by itself, so that a bad one does not spoil the others."""
        keys = list(self._target)
        first = set(keys[: len(keys) // 2])
        halves: tuple[list[Change], list[Change]] = ([], [])
        for change in self._running:
            resource = change.new if isinstance(change, Replace) else change.resource
            assert isinstance(resource, Service | Server)
            halves[resource.service not in first].append(change)
        self._retries.extendleft(reversed(halves))

    def _refuse(self, why: str) -> None:
        number = errno_in(why)
        for change in self._running:
            self._reactor.post(Refused(change, number, why))
        self._owed += [change for change in self._running if isinstance(change, Remove)]
        if self._owed and self._mending is None:
            when = self._reactor.now() + MEND_US
            self._mending = self._reactor.call_at(when, self._pay)

    def _pay(self) -> None:
        self._mending = None
        self._waiting = [*self._owed, *self._waiting]
        self._owed = []
        self._run_next()


def _pool(service: Service | None, servers: dict[tuple[object, ...], Server]) -> Pool | None:
    if service is None:
        return None
    ordered = sorted(servers.values(), key=lambda server: (int(server.address), server.port))
    return Pool(service, tuple(ordered))
