"""Writes a table of virtual services as nft text: the whole of it, or one transaction's difference.

Rule: values in, text out; what a chain is called follows from the service alone, so that an
operator can find it and a later transaction needs no memory of numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import gcd

from keepalived.port.planes import NFT_SCHEDULERS
from keepalived.port.resources import Forwarding, Server, Service, ServiceKey
from keepalived.records import dataclass, field
from keepalived.wire.addresses import Address, Family, family_of

HASH_SEED = 0x6B616C76
"""One seed for every director, so that a client's server stays the same after a takeover."""
MOST_SLOTS = 256
"""Longest turn in which the servers of wrr are interleaved; a longer one goes in blocks."""
LONGEST_TURN = 2**31
"""The kernel counts turns in 32 bits; weights that need more are scaled down."""
REJECT = "reject with icmpx type port-unreachable"
MISSED = "drop"
"""Stands behind a choice of servers. While the kernel puts a new choice into force, a packet may
for some microseconds find none: dropped, its sender asks again; let through, it were refused."""
_PROTOCOLS = {6: "tcp", 17: "udp"}


@dataclass(frozen=True, slots=True)
class Pool:
    """A service with its servers, in the order of their addresses and ports."""

    service: Service
    servers: tuple[Server, ...]


@dataclass(slots=True)
class Layout:
    """What one pool is made of in the table."""

    element: tuple[str, str]
    """The dispatch map and the key in it."""
    chains: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Chain to rules; the service's own chain is the first."""
    sets: dict[str, int] = field(default_factory=dict)
    """Set of the clients that stay with a server, to the prefix length that they are told by."""


def unable(resource: Service | Server) -> str | None:
    """Say why this plane cannot do it; None when it can."""
    key = resource.service
    if isinstance(resource, Service):
        if resource.scheduler not in NFT_SCHEDULERS:
            return f"the nftables plane has no scheduler {resource.scheduler}"
        if resource.flags:
            return f"the nftables plane has no scheduler flags ({resource.flags:#x})"
        if key.mark == 0 and key.protocol not in _PROTOCOLS:
            return f"the nftables plane does TCP and UDP, not protocol {key.protocol}"
        return None
    if resource.forwarding is not Forwarding.NAT:
        return f"the nftables plane does NAT, not {resource.forwarding.value}"
    if resource.upper_threshold or resource.lower_threshold:
        return "the nftables plane cannot count connections: no thresholds"
    if family_of(resource.address) is not key.family:
        return "the nftables plane needs servers of the service's own address family"
    return None


def service_name(key: ServiceKey) -> str:
    """Give the name of a service's chain: `tcp-192.168.200.10-80`, `mark7-ip6`."""
    if key.address is None:
        return f"mark{key.mark}-{_ip(key.family)}"
    return f"{_PROTOCOLS[key.protocol]}-{_plain(key.address)}-{key.port}"


def server_name(server: Server) -> str:
    """Give the name of a server's chain and of the set of its clients."""
    return f"{service_name(server.service)}/{_plain(server.address)}-{server.port}"


def skeleton(table: str) -> str:
    """Write the table without any service; whatever bore its name before is gone."""
    return f"""table inet {table} {{}}
delete table inet {table}
table inet {table} {{
  map marks-ip {{ type mark : verdict; }}
  map marks-ip6 {{ type mark : verdict; }}
  map services-ip {{ type ipv4_addr . inet_proto . inet_service : verdict; }}
  map services-ip6 {{ type ipv6_addr . inet_proto . inet_service : verdict; }}
  map all-ports-ip {{ type ipv4_addr . inet_proto : verdict; }}
  map all-ports-ip6 {{ type ipv6_addr . inet_proto : verdict; }}
  chain dispatch {{
    meta l4proto != {{ tcp, udp }} accept
    meta nfproto ipv4 meta mark vmap @marks-ip
    meta nfproto ipv6 meta mark vmap @marks-ip6
    ip daddr . meta l4proto . th dport vmap @services-ip
    ip6 daddr . meta l4proto . th dport vmap @services-ip6
    ip daddr . meta l4proto vmap @all-ports-ip
    ip6 daddr . meta l4proto vmap @all-ports-ip6
  }}
  chain prerouting {{
    type nat hook prerouting priority -100; policy accept;
    jump dispatch
  }}
  chain output {{
    type nat hook output priority -100; policy accept;
    jump dispatch
  }}
}}
"""


def withdrawal(table: str) -> str:
    """Write the end of the table, whether or not it exists."""
    return f"table inet {table} {{}}\ndelete table inet {table}\n"


def whole(table: str, pools: Mapping[ServiceKey, Pool]) -> str:
    """Write the table as it is to be, in one transaction that replaces whatever there was."""
    if not pools:
        return withdrawal(table)
    lines = [line for pool in pools.values() for line in _difference(table, None, pool)]
    return skeleton(table) + "".join(lines)


def difference(
    table: str, before: Mapping[ServiceKey, Pool], after: Mapping[ServiceKey, Pool | None]
) -> str:
    """Write what turns the table's services into `after`; others than these are left alone."""
    return "".join(
        line for key, pool in after.items() for line in _difference(table, before.get(key), pool)
    )


def _difference(table: str, before: Pool | None, after: Pool | None) -> Iterator[str]:
    if before == after:
        return
    old = _layout(before) if before else None
    new = _layout(after) if after else None
    old_chains, old_sets = (old.chains, old.sets) if old else ({}, {})
    new_chains, new_sets = (new.chains, new.sets) if new else ({}, {})
    of_ours = f"inet {table}"
    if old and not new:
        yield f"delete element {of_ours} {old.element[0]} {{ {old.element[1]} }}\n"
    for name, bits in new_sets.items():
        if name not in old_sets:
            kind = (
                "ipv4_addr" if after and _ip(after.service.service.family) == "ip" else "ipv6_addr"
            )
            yield f"add set {of_ours} {name} {{ type {kind}; flags dynamic,timeout; }}\n"
        elif old_sets[name] != bits:
            yield f"flush set {of_ours} {name}\n"
    yield from (f"add chain {of_ours} {name}\n" for name in new_chains if name not in old_chains)
    for name, rules in old_chains.items():
        if new_chains.get(name) != rules:
            yield f"flush chain {of_ours} {name}\n"
    for name, rules in new_chains.items():
        if old_chains.get(name) != rules:
            yield from (f"add rule {of_ours} {name} {rule}\n" for rule in rules)
    if new and not old:
        chain = next(iter(new.chains))
        yield f"add element {of_ours} {new.element[0]} {{ {new.element[1]} : goto {chain} }}\n"
    yield from (f"delete chain {of_ours} {name}\n" for name in old_chains if name not in new_chains)
    yield from (f"delete set {of_ours} {name}\n" for name in old_sets if name not in new_sets)


def _layout(pool: Pool) -> Layout:
    key = pool.service.service
    name = service_name(key)
    layout = Layout(_element(key))
    shares = _shares(pool)
    uniform = len({server.port == 0 for _, _, server in shares}) < 2
    if pool.service.persistence_s or not uniform:
        layout.chains[name] = ()
        layout.chains[name] = tuple(_through_chains(pool, shares, layout))
    elif shares:
        choice = _straight(pool.service, shares)
        alone = len({server for _, _, server in shares}) == 1
        layout.chains[name] = (choice,) if alone else (choice, MISSED)
    else:
        layout.chains[name] = (REJECT,)
    return layout


def _element(key: ServiceKey) -> tuple[str, str]:
    ip = _ip(key.family)
    if key.address is None:
        return (f"marks-{ip}", str(key.mark))
    protocol = _PROTOCOLS[key.protocol]
    if key.port == 0:
        return (f"all-ports-{ip}", f"{key.address} . {protocol}")
    return (f"services-{ip}", f"{key.address} . {protocol} . {key.port}")


Share = tuple[int, int, Server]
"""First and last number of a turn that are this server's."""


def _through_chains(pool: Pool, shares: list[Share], layout: Layout) -> Iterator[str]:
    """Write rules that go through a chain for each server, which remembers its clients."""
    service = pool.service
    stays = service.persistence_s > 0
    bits = service.granularity if service.granularity >= 0 else service.service.family.bits
    client = _client(service.service.family, bits)
    for server in pool.servers:
        name = server_name(server)
        rules = [_straight(service, [(0, 0, server)])]
        if stays:
            rules.insert(0, f"update @{name} {{ {client} timeout {service.persistence_s}s }}")
            layout.sets[name] = bits
            yield f"{client} @{name} goto {name}"
        layout.chains[name] = tuple(rules)
    if len({server for _, _, server in shares}) == 1:
        yield f"goto {server_name(shares[0][2])}"
    elif shares:
        chosen = ", ".join(f"{_range(a, b)} : goto {server_name(s)}" for a, b, s in shares)
        yield f"{_chooser(service)} mod {shares[-1][1] + 1}{_seed(service)} vmap {{ {chosen} }}"
        yield MISSED
    else:
        yield REJECT


def _straight(service: Service, shares: list[Share]) -> str:
    """Write the one rule that sends a connection to one of these servers."""
    key = service.service
    ports = shares[0][2].port != 0
    if not ports:
        start = f"meta nfproto {'ipv4' if key.family is Family.INET else 'ipv6'} "
    elif key.mark:
        start = "meta l4proto { tcp, udp } "
    else:
        start = f"meta l4proto {_PROTOCOLS[key.protocol]} "
    start += f"dnat {_ip(key.family)} to "
    if len({server for _, _, server in shares}) == 1:
        server = shares[0][2]
        if not ports:
            return f"{start}{server.address}"
        host = f"[{server.address}]" if server.address.version == 6 else str(server.address)
        return f"{start}{host}:{server.port}"
    chosen = ", ".join(
        f"{_range(first, last)} : {s.address}{f' . {s.port}' if ports else ''}"
        for first, last, s in shares
    )
    turn = shares[-1][1] + 1
    return f"{start}{_chooser(service)} mod {turn}{_seed(service)} map {{ {chosen} }}"


def _chooser(service: Service) -> str:
    ip = _ip(service.service.family)
    does = NFT_SCHEDULERS[service.scheduler]
    hashed = {"sh": f"jhash {ip} saddr", "dh": f"jhash {ip} daddr"}
    return hashed.get(does, "numgen inc")


def _seed(service: Service) -> str:
    return f" seed {HASH_SEED:#x}" if NFT_SCHEDULERS[service.scheduler] in ("sh", "dh") else ""


def _shares(pool: Pool) -> list[Share]:
    """Cut a turn into the servers' shares; a server of weight 0 has none."""
    working = [server for server in pool.servers if server.weight > 0]
    does = NFT_SCHEDULERS[pool.service.scheduler]
    if does in ("rr", "dh"):
        return [(place, place, server) for place, server in enumerate(working)]
    weights = tuple(server.weight for server in working)
    common = gcd(*weights) or 1
    weights = tuple(weight // common for weight in weights)
    if sum(weights) > LONGEST_TURN:
        weights = tuple(max(1, w * LONGEST_TURN // sum(weights)) for w in weights)
    if does == "wrr" and sum(weights) <= MOST_SLOTS:
        return [(a, b, working[place]) for a, b, place in _interleaved(weights)]
    shares = []
    first = 0
    for weight, server in zip(weights, working, strict=True):
        shares.append((first, first + weight - 1, server))
        first += weight
    return shares


@lru_cache(maxsize=256)
def _interleaved(weights: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    """Spread the turns: each step all earn their weight, the richest is taken and pays the sum."""
    earned = [0] * len(weights)
    total = sum(weights)
    turns: list[tuple[int, int, int]] = []
    for slot in range(total):
        earned = [have + weight for have, weight in zip(earned, weights, strict=True)]
        place = earned.index(max(earned))
        earned[place] -= total
        if turns and turns[-1][2] == place:
            turns[-1] = (turns[-1][0], slot, place)
        else:
            turns.append((slot, slot, place))
    return tuple(turns)


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _client(family: Family, bits: int) -> str:
    """Write by what clients are told apart: their address, or the network that it lies in."""
    if bits >= family.bits:
        return f"{_ip(family)} saddr"
    mask = ((1 << bits) - 1) << (family.bits - bits)
    shown = ":".join(f"{mask >> shift & 0xFFFF:x}" for shift in range(112, -1, -16))
    if family is Family.INET:
        shown = ".".join(str(mask >> shift & 255) for shift in (24, 16, 8, 0))
    return f"{_ip(family)} saddr & {shown}"


def _ip(family: Family) -> str:
    return "ip" if family is Family.INET else "ip6"


def _plain(address: Address) -> str:
    return str(address).replace(":", "_")
