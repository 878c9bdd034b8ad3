"""Given exactly these events, are these exactly the effects? Each file of `vrrp/` is a case.

A line at the margin is an event, `MICROSECONDS WORD…`; the indented lines below it are what follows
from it. With PYKEEPALIVED_UPDATE_STEPS=1 the effects are written anew: review the difference.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from tests.unit.vrrp.rooms import ENDPOINT, Bench, link, packet

from keepalived.core.vrrp.config import RouterConfig
from keepalived.port.effects import Keep, Note, Operation, RunScript, Send
from keepalived.port.events import (
    AddressGone,
    DatagramHeard,
    Event,
    LinkSeen,
    Started,
    Stopping,
    Woken,
)
from keepalived.port.facts import LinkAddress
from keepalived.port.resources import FrameEndpoint, HeldAddress, Install, Remove
from keepalived.sim.scenario import alone, case_ten
from keepalived.wire.addresses import Family
from keepalived.wire.vrrp import Advert, decode

CASES = sorted((Path(__file__).parent / "vrrp").glob("*.steps"))
CONFIGS: dict[str, Callable[[], RouterConfig]] = {
    "alone": alone,
    "owner": lambda: alone(255, "MASTER"),
    "case-ten": lambda: case_ten(True),
}


def event_of(words: list[str]) -> Event:
    """Read an event's words."""
    match words:
        case ["started"]:
            return Started()
        case ["stopping"]:
            return Stopping()
        case ["woken"]:
            return Woken()
        case ["link", name, state]:
            return LinkSeen(link(name, running=state == "up"))
        case ["gone", name, address, prefix]:
            return AddressGone(LinkAddress(name, IPv4Address(address), int(prefix)))
        case ["advert", router_id, priority, source, *addresses]:
            named = tuple(IPv4Address(each) for each in addresses)
            data = packet(int(priority), IPv4Address(source), named, router_id=int(router_id))
            return DatagramHeard(ENDPOINT, IPv4Address(source), data)
        case _:
            raise AssertionError(f"no such event: {words}")


def written(operation: Operation) -> str:
    """Write an effect on a line."""
    match operation:
        case Note():
            return f"note {operation.line.text()}"
        case Install() | Remove():
            resource = operation.resource
            verb = type(operation).__name__.lower()
            if isinstance(resource, HeldAddress):
                return f"{verb} {resource.address}/{resource.prefix} on {resource.link}"
            return f"{verb} {type(resource).__name__} on {getattr(resource, 'link', '')}"
        case Send():
            if isinstance(operation.endpoint, FrameEndpoint):
                sender = IPv4Address(operation.data[28:32])
                return f"announce {sender} on {operation.endpoint.link}"
            advert = decode(operation.data[20:], Family.INET)
            assert isinstance(advert, Advert)
            said = f"{advert.router_id} priority {advert.priority}"
            return f"advertise {said} on {operation.endpoint.link}"
        case RunScript():
            return f"run {' '.join(operation.argv)}"
        case _:
            raise AssertionError(f"no words for {operation}")


def replayed(text: str) -> str:
    """Play a case's events, and write it with the effects that follow today."""
    lines = [each for each in text.splitlines() if not each.startswith("    ")]
    head = next(each for each in lines if each.startswith("config "))
    bench = Bench(CONFIGS[head.split()[1]]())
    result = []
    for each in lines:
        result.append(each)
        if not each[:1].isdigit():
            continue
        at, *words = each.split()
        bench.now = int(at)
        # What is kept for a next life is no effect on the world.
        done = [one for one in bench.give(event_of(words)) if not isinstance(one, Keep)]
        effects = [written(one) for one in done]
        # Repetitions of one line are told by their number.
        for effect in dict.fromkeys(effects):
            count = effects.count(effect)
            result.append(f"    {effect}" + (f" (x{count})" if count > 1 else ""))
        result.append(f"    next {bench.host.deadline()}")
    return "\n".join(result) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_recorded_events_have_the_recorded_effects(case: Path) -> None:
    text = case.read_text()
    today = replayed(text)
    if os.environ.get("PYKEEPALIVED_UPDATE_STEPS"):
        case.write_text(today)
    assert text == today, "review, then rewrite with PYKEEPALIVED_UPDATE_STEPS=1"


def test_there_are_cases() -> None:
    assert len(CASES) >= 4
