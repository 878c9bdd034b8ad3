"""Ways to break one part of the demo by hand, to see that its exit status says so.

Rule: each breaks the stage, never the story: what notices is the story's ordinary assertions.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from demo.stage import Stage


@dataclass(frozen=True, slots=True)
class Sabotage:
    """What is broken, before which chapter, and how."""

    what: str
    before: str
    act: Callable[[Stage], object]


def _freeze_director2(stage: Stage) -> None:
    for number in stage.network.host("director2").numbers():
        os.kill(number, signal.SIGSTOP)


def _wrong_route(stage: Stage) -> None:
    for name in ("web1", "web2", "sorry"):
        stage.network.host(name).ip("route del default table 80")


SABOTAGE = {
    "director1": Sabotage(
        "director 1's daemon is killed", "death", lambda s: s.network.host("director1").kill_all()
    ),
    "route": Sabotage("the servers' replies find no way back", "balance", _wrong_route),
    "mail": Sabotage(
        "the mail server is killed", "death", lambda s: s.network.programs.pop("mail").end(9)
    ),
    "sorry": Sabotage("the sorry server is killed", "sorry", lambda s: s.network.kill_web("sorry")),
    "takeover": Sabotage("director 2's processes are stopped", "crash", _freeze_director2),
}
