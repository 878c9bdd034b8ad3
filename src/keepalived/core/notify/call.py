"""Which script is called for a transition.

Rule: a script is given its configured arguments and nothing else; those of one queue run in order.
"""

from __future__ import annotations

from keepalived.annotations import Protocol
from keepalived.lang.values import Command
from keepalived.port.effects import RunScript


class Notified(Protocol):
    """What has scripts for the three states: an instance or a group."""

    @property
    def notify_master(self) -> Command | None:
        """Run on becoming master."""

    @property
    def notify_backup(self) -> Command | None:
        """Run on becoming backup."""

    @property
    def notify_fault(self) -> Command | None:
        """Run on a fault."""


def script_for(config: Notified, state: str) -> Command | None:
    """Give the script of a state's name; None where there is none."""
    return {
        "MASTER": config.notify_master,
        "BACKUP": config.notify_backup,
        "FAULT": config.notify_fault,
    }.get(state)


def calls(config: Notified, queue: str, state: str, number: int) -> list[RunScript]:
    """Give what to run on entering a state; `number` tells one run from the next."""
    command = script_for(config, state)
    if command is None:
        return []
    name = f"{queue} {state} #{number}"
    return [RunScript(name, command.argv, queue=queue, user=command.user, group=command.group)]
