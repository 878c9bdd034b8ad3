"""What befell the routers of each VRRP capture, as far as no packet tells it.

Rule: read off the captures: a farewell with priority 0 is a stop, a silence a kill; a start is
where the first advert's listening began, or the first report of a membership. All times are
microseconds from a capture's first frame.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.lab.replay import PORTS, Heard, Story, is_announcement, open_frame

SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Plot:
    """What is to be known of a capture beyond its frames."""

    killed: bool = False
    """A was killed after its last frame."""
    cut: tuple[float, float] | None = None
    """From when to when B's port was off the bridge."""
    starts: tuple[tuple[str, float], ...] = ()
    """Where the start cannot be read off the first advert."""
    links: tuple[str, ...] = ("",)
    """Ends of the capture's names, where each link has a file of its own."""
    down: tuple[float, float] | None = None
    """From when to when A's eth0 had no carrier."""
    slow_ms: int = 0
    """What the captured program itself lost in one slow step, beyond the usual."""
    ours: str = "AB"
    """The routers to replay: those that ran keepalived."""


PLOTS: dict[str, Plot] = {
    **dict.fromkeys(
        (
            *("v2-none", "v2-pass", "v2-pass-long", "v2-multi-vip", "v2-ah", "v2-ipv6"),
            *("v3-ipv4", "v3-ipv6", "unicast-v2", "unicast-v2-pass-ttl", "unicast-v2-ah"),
            *("unicast-v3", "unicast-v3-old-checksum", "unicast-v3-ipv6", "vmac-v2"),
            *("vmac-v2-xmit-base", "vmac-v3-ipv6", "prio0-takeover-v2", "prio0-takeover-v3"),
            *("prio0-takeover-v3-ipv6", "preempt-v2", "garp-options", "excluded-vips"),
            *("v243-hmac-v2", "v243-hmac-v3-ipv4", "v243-hmac-v3-ipv6", "v243-hmac-unicast-v3"),
            "v243-v3-checksum-as-v2",
        ),
        Plot(),
    ),
    "owner-255": Plot(starts=(("A", 0.0109),)),
    "v3-subsecond": Plot(killed=True),
    "failover-garp-v2": Plot(killed=True),
    "failover-na-v3-ipv6": Plot(killed=True),
    "nopreempt-v2": Plot(starts=(("A", 6.024),)),
    "preempt-delay-v2": Plot(starts=(("A", 6.008),)),
    "tie-equal-priority": Plot(cut=(4.7, 10.3), starts=(("A", 0.0159),)),
    "partition-heal-v2": Plot(cut=(4.7, 10.9), starts=(("B", 0.0),)),
    "sync-group": Plot(links=("-link0", "-link1"), down=(5.9267, 11.932), slow_ms=10),
    "interop-frr-vrrpv3": Plot(starts=(("B", 0.0),), ours="B"),
}


def speaker(frame: bytes) -> str:
    """The router that said an advert, by its source address; empty for another station."""
    opened = open_frame(frame)
    if opened is None:
        return ""
    last = opened[2].packed[-1]
    return next((node for node, port in PORTS.items() if port == last), "")


def attributed(frames: list[Heard]) -> list[tuple[str, Heard]]:
    """Adverts and announcements with who said them; with one MAC for two, the last who led."""
    found, leader = [], {}
    for each in frames:
        node = speaker(each.frame)
        if open_frame(each.frame) is not None:
            leader[each.link] = node
            found.append((node, each))
        elif is_announcement(each.frame):
            plain = each.frame[6:11] in (bytes((2, 0, 0, 0, n)) for n in (0, 1))
            node = next((n for n, p in PORTS.items() if plain and each.frame[11] == p), "")
            found.append((node or leader.get(each.link, ""), each))
    return found


def story_of(
    plot: Plot, node: str, said: list[tuple[str, Heard]], down_us: dict[str, int]
) -> Story:
    """One router's story, from the plot and from what was said; `down_us` are both down times."""
    own = [each for who, each in said if who == node]
    adverts = [(who, each) for who, each in said if open_frame(each.frame) is not None]
    last = next((each for who, each in reversed(adverts) if who == node), None)
    first_who, first = adverts[0]
    # Both listen from the start on: whoever leads first tells when that was.
    start_us = first.at_us - down_us.get(first_who, 0)
    if node == "A" != first_who and any(who == "A" for who, _ in adverts):
        start_us = next(each.at_us for who, each in adverts if who == "A") - down_us["A"]
    for who, at in plot.starts:
        if who == node:
            start_us = int(at * SECOND_US)
    stop_us = kill_us = None
    if plot.down is None and last is not None and _priority(last.frame) == 0:
        stop_us = last.at_us
    if plot.killed and node == "A":
        kill_us = own[-1].at_us + 50_000
    cut = None if plot.cut is None or node == "A" else _span(plot.cut)
    down = None if plot.down is None or node != "A" else ("eth0", *_span(plot.down))
    return Story(start_us, stop_us, kill_us, cut, down)


def _span(seconds: tuple[float, float]) -> tuple[int, int]:
    return int(seconds[0] * SECOND_US), int(seconds[1] * SECOND_US)


def _priority(frame: bytes) -> int:
    opened = open_frame(frame)
    assert opened is not None
    family, protocol, *_, data = opened
    begin = (20 + (24 if protocol == 51 else 0)) if family == 4 else 0
    return data[begin + 2]
