"""Every transition has a reason, the same in the log, in the status and for the scripts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.vrrp.rooms import Bench, config, instance, link, packet, pair

from keepalived.core.vrrp.advert_words import AuthHmac
from keepalived.core.vrrp.state import Why
from keepalived.lang.values import Command
from keepalived.port.effects import Keep, RunScript
from keepalived.port.events import Kept, LinkSeen, Started

CALLED = Command(("/n",))


def reasons(bench: Bench) -> set[Why]:
    return {machine.why for machine in bench.router._machines}


def told(bench: Bench) -> list[tuple[str, str]]:
    """Give whom the last step told scripts of, and why."""
    runs = [dict(each.environment) for each in bench.operations if isinstance(each, RunScript)]
    return [(each["KEEPALIVED_NAME"], each["KEEPALIVED_WHY"]) for each in runs]


def succeeding(away_us: int) -> Bench:
    """Let a process lead and die, and another one begin so much later."""
    whole = config(instance(notify=CALLED))
    first, second = Bench(whole).lead(), Bench(whole)
    lives = {each.owner: each.life for each in first.operations if isinstance(each, Keep)}
    second.now = first.now + away_us
    second.give(Kept(lives))
    second.give(Started())
    return second


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"unicast_fault_no_peer": True}, Why.NO_PEER),
        ({"auth_hmac": AuthHmac(), "version": 3}, Why.KEY_MISSING),
        ({"interface": "eth9"}, Why.LINK_MISSING),
    ],
)
def test_a_fault_at_the_start_is_explained_alike_everywhere(
    words: dict[str, Any], why: Why
) -> None:
    bench = Bench(config(instance(notify=CALLED, **words))).start()
    assert reasons(bench) == {why}
    (shown,) = bench.snapshot["instances"]
    assert (shown["state"], shown["why"]) == ("FAULT", why.sentence)
    assert told(bench) == [("VI_1", why.sentence)]
    assert any(why.sentence in line for line in bench.said)


def test_what_outlived_its_process_says_so_and_so_does_what_came_too_late() -> None:
    bench = succeeding(away_us=100_000)
    assert (reasons(bench), told(bench)) == ({Why.OUTLIVED}, [])
    bench = succeeding(away_us=10_000_000)
    assert reasons(bench) == {Why.OUTWAITED}
    assert told(bench) == [("VI_1", Why.OUTWAITED.sentence)]


def test_a_reason_names_who_was_heard() -> None:
    bench = Bench(config(instance(notify=CALLED))).lead()
    bench.hear(packet(150))
    ((_, why),) = told(bench)
    assert why == f"{Why.HIGHER_PRIORITY.sentence} (150 from 10.0.0.6, ours 100)"


def test_a_group_is_explained_by_the_member_that_moved_it() -> None:
    whole = pair()
    whole = replace(whole, groups=(replace(whole.groups[0], notify=CALLED),))
    bench = Bench(whole).lead()
    bench.give(LinkSeen(link("eth1", running=False)))
    assert told(bench) == [("VG1", f"{Why.LINK_DOWN.sentence} (VI_2)")]
