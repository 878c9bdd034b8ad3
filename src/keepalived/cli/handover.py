"""`kactl handover`: makes this director's masters backups without a gap, and lets them lead again.

Rule: exit status 0 when a peer leads in the place of each one of them, else 1 with the reasons.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from keepalived.annotations import Any
from keepalived.cli.asking import NoAnswer, ask
from keepalived.cli.tables import span

HELP = """Usage: kactl handover [OPTION]... [INSTANCE|GROUP]

Lets a virtual router of this director, its sync group, or all of them hand over: each says that it
gives up, and goes on holding its addresses until a peer is heard to lead. Then it stays a backup,
even of a peer with a lower priority, until it is told otherwise, its time is over, or that peer
falls silent. Where no peer takes over it leads on.

Options:
  --for=TIME        for so long, e.g. 90s, 10m, 2h; otherwise until --end
  --end             may lead again as its priority says
  --socket=PATH     the daemon's socket; otherwise /run/keepalived.sock
  --pid-file=PATH   the daemon's pid file, beside which its socket is

Exit status: 0 when it is done, 1 when it is not, 2 for words that make no sense.
"""
UNITS_S = {"s": 1, "m": 60, "h": 3600}
PATIENCE_S = 5.0
LOOK_S = 0.05
LONGEST_S = 365 * 24 * 3600


def microseconds(text: str) -> int | None:
    """Read a span like 90s, 10m or 2h; None where it is none."""
    number, unit = (text[:-1], text[-1]) if text[-1:] in UNITS_S else (text, "s")
    if not number.isdecimal() or not 0 < int(number) * UNITS_S[unit] <= LONGEST_S:
        return None
    return int(number) * UNITS_S[unit] * 1_000_000


def hand_over(path: Path, name: str, for_us: int | None) -> int:
    """Begin, wait for the outcome and print it; give the exit status."""
    began = time.monotonic()
    try:
        asked = _asked(path, ("begin", name, "" if for_us is None else str(for_us)))
        states = _outcome(path, set(asked))
    except NoAnswer as why:
        print(f"kactl: {why}", file=sys.stderr)
        return 1
    took_ms = (time.monotonic() - began) * 1000
    done = True
    for each in states:
        yields = (each.get("handover") or {}).get("state") == "yields"
        done = done and yields
        print(f"{each['name']}: {_told(each, for_us, took_ms) if yields else _failed(each)}")
    return 0 if done else 1


def end(path: Path, name: str) -> int:
    """Let them lead again; give the exit status."""
    try:
        asked = _asked(path, ("end", name))
    except NoAnswer as why:
        print(f"kactl: {why}", file=sys.stderr)
        return 1
    for each in asked:
        print(f"{each}: leads again if its priority says so")
    return 0


def _asked(path: Path, arguments: tuple[str, ...]) -> list[str]:
    """Ask; give the instances that it is about. Raises NoAnswer."""
    answer: dict[str, Any] = ask(path, "handover", arguments).get("vrrp", {}).get("handover", {})
    if not answer:
        raise NoAnswer("this daemon runs no virtual routers")
    if answer["error"]:
        raise NoAnswer(answer["error"])
    return list(answer["instances"])


def _outcome(path: Path, names: set[str]) -> list[dict[str, Any]]:
    """Look until nothing is under way any more; give the instances. Raises NoAnswer."""
    limit = time.monotonic() + PATIENCE_S
    while True:
        instances = ask(path, "status").get("vrrp", {}).get("instances", [])
        ours = [each for each in instances if each["name"] in names]
        under_way = [e for e in ours if (e.get("handover") or {}).get("state") == "under way"]
        if not under_way or time.monotonic() > limit:
            return ours
        time.sleep(LOOK_S)


def _told(each: dict[str, Any], for_us: int | None, took_ms: float) -> str:
    master = each.get("master")
    who = f"{master['address']} leads" if master else "a peer leads"
    until = "until --end" if for_us is None else f"for {span(for_us / 1e6)}"
    return f"{who}, within {took_ms:.0f} ms; it stays a backup {until}"


def _failed(each: dict[str, Any]) -> str:
    if each["state"] == "MASTER":
        return "leads on: no peer took over"
    return f"is {each['state']}: {each['why']}"
