"""Random changes, one transaction after the other, lead to the table that one would write whole."""

from __future__ import annotations

import json
from random import Random

import pytest
from tests.netns.kernel_bench import inside
from tests.netns.nft_world import SERVERS, SERVERS6, Loop, key, mark_key, run, server

from keepalived.core.ledger import Ledger
from keepalived.linux.nftables import NftPlane
from keepalived.port.resources import Change, Server, Service, ServiceKey
from keepalived.wire.addresses import Family

pytestmark = pytest.mark.netns

KEYS = (
    key(),
    key(port=0),
    key(protocol=17),
    mark_key(3),
    key("fd07::1"),
    mark_key(3, Family.INET6),
)


def _wish(dice: Random, at: ServiceKey) -> list[Service | Server]:
    """Make up what a service is to be."""
    if dice.random() < 0.15:
        return []
    scheduler = dice.choice(["rr", "wrr", "sh", "dh", "wlc"])
    stays = dice.choice([0, 0, 50, 90])
    service = Service(at, scheduler, stays, dice.choice([-1, 24, 20]) if stays else -1)
    addresses = SERVERS if at.family is Family.INET else SERVERS6
    some = dice.choices(addresses, k=dice.randint(0, 4))
    return [service, *[server(at, a, dice.choice([0, 80, 81]), dice.randint(0, 5)) for a in some]]


def _table() -> list[str]:
    """Read the table back as sorted pieces, without what numbers and order add."""
    pieces = []
    for piece in json.loads(run("nft -j list ruleset"))["nftables"]:
        kind, body = next(iter(piece.items()))
        if kind == "metainfo":
            continue
        body.pop("handle", None)
        if "elem" in body:
            body["elem"] = sorted(json.dumps(each, sort_keys=True) for each in body["elem"])
        pieces.append(json.dumps({kind: body}, sort_keys=True))
    return sorted(pieces)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_step_by_step_and_at_once_come_to_the_same_table(alone: str, seed: int) -> None:
    dice, loop, ledger = Random(seed), Loop(), Ledger()
    plane = NftPlane(loop)
    wishes: dict[ServiceKey, list[Service | Server]] = {}
    with inside(alone):
        for step in range(24):
            changes: list[Change] = []
            for at in dice.sample(KEYS, dice.randint(1, 3)):
                wishes[at] = _wish(dice, at)
                changes += ledger.hold(str(at), wishes[at])
            plane.apply(changes)
            if step % 3 != 1:  # now and then two steps go together
                loop.until(plane.ready)
            if step % 8 == 7:
                loop.until(plane.ready)
                walked = _table()
                at_once = NftPlane(loop)
                everything = Ledger()
                held = [change for at in wishes for change in everything.hold(str(at), wishes[at])]
                at_once.apply(held)
                loop.until(at_once.ready)
                assert walked == _table()
    assert loop.events == []
    assert not loop.is_watching
