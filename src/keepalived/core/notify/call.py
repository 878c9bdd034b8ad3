"""Which scripts are called for a transition, with which arguments, and what the pipes say of it.

Rule: a script for one state gets its configured arguments and nothing else; `notify` gets four
more. Those of one queue run in order, the one for the state first.
"""

from __future__ import annotations

from keepalived.annotations import Protocol
from keepalived.lang.values import Command
from keepalived.port.effects import RunScript
from keepalived.records import dataclass

SILENT = Command(("",))
"""What `notify_deleted` is without a script."""


class Notified(Protocol):
    """What has scripts for its states: an instance or a group."""

    @property
    def notify_master(self) -> Command | None:
        """Run on becoming master."""

    @property
    def notify_backup(self) -> Command | None:
        """Run on becoming backup."""

    @property
    def notify_fault(self) -> Command | None:
        """Run on a fault."""

    @property
    def notify_stop(self) -> Command | None:
        """Run at the end."""

    @property
    def notify(self) -> Command | None:
        """Run on every transition."""


@dataclass(frozen=True, slots=True)
class News:
    """What became of whom, and why."""

    kind: str
    """INSTANCE or GROUP."""
    name: str
    state: str
    """MASTER, BACKUP, FAULT, STOP or DELETED."""
    priority: int
    """0 for a group."""
    because: str


def script_for(config: Notified, state: str) -> Command | None:
    """Give the script of a state's name; None where there is none."""
    return {
        "MASTER": config.notify_master,
        "BACKUP": config.notify_backup,
        "FAULT": config.notify_fault,
        "STOP": config.notify_stop,
    }.get(state)


def scripts_of(config: Notified) -> list[Command]:
    """Give all scripts that may be called for it."""
    given = (
        *(config.notify_master, config.notify_backup, config.notify_fault, config.notify_stop),
        *(config.notify, getattr(config, "notify_deleted", None)),
        getattr(config, "notify_master_rx_lower_pri", None),
    )
    return [each for each in given if each is not None and each != SILENT]


def calls(config: Notified, news: News, number: int, removed: bool = False) -> list[RunScript]:
    """Give what to run for a piece of news; `number` tells one run from the next.

    For one that a reload removed there is a script of its own, and none for a fault.
    """
    own = script_for(config, news.state)
    if removed:
        own = getattr(config, "notify_deleted", None)
    found = [] if own is None or own == SILENT else [call(own, news, number)]
    if config.notify is not None:
        more = (news.kind, news.name, news.state, str(news.priority))
        found.append(call(config.notify, news, number, more))
    return found


def call(command: Command, news: News, number: int, more: tuple[str, ...] = ()) -> RunScript:
    """Give the run of one script; what it was called for stands in its environment, too."""
    queue = f"group {news.name}" if news.kind == "GROUP" else news.name
    general = " notify" if more else ""
    return RunScript(
        f"{queue} {news.state}{general} #{number}",
        (*command.argv, *more),
        queue=queue,
        user=command.user,
        group=command.group,
        environment=(
            ("KEEPALIVED_NAME", news.name),
            ("KEEPALIVED_STATE", news.state),
            ("KEEPALIVED_WHY", news.because),
        ),
    )


def pipe_line(news: News) -> str:
    """Write what the pipes say: kind, quoted name, state, priority."""
    return f'{news.kind} "{news.name}" {news.state} {news.priority}\n'
