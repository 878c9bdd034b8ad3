"""Each router of a capture, replayed on its own file with what it heard, says the same frames.

Frames are equal but for what `compared` leaves out; the time from one frame of a router to its next
is the capture's within 20 ms (real keepalived waits from the last thing done, so it drifts; ours
keeps the beat). The stories say what no packet tells.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.lab.replay import VRRP, Heard, ReplayedRouter, compared, open_frame
from tests.lab.replay_stories import PLOTS, attributed, story_of
from tests.wire.pcap_file import CAPTURES, frames

TOLERANCE_US = 20_000
CASES = [(name, node) for name, plot in PLOTS.items() for node in plot.ours]


def replayed(name: str, node: str) -> tuple[list[Heard], list[Heard]]:
    """What the router said in the capture, and what it says when replayed."""
    plot = PLOTS[name]
    all_frames = [
        Heard(each.at, f"eth{index}", each.data)
        for index, end in enumerate(plot.links)
        for each in frames(name + end)
    ]
    all_frames.sort(key=lambda each: each.at_us)
    begin = all_frames[0].at_us
    text = (CAPTURES / f"{name}{plot.links[0]}.conf").read_text()
    said = attributed([replace(each, at_us=each.at_us - begin) for each in all_frames])
    story = story_of(plot, node, said, down_times(text))
    heard = [replace(each, at_us=each.at_us + begin) for who, each in said if who != node]
    router = ReplayedRouter(node, text, story.shifted(begin))
    until_us = all_frames[-1].at_us + TOLERANCE_US
    ours = [replace(each, at_us=each.at_us - begin) for each in router.run(heard, until_us)]
    return [each for who, each in said if who == node], ours


def down_times(text: str) -> dict[str, int]:
    """The master-down times of A and B, worked out from the file by the RFCs' words."""
    interval = float((re.search(r"advert_int ([\d.]+)", text) or ["", "1"])[1])
    ipv6 = re.search(r"virtual_ipaddress {\s*\S*:", text) is not None
    third = "vrrp_version 3" in text or "version 3" in text
    third = third or (ipv6 and "version 2" not in text)
    priorities = {"A": 150, "B": 100}
    for node in priorities:
        found = re.search(rf"^@{node}\s+priority (\d+)", text, re.M)
        found = found or re.search(r"^\s*priority (\d+)", text, re.M)
        priorities[node] = int(found[1]) if found else 100
    unit = interval if third else 1.0
    return {
        node: round((3 * interval + (256 - priority) * unit / 256) * 1_000_000)
        for node, priority in priorities.items()
    }


def differences(captured: list[Heard], ours: list[Heard], tolerance_us: int) -> list[str]:
    """In words, what is not as captured: bytes, times, frames too few or too many.

    Adverts and announcements that were due in the same moment may change places.
    """
    streams: dict[tuple[str, bool], list[Heard]] = {}
    for each in ours:
        streams.setdefault(_stream(each), []).append(each)
    found, before = [], (0, 0)
    for each in captured:
        left = streams.get(_stream(each), [])
        if not left:
            found.append(f"missing: {each.at_us / 1e6:.3f} {each.link} {each.frame.hex()}")
            continue
        mine = left.pop(0)
        if as_named(mine.frame) != as_named(each.frame):
            found.append(
                f"bytes at {each.at_us / 1e6:.3f} {each.link}:\n {each.frame.hex()}\n"
                f" {mine.frame.hex()}"
            )
        # Its own timer counts from the frame before, what came from outside has its own time.
        late_us = mine.at_us - each.at_us
        if min(abs(late_us), abs(late_us - (before[1] - before[0]))) > tolerance_us:
            found.append(f"time: captured {each.at_us / 1e6:.3f}, {late_us / 1e3:.1f} ms off")
        before = (each.at_us, mine.at_us)
    end = captured[-1].at_us if captured else 0
    found += [
        f"too much: {each.at_us / 1e6:.3f} {each.link} {each.frame.hex()}"
        for left in streams.values()
        for each in left
        if not captured or each.at_us < end
    ]
    return found


def as_named(frame: bytes) -> bytes:
    """A frame without what may differ, and without what the page of differences names: the hop
    limit of IPv6 unicast."""
    plain = compared(frame)
    unicast6 = plain[12:14] == b"\x86\xdd" and plain[20] == VRRP and not plain[0] & 1
    return plain[:21] + b"\xff" + plain[22:] if unicast6 else plain


def _stream(heard: Heard) -> tuple[str, bool]:
    return heard.link, open_frame(heard.frame) is not None


@pytest.mark.parametrize(("name", "node"), CASES, ids=[f"{a}-{b}" for a, b in CASES])
def test_a_router_of_a_capture_says_the_same_frames_again(name: str, node: str) -> None:
    captured, ours = replayed(name, node)
    tolerance_us = TOLERANCE_US + 1000 * PLOTS[name].slow_ms
    assert differences(captured, ours, tolerance_us) == []
