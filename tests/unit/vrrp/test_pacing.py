"""Announcements keep the gaps that are asked for, link by link, and stop with their master."""

from __future__ import annotations

from keepalived.core.vrrp.pacing import Pace, Pacer
from keepalived.port.effects import Effect, Send
from keepalived.port.resources import FrameEndpoint

ARP, ADVERT = b"\x08\x06", b"\x86\xdd"


def frame(link: str = "eth0", kind: bytes = ARP, number: int = 0) -> Send:
    return Send(FrameEndpoint(link), None, bytes(12) + kind + bytes((number,)))


def always() -> bool:
    return True


def drained(pacer: Pacer) -> list[tuple[int, Effect]]:
    found: list[tuple[int, Effect]] = []
    while (due := pacer.deadline()) is not None:
        found += [(due, each) for each in pacer.due(due)]
    return found


def test_without_gaps_everything_passes_at_once() -> None:
    frames = [frame(number=n) for n in range(5)]
    pacer = Pacer((Pace((), 0, 0),))
    assert list(pacer.take(0, frames, always)) == frames
    assert pacer.deadline() is None


def test_the_first_passes_and_the_others_follow_a_gap_apart() -> None:
    pacer = Pacer((Pace((), 1_000, 0),))
    frames = [frame(number=n) for n in range(3)]
    assert list(pacer.take(0, frames, always)) == frames[:1]
    assert drained(pacer) == [(1_000, frames[1]), (2_000, frames[2])]


def test_links_and_sorts_have_gaps_of_their_own_and_a_group_shares_one() -> None:
    pacer = Pacer((Pace((), 1_000, 500), Pace(("eth1", "eth2"), 2_000, 0)))
    assert len(pacer.take(0, [frame(), frame(kind=ADVERT), frame("eth9")], always)) == 3
    shared = [frame("eth1"), frame("eth2"), frame("eth2", ADVERT), frame("eth1", ADVERT)]
    assert list(pacer.take(0, shared, always)) == [shared[0], shared[2], shared[3]]
    assert drained(pacer) == [(2_000, shared[1])]


def test_what_waits_for_a_master_that_leads_no_more_is_dropped_without_a_gap() -> None:
    pacer = Pacer((Pace((), 1_000, 0),))
    leads = [True]
    pacer.take(0, [frame(number=n) for n in range(3)], lambda: leads[0])
    last = frame(number=9)
    pacer.take(0, [last], always)
    leads[0] = False
    assert drained(pacer) == [(1_000, last)]


def test_what_waits_already_is_not_put_in_line_once_more() -> None:
    pacer = Pacer((Pace((), 1_000, 0),))
    frames = [frame(number=n) for n in range(3)] * 2
    for _ in range(50):
        pacer.take(0, frames, always)
    assert len(drained(pacer)) == 5
