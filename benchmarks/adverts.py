"""What one advert sent and one advert received cost in the pure half: microseconds of computing.

Rule: no sockets and no kernel, so that the figure is the program's own; each packet is another
one, as real ones are. One instance, then 250: what an advert costs must not grow with them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from statistics import median
from typing import Any

from keepalived.core.host import Host
from keepalived.core.vrrp.advert_words import Authentication, AuthHmac
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.core.vrrp.lines import Key
from keepalived.core.vrrp.router import Router
from keepalived.lang.net_values import AddressLine
from keepalived.port.effects import Send
from keepalived.port.events import (
    AddressSeen,
    ClockSeen,
    DatagramHeard,
    LinkSeen,
    Started,
    Woken,
)
from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import VrrpEndpoint

ADVERTS = 400
TIMES = 7
MANY = 250
NOON_US = 1_795_000_000_000_000
OWN = (IPv4Address("10.0.0.1"), IPv6Address("fe80::1"))
PEER = (IPv4Address("10.0.0.2"), IPv6Address("fe80::2"))


def instance(number: int, **more: Any) -> VrrpInstance:
    """Give an instance of one address."""
    six = more.pop("six", False)
    address = IPv6Address(f"fe80::100:{number}") if six else IPv4Address(f"10.0.1.{number}")
    return VrrpInstance(
        name=f"VI_{number}",
        interface="eth0",
        virtual_router_id=number,
        virtual_ipaddress=(AddressLine(address, 64 if six else 32),),
        **more,
    )


def kinds() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the ways of speaking."""
    yield "v2", {}
    yield "v2 PASS", {"authentication": Authentication(auth_pass="s3cret")}
    yield "v2 AH", {"authentication": Authentication(auth_type="AH", auth_pass="s3cret")}
    yield "v3", {"version": 3}
    yield "v3 IPv6", {"six": True}
    yield "v3 HMAC", {"version": 3, "auth_hmac": AuthHmac(keys=(Key(1, "k" * 32),), active_key=1)}


class Bench:
    """A director with some instances, driven by hand."""

    def __init__(self, side: int, instances: list[VrrpInstance]) -> None:
        own = OWN if side == 0 else PEER
        self.host = Host(Router(RouterConfig("LVS", tuple(instances))))
        self.now = 0
        self.host.step(0, ClockSeen(NOON_US))
        self.host.step(0, LinkSeen(Link(2, "eth0", bytes(6))))
        self.host.step(0, AddressSeen(LinkAddress("eth0", own[0], 24)))
        self.host.step(0, AddressSeen(LinkAddress("eth0", own[1], 64)))
        self.host.step(0, Started())

    def wake(self) -> list[Send]:
        """Let time pass to the next deadline; give what is sent."""
        due = self.host.deadline()
        assert due is not None
        self.now = max(self.now, due)
        operations = self.host.step(self.now, Woken())
        return [each for each in operations if isinstance(each, Send)]

    def lead(self) -> None:
        """Lead with all instances, and be done with announcements."""
        while self.now < 20_000_000:
            self.wake()


def sent(many: int, more: dict[str, Any]) -> tuple[float, list[tuple[int, Send]]]:
    """Give the microseconds of one advert, and adverts with their times."""
    bench = Bench(0, [instance(number + 1, priority=200, **more) for number in range(many)])
    bench.lead()
    found: list[tuple[int, Send]] = []
    begun = time.perf_counter_ns()
    while len(found) < ADVERTS:
        found += [(bench.now, send) for send in bench.wake()]
    took = time.perf_counter_ns() - begun
    adverts = [each for each in found if isinstance(each[1].endpoint, VrrpEndpoint)]
    return took / 1000 / len(adverts), adverts


def heard(many: int, more: dict[str, Any], said: list[tuple[int, Send]]) -> float:
    """Give the microseconds of one advert heard by a backup."""
    bench = Bench(1, [instance(number + 1, **more) for number in range(many)])
    events = [(at, _event(send)) for at, send in said]
    for at, event in events[: many + 1]:
        bench.host.step(at, event)
    rest = events[many + 1 :]
    begun = time.perf_counter_ns()
    for at, event in rest:
        bench.host.step(at, event)
        bench.host.deadline()
    took = time.perf_counter_ns() - begun
    names = {each["state"] for each in bench.host.snapshot(rest[-1][0])["instances"]}  # type: ignore[attr-defined]
    assert names == {"BACKUP"}, names
    return took / 1000 / len(rest)


def _event(send: Send) -> DatagramHeard:
    if send.source is None:
        return DatagramHeard(send.endpoint, OWN[0], send.data)
    return DatagramHeard(send.endpoint, send.source, send.data, send.hop_limit, send.target)


def main() -> int:
    """Print the table."""
    print(f"{'one advert, microseconds (median)':<36} {'sent':>8} {'heard':>8}")
    for many in (1, MANY):
        for name, more in kinds():
            figures = []
            for _ in range(TIMES):
                took, said = sent(many, dict(more))
                figures.append((took, heard(many, dict(more), said)))
            costs = [median(column) for column in zip(*figures, strict=True)]
            what = f"{name}, {many} instance{'s' * (many > 1)}"
            print(f"{what:<36} {costs[0]:>8.1f} {costs[1]:>8.1f}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
