"""What does not fit together between the files of directors that stand in for one another.

Rule: every finding names both places, what differs, and what to do; no password is ever shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from keepalived.config.root import Config
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.lang.fault import Fault, error, remark
from keepalived.lang.place import Place
from keepalived.records import dataclass
from keepalived.wire.addresses import Address

DEFAULT_VERSION = 2
LinesOf = Callable[[str], Sequence[str]]
"""Gives the lines of a file."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One instance with the file it stands in."""

    file: str
    config: Config
    instance: VrrpInstance
    lines_of: LinesOf

    @property
    def place(self) -> Place:
        return self.instance.place

    def at(self, word: str) -> Place:
        """Give where a word of the instance stands; its block's place where it says none."""
        return word_in_block(self.lines_of(self.place.file), self.place, word)

    def shown(self, word: str) -> str:
        """Write that place."""
        place = self.at(word)
        return f"{place.file or self.file}:{place.line}"

    @property
    def addresses(self) -> frozenset[Address]:
        return frozenset(line.address for line in self.instance.virtual_ipaddress)

    @property
    def version(self) -> int:
        """Give the version that it speaks: its own, the file's, and 3 wherever IPv6 is."""
        settings = self.config.globals
        said = self.instance.version or (settings.vrrp_version if settings else 0)
        six = any(address.version == 6 for address in self.addresses)
        return 3 if six else said or DEFAULT_VERSION

    @property
    def source(self) -> Address | None:
        return self.instance.unicast_src_ip or self.instance.mcast_src_ip

    @property
    def peers(self) -> frozenset[Address]:
        return frozenset(peer.address for peer in self.instance.unicast_peers)


def word_in_block(lines: Sequence[str], block: Place, word: str) -> Place:
    """Give the place of a word that begins a line of a block; else the block's."""
    depth = 0
    for number, text in enumerate(lines[max(block.line - 1, 0) :], block.line):
        bare = text.partition("#")[0].partition("!")[0]
        if bare.split()[:1] == [word] or bare.split()[:1] == [word + "{"]:
            return Place(block.file, number, bare.index(word) + 1)
        depth += bare.count("{") - bare.count("}")
        if depth <= 0 and "}" in bare:
            break
    return block


def pair_faults(
    files: Sequence[tuple[str, Config]], lines_of: LinesOf = lambda _: ()
) -> tuple[Fault, ...]:
    """Give what would break a pair, or a larger set, whose files these are.

    `lines_of` gives the lines of a file, so that a finding can name the very line.
    """
    faults: list[Fault] = []
    for (name_a, a), (name_b, b) in combinations(files, 2):
        ones = [_Side(name_a, a, each, lines_of) for each in a.instances]
        others = [_Side(name_b, b, each, lines_of) for each in b.instances]
        partners, lonely = _partners(ones, others)
        for one, other in partners:
            faults += _mismatches(one, other)
        faults += _strangers(ones, others, partners)
        faults += [_alone(each, name_b if each.file == name_a else name_a) for each in lonely]
        faults += _groups(name_a, a, name_b, b)
        faults += _services(name_a, a, name_b, b)
        faults += _named_alike(name_a, a, name_b, b)
    return tuple(faults)


def _partners(
    ones: list[_Side], others: list[_Side]
) -> tuple[list[tuple[_Side, _Side]], list[_Side]]:
    """Match instances by their names, then by number, then by an address that both have."""
    found: list[tuple[_Side, _Side]] = []
    left, right = list(ones), list(others)
    for same in (
        lambda a, b: a.instance.name == b.instance.name,
        lambda a, b: _number(a) == _number(b) and bool(a.addresses & b.addresses),
        lambda a, b: bool(a.addresses & b.addresses),
    ):
        for one in list(left):
            other = next((each for each in right if same(one, each)), None)
            if other is not None:
                found.append((one, other))
                left.remove(one)
                right.remove(other)
    return found, [*left, *right]


def _number(side: _Side) -> tuple[int, int]:
    six = any(address.version == 6 for address in side.addresses)
    return side.instance.virtual_router_id, 6 if six else 4


def _mismatches(one: _Side, other: _Side) -> Iterator[Fault]:
    """Compare what adverts carry, and who would lead."""
    a, b = one.instance, other.instance
    must_agree = (
        (
            "virtual_router_id",
            a.virtual_router_id,
            b.virtual_router_id,
            "both lead at once: neither hears the other; give them one number",
        ),
        (
            "version",
            one.version,
            other.version,
            "each drops the other's adverts and both lead; set one version",
        ),
        (
            "authentication",
            *(_proofs(a, b) if one.version == other.version else ("", "")),
            "adverts are dropped and both lead; make it the same",
        ),
    )
    for what, mine, its, remedy in must_agree:
        if mine != its:
            yield _differs(one, other, f"{what} is {mine} here and {its}", remedy)
    if a.advert_int_us != b.advert_int_us:
        remedy = "version 2 drops such adverts and both lead; set one advert_int"
        if one.version == other.version == 3:
            remedy = "the master's counts, so the time of a takeover depends on who leads"
        text = f"advert_int is {a.advert_int_us / 1e6:g} s here and {b.advert_int_us / 1e6:g} s"
        yield _differs(one, other, text, remedy)
    if one.addresses != other.addresses:
        yield _addresses(one, other)
    yield from _unicast(one, other)
    yield from _leaders(one, other)


def _proofs(a: VrrpInstance, b: VrrpInstance) -> tuple[str, str]:
    """Name how each proves itself, in words that differ when they do not fit."""
    names = []
    for each in (a, b):
        proof = each.authentication
        names.append(proof.auth_type if proof is not None and proof.auth_pass else "none")
    passwords = {each.authentication.auth_pass for each in (a, b) if each.authentication}
    if names[0] == names[1] != "none" and len(passwords) > 1:
        return f"{names[0]} with one password", "with another"
    return names[0], names[1]


def _addresses(one: _Side, other: _Side) -> Fault:
    only_here = ", ".join(sorted(map(str, one.addresses - other.addresses)))
    only_there = ", ".join(sorted(map(str, other.addresses - one.addresses)))
    parts = [f"only here {only_here}" if only_here else ""]
    parts.append(f"only there {only_there}" if only_there else "")
    text = f"virtual_ipaddress differs: {'; '.join(filter(None, parts))}; compared with"
    remedy = "an address in one file only does not fail over; make the lists the same"
    return _differs(one, other, text, remedy)


def _unicast(one: _Side, other: _Side) -> Iterator[Fault]:
    if bool(one.peers) != bool(other.peers):
        here, there = ("unicast", "multicast") if one.peers else ("multicast", "unicast")
        remedy = "neither hears the other and both lead; give both a unicast_peer, or none"
        yield _differs(one, other, f"adverts go by {here} here and by {there}", remedy)
        return
    if not one.peers:
        return
    for a, b in ((one, other), (other, one)):
        if b.source is None:
            said = f"whether {a.file} sends to {b.file} cannot be told: there is no unicast_src_ip"
            yield remark(b.place, f"{b.instance.name}: {said}", "name the source of adverts")
        elif b.source not in a.peers:
            text = f"unicast_peer does not name {b.source}, the source of the adverts"
            yield _differs(a, b, text, f"it hears nothing from here and leads too; add {b.source}")


def _leaders(one: _Side, other: _Side) -> Iterator[Fault]:
    a, b = one.instance, other.instance
    if a.priority == b.priority:
        text = f"priority is {a.priority} here and"
        remedy = "who leads is left to the higher source address; give one the higher priority"
        yield _differs(one, other, text, remedy)
    if a.state == b.state == "MASTER":
        text = "state is MASTER here and"
        yield _differs(one, other, text, "one of them begins as BACKUP: change it there")
    for side, rival in ((one, other), (other, one)):
        lower = side.instance.priority < rival.instance.priority
        if side.instance.state == "MASTER" != rival.instance.state and lower:
            text = f"state is MASTER with priority {side.instance.priority}, below that"
            yield _differs(side, rival, text, "the other one leads; turn one of the two round", 0)
    if a.nopreempt and b.nopreempt and "MASTER" in (a.state, b.state):
        text = "nopreempt does not go with state MASTER, which one of them has; see"
        yield _differs(one, other, text, "with nopreempt both begin as BACKUP", 0)


def _strangers(
    ones: list[_Side], others: list[_Side], partners: list[tuple[_Side, _Side]]
) -> Iterator[Fault]:
    """Find two instances that are not the same and use one number on one link."""
    together = {(id(a), id(b)) for a, b in partners}
    for one in ones:
        for other in others:
            if (id(one), id(other)) in together or not one.instance.virtual_router_id:
                continue
            same_link = one.instance.interface == other.instance.interface
            if _number(one) == _number(other) and same_link and not one.peers:
                number, link = one.instance.virtual_router_id, one.instance.interface
                text = f"virtual_router_id {number} on {link} is used by another instance too:"
                yield _differs(one, other, text, "give one of them a number of its own")


def _alone(side: _Side, file: str) -> Fault:
    what = f"{side.instance.name}: {file} has no such instance"
    return remark(side.place, what, "its addresses have nobody to fail over to")


def _groups(name_a: str, a: Config, name_b: str, b: Config) -> Iterator[Fault]:
    there = {group.name: group for group in b.sync_groups}
    for group in a.sync_groups:
        other = there.get(group.name)
        if other is not None and set(group.members) != set(other.members):
            only = ", ".join(sorted(set(group.members) ^ set(other.members)))
            what = f"{group.name}: the members differ from those at {_at(other.place, name_b)}"
            yield error(group.place, f"{what}: {only}", "give both the same members")
        elif other is None and a.sync_groups and b.sync_groups:
            what = f"{group.name}: {name_b} has no such sync group"
            yield remark(group.place, what, "there its members move one by one")


def _services(name_a: str, a: Config, name_b: str, b: Config) -> Iterator[Fault]:
    if not a.services or not b.services:
        return
    for config, other, name in ((a, b, name_b), (b, a, name_a)):
        there = {each.head: each for each in other.services}
        for service in config.services:
            its = there.get(service.head)
            if its is None:
                what = f"virtual_server: {name} has no such service"
                yield remark(service.place, what, "after a takeover it is not served")
            elif config is a:
                pool = {server.at for server in service.servers}
                others = {server.at for server in its.servers}
                if pool != others:
                    count = len(pool ^ others)
                    what = f"virtual_server: the pool differs from that at {_at(its.place, name_b)}"
                    remedy = "the load changes with who leads; list the same servers"
                    yield remark(service.place, f"{what} by {count} servers", remedy)


def _named_alike(name_a: str, a: Config, name_b: str, b: Config) -> Iterator[Fault]:
    one = a.globals.router_id if a.globals else ""
    if one and b.globals and one == b.globals.router_id:
        assert a.globals is not None
        what = f"router_id is {one} here and at {_at(b.globals.place, name_b)}"
        yield remark(a.globals.place, what, "their mails cannot be told apart; name each its own")


def _at(place: Place, file: str) -> str:
    return f"{place.file or file}:{place.line}"


def _differs(one: _Side, other: _Side, text: str, remedy: str, status: int = 5) -> Fault:
    word = text.split()[0]
    word = "unicast_peer" if word == "adverts" else word
    what = f"{one.instance.name}: {text} at {other.shown(word)}"
    if other.instance.name != one.instance.name:
        what += f" ({other.instance.name})"
    make = error if status else remark
    return make(one.at(word), what, remedy)
