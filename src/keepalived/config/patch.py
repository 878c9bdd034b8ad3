"""A new configuration out of the one before, where only virtual servers' own texts differ.

Rule: only where the whole way through `load` would say nothing new and come to the same; in any
doubt there is none, and the file is read as a whole.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from keepalived.config.clashes import Clashes
from keepalived.config.host import Host
from keepalived.config.host_rules import programs_of, settle_host
from keepalived.config.load import Loaded, load_piece, load_text
from keepalived.config.memory import Memory, Part
from keepalived.config.neighbour_rules import checks_of
from keepalived.config.root import Config
from keepalived.config.service_rules import key_of
from keepalived.core.checks.dns import DnsCheck
from keepalived.core.checks.http import HttpGet
from keepalived.core.checks.ping import PingCheck
from keepalived.core.checks.smtp import SmtpCheck
from keepalived.core.checks.tcp import TcpCheck
from keepalived.core.checks.udp import UdpCheck
from keepalived.core.lvs.config import VirtualServer
from keepalived.lang.bound import Bound
from keepalived.lang.source import stands_for_more
from keepalived.records import dataclass, replace

OWN = (TcpCheck, HttpGet, SmtpCheck, DnsCheck, UdpCheck, PingCheck)
"""Checks that need nothing but what they say."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of the services of a configuration that can be patched."""

    keys: frozenset[object]
    """What no two of them may have in common."""


def ground_of(loaded: Loaded) -> Ground | None:
    """Look at all services; None where one depends on anything but its own text."""
    services, memory = loaded.config.services, loaded.memory
    if memory is None or not memory.whole or len(loaded.sources) != 1:
        return None
    if not memory.parts[0].text.isascii() or any(map(_leans, services)):
        return None
    return Ground(frozenset(map(key_of, services)))


@dataclass(frozen=True, slots=True)
class Edit:
    """What a text has now in the place of a part of it."""

    begin: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Patched:
    """What a configuration comes to with an edit."""

    loaded: Loaded
    new: tuple[VirtualServer, ...]
    """The services that were read."""
    ground: Ground


def patched(loaded: Loaded, ground: Ground, edit: Edit, host: Host | None) -> Patched | None:
    """Give what a configuration comes to with an edit; None where all has to be read."""
    assert loaded.memory is not None
    part = loaded.memory.parts[0]
    first = bisect_right(part.begins, edit.begin) - 1
    last = bisect_left(part.ends, edit.end)
    if first < 0 or last == len(part.ends) or edit.begin > part.ends[first] or last < first:
        return None
    begin, end = part.begins[first], part.ends[last]
    if part.ends[first:last] != part.begins[first + 1 : last + 1]:
        return None
    before = part.text[begin:end]
    after = before[: edit.begin - begin] + edit.text + before[edit.end - begin :]
    if loaded.faults and after.count("\n") != before.count("\n"):
        return None
    new = _read(part.name, after, host)
    if new is None or _speaks(loaded.config, host):
        return None
    kept = ground.keys.difference(map(key_of, part.services[first : last + 1]))
    keys = kept.union(map(key_of, new.services))
    if len(keys) != len(kept) + len(new.services):
        return None
    services = part.services[:first] + new.services + part.services[last + 1 :]
    spans = [
        [*old[:first], *[begin + at for at in own], *[len(after) - len(before) + at for at in rest]]
        for old, own, rest in (
            (part.begins, new.begins, part.begins[last + 1 :]),
            (part.ends, new.ends, part.ends[last + 1 :]),
        )
    ]
    text = part.edited(edit.begin, edit.end, edit.text)
    memory = Memory([Part(part.name, text, (spans[0], spans[1]), services)], whole=True)
    config = replace(loaded.config, services=services)
    done = Loaded(config, loaded.faults, loaded.sources, memory)
    return Patched(done, new.services, Ground(keys))


def _read(name: str, text: str, host: Host | None) -> Part | None:
    """Read the services of a text; None where there is anything else, or anything to say."""
    if not text:
        return Part(name, "", ((), ()), ())
    if not text.endswith("\n") or not text.isascii() or "\r" in text or stands_for_more(text):
        return None
    loaded = load_piece(name, text, host)
    if (
        loaded is None
        or loaded.faults
        or replace(loaded.config, services=()) != load_text("").config
    ):
        return None
    memory = loaded.memory
    if memory is None or not memory.whole or any(map(_leans, loaded.config.services)):
        return None
    part = memory.parts[0]
    return part if sum(map(int.__sub__, part.ends, part.begins)) == len(text) else None


def _leans(service: VirtualServer) -> bool:
    """Say whether what a service comes to may depend on the host or on other blocks."""
    if service.head.group or programs_of(service):
        return True
    return not all(isinstance(each, OWN) for checks in checks_of(service) for each in checks)


def _speaks(config: Config, host: Host | None) -> bool:
    """Say whether the host has anything to say by now about the rest of a configuration."""
    if host is None:
        return False
    clashes = Clashes(Bound(None, [], {}))
    settle_host(replace(config, services=()), host, clashes)
    return bool(clashes.faults)
