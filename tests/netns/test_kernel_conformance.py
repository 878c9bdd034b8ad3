"""The simulated kernel and the host's agree on what there is after the same changes.

Rule: what one step asks for is carried out in both; then links, addresses, refusals are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from tests.netns.kernel_bench import cable, ip, namespaces
from tests.netns.test_kernel_links import MAC, VMAC, Bench

from keepalived.linux.barriers import Firewall
from keepalived.port.events import LinkSeen, Refused
from keepalived.port.facts import Link
from keepalived.port.resources import (
    Change,
    Detour,
    HeldAddress,
    HeldLink,
    Install,
    Remove,
    Setting,
)
from keepalived.sim.kernel import Kernel

pytestmark = pytest.mark.netns

ADDRESS = HeldAddress("vrrp.51", ip_address("10.9.0.100"), 24)
PLAIN = HeldAddress("eth0", ip_address("10.9.0.101"), 24)
STORIES: dict[str, list[Change]] = {
    "a virtual mac with an address": [Install(VMAC), Install(ADDRESS), Remove(ADDRESS)],
    "a virtual mac that goes with its address": [Install(VMAC), Install(ADDRESS), Remove(VMAC)],
    "a virtual mac without its parent": [Install(HeldLink("vrrp.51", "eth7", mac=MAC))],
    "an address without its link": [Install(ADDRESS)],
    "an address that comes and goes": [Install(PLAIN), Remove(PLAIN), Install(PLAIN)],
    "what stands around a link": [
        Install(Detour("vrrp.51", "eth0")),
        Install(VMAC),
        Install(Setting("arp_ignore", 1, "vrrp.51")),
        Remove(Setting("arp_ignore", 1, "vrrp.51")),
        Remove(VMAC),
        Remove(Detour("vrrp.51", "eth0")),
    ],
}


@pytest.fixture
def bench() -> Iterator[Bench]:
    with namespaces("a", "b") as (a, b):
        cable(a, b)
        ip(a, "addr", "add", "10.9.0.1/24", "dev", "eth0")
        made = Bench(a, Firewall())
        yield made
        made.close()


@pytest.mark.parametrize("story", STORIES)
def test_both_kernels_end_with_the_same(bench: Bench, story: str) -> None:
    simulated = Kernel()
    simulated.links = {"eth0": Link(2, "eth0", bytes(6)), "lo": Link(1, "lo", loopback=True)}
    answers = [simulated.change(change) for change in STORIES[story]]
    refused = [(each.change, each.errno) for each in answers if each is not None]
    bench.apply(*STORIES[story])
    events = bench.settle()
    assert [(e.change, e.errno) for e in events if isinstance(e, Refused)] == refused
    shown = ip(bench.name, "-o", "address", "show")
    for held in (ADDRESS, PLAIN):
        spot = (held.link, held.address, held.prefix)
        stands = spot in simulated.addresses and held.link in simulated.links
        assert (str(held.address) in shown) is stands, held
    there = bench.link("vrrp.51")
    assert bool(there) is ("vrrp.51" in simulated.links)
    seen = [e.link for e in events if isinstance(e, LinkSeen) and e.link.name == "vrrp.51"]
    if there:
        fact = simulated.links["vrrp.51"]
        assert (seen[-1].kind, seen[-1].mac, seen[-1].up) == (fact.kind, fact.mac, fact.up)
