"""The scripts of the daemon itself: one before everything starts, one when everything has ended.

Rule: the daemon waits for them, but no longer than it was told to.
"""

from __future__ import annotations

from keepalived.config.root import Config
from keepalived.lang.values import Command
from keepalived.linux.scripts import Scripts
from keepalived.port.effects import RunScript
from keepalived.port.events import Ending, Event, ScriptEnded
from keepalived.run.logbook import Logbook
from keepalived.run.loop import Loop
from keepalived.run.owners import policy

ENDS = {
    Ending.TIMED_OUT: "took too long and was ended",
    Ending.SIGNALLED: "was ended by signal {}",
    Ending.NOT_STARTED: "could not be started (error {})",
    Ending.EXITED: "exited with status {}",
}


class _Errand(Loop):
    """Turns until one script has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: ScriptEnded | None = None

    def post(self, event: Event) -> None:
        if isinstance(event, ScriptEnded):
            self.ended = event


def errand(config: Config, which: str) -> tuple[Command | None, int]:
    """Give the `startup` or the `shutdown` script, and how long it may take."""
    settings = config.globals
    if settings is None:
        return None, 0
    if which == "startup":
        return settings.startup_script, settings.startup_script_timeout_us
    assert which == "shutdown", which
    return settings.shutdown_script, settings.shutdown_script_timeout_us


def run(config: Config, which: str, log: Logbook) -> None:
    """Run the `startup` or the `shutdown` script to its end; there may be none."""
    command, timeout_us = errand(config, which)
    if command is None:
        return
    loop = _Errand()
    scripts = Scripts(loop, policy(config, log.write))
    scripts.run(
        RunScript(
            which, command.argv, timeout_us=timeout_us, user=command.user, group=command.group
        )
    )
    while loop.ended is None:
        loop.turn()
    if loop.ended.ending is not Ending.EXITED or loop.ended.number:
        said = ENDS[loop.ended.ending].format(loop.ended.number)
        log.warning(f"The {which} script {' '.join(command.argv)} {said}")
    scripts.close()
    loop.close()
